/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "collector/learn/split.h"

#include "tests/support/weir_test.h"

#define ROWS 3000

/* A third of the rows are attacks; each vector occurs one to three times. */
static int setup(void **state)
{
    static struct sample_set set;
    sample_set_init(&set, weir_feature_schema_find("kdd41"));
    for (uint32_t i = 0; i < ROWS; i++) {
        float vector[WEIR_FEATURES_MAX] = {0.0F};
        const uint32_t original = i % 6 == 5 ? i - 3 : i;
        vector[4] = (float)original;
        if (sample_set_add(&set, vector,
                           original % 3 == 2 ? SAMPLE_SET_ATTACK : SAMPLE_SET_NORMAL) != 0) {
            return -1;
        }
    }
    *state = &set;
    return 0;
}

static int teardown(void **state)
{
    sample_set_fini(*state);
    return 0;
}

static void the_held_out_part_has_its_share_of_each_label(void **state)
{
    const struct sample_set *set = *state;
    uint16_t part[ROWS];
    size_t held[2] = {0};
    assert_err(split_held_out(set, 0.25, 1, part), 0);
    for (size_t i = 0; i < ROWS; i++) {
        held[set->labels[i]] += part[i] == SPLIT_HELD_OUT ? 1 : 0;
    }
    for (size_t label = 0; label < 2; label++) {
        assert_in_range(held[label] * 4, set->per_label[label] - 12, set->per_label[label] + 12);
    }
}

static void duplicates_are_never_on_both_sides(void **state)
{
    const struct sample_set *set = *state;
    uint16_t part[ROWS];
    for (uint64_t seed = 0; seed < 20; seed++) {
        assert_err(split_held_out(set, 0.3, seed, part), 0);
        for (size_t i = 5; i < ROWS; i += 6) {
            assert_int_equal(part[i], part[i - 3]);
        }
    }
}

static void folds_are_even_and_cover_only_the_rows_named(void **state)
{
    const struct sample_set *set = *state;
    uint32_t rows[ROWS / 2];
    uint16_t part[ROWS];
    size_t sizes[10] = {0};
    memset(part, 0xFF, sizeof(part));
    for (uint32_t i = 0; i < ROWS / 2; i++) {
        rows[i] = i;
    }
    assert_err(split_folds(set, rows, ROWS / 2, 10, 5, part), 0);
    for (size_t i = 0; i < ROWS / 2; i++) {
        assert_true(part[i] < 10);
        sizes[part[i]]++;
    }
    for (size_t i = 0; i < 10; i++) {
        assert_in_range(sizes[i], 145, 155);
    }
    for (size_t i = ROWS / 2; i < ROWS; i++) {
        assert_int_equal(part[i], 0xFFFF);
    }
}

static void one_seed_gives_one_split_and_another_a_different_one(void **state)
{
    const struct sample_set *set = *state;
    uint16_t first[ROWS];
    uint16_t second[ROWS];
    assert_err(split_held_out(set, 0.5, 1, first), 0);
    assert_err(split_held_out(set, 0.5, 1, second), 0);
    assert_memory_equal(first, second, sizeof(first));
    assert_err(split_held_out(set, 0.5, 2, second), 0);
    assert_memory_not_equal(first, second, sizeof(first));
}

static void shared_rows_are_counted(void **state)
{
    const struct sample_set *set = *state;
    struct sample_set other;
    const uint32_t rows[] = {10, 11};
    float fresh[WEIR_FEATURES_MAX] = {1.0F};
    uint64_t shared = 0;
    sample_set_init(&other, set->schema);
    assert_err(sample_set_add(&other, sample_set_row(set, 10), SAMPLE_SET_NORMAL), 0);
    assert_err(sample_set_add(&other, sample_set_row(set, 12), SAMPLE_SET_NORMAL), 0);
    assert_err(sample_set_add(&other, fresh, SAMPLE_SET_NORMAL), 0);
    assert_err(split_count_shared(set, rows, 2, &other, &shared), 0);
    assert_int_equal(shared, 1);
    sample_set_fini(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_held_out_part_has_its_share_of_each_label),
        cmocka_unit_test(duplicates_are_never_on_both_sides),
        cmocka_unit_test(folds_are_even_and_cover_only_the_rows_named),
        cmocka_unit_test(one_seed_gives_one_split_and_another_a_different_one),
        cmocka_unit_test(shared_rows_are_counted),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
