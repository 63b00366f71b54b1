/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/encoding.h"

#include <math.h>

#include "tests/support/weir_test.h"

static void encoding_of_kdd41(struct weir_encoding *encoding)
{
    assert_err(weir_encoding_init(encoding, weir_feature_schema_find("kdd41")), 0);
}

static void kdd41_has_38_numbers_and_84_categories(void **state)
{
    (void)state;
    struct weir_encoding encoding;
    encoding_of_kdd41(&encoding);
    assert_int_equal(encoding.columns, 38 + 3 + 70 + 11);
}

static void every_encoded_column_knows_its_origin(void **state)
{
    (void)state;
    struct weir_encoding encoding;
    encoding_of_kdd41(&encoding);
    for (size_t i = 0; i < encoding.columns; i++) {
        int category = 0;
        const size_t column = weir_encoding_origin(&encoding, i, &category);
        const size_t back = encoding.first[column] + (category < 0 ? 0U : (size_t)category);
        assert_int_equal(back, i);
        assert_int_equal(category < 0, encoding.categories[column] == 0);
    }
}

static void a_category_sets_one_column_and_an_unknown_one_none(void **state)
{
    (void)state;
    static const float values[] = {0.0F, 69.0F, -1.0F, 70.0F, NAN, INFINITY};
    static const float sums[] = {1.0F, 1.0F, 0.0F, 0.0F, 0.0F, 0.0F};
    struct weir_encoding encoding;
    encoding_of_kdd41(&encoding);
    const size_t service = 2;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        float vector[WEIR_FEATURES_MAX] = {0.0F};
        float encoded[WEIR_ENCODED_MAX];
        float sum = 0.0F;
        vector[service] = values[i];
        weir_encoding_apply(&encoding, vector, encoded);
        for (size_t j = encoding.first[service]; j < encoding.first[service + 1]; j++) {
            sum += encoded[j];
        }
        assert_true(sum == sums[i]);
    }
}

static void a_schema_too_wide_is_refused(void **state)
{
    (void)state;
    static struct weir_feature columns[WEIR_FEATURES_MAX + 1];
    const struct weir_feature_schema wide = {"wide", columns, WEIR_FEATURES_MAX + 1};
    struct weir_encoding encoding;
    assert_err(weir_encoding_init(&encoding, &wide), WEIR_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kdd41_has_38_numbers_and_84_categories),
        cmocka_unit_test(every_encoded_column_knows_its_origin),
        cmocka_unit_test(a_category_sets_one_column_and_an_unknown_one_none),
        cmocka_unit_test(a_schema_too_wide_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
