/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/rank.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "common/base/rng.h"

#include "tests/support/weir_test.h"

#define SWEEP 4096

static uint32_t rank_of(float value)
{
    uint32_t rank = 0;
    (void)weir_rank_fill(&value, 1, &rank);
    return rank;
}

static float random_bits(struct weir_rng *rng)
{
    const uint32_t bits = (uint32_t)weir_rng_below(rng, UINT64_C(1) << 32);
    float value = 0.0F;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void ranks_are_in_the_order_of_floats(void **state)
{
    (void)state;
    static const float rising[] = {-INFINITY,     -FLT_MAX, -1.0F,        -FLT_MIN,
                                   -FLT_TRUE_MIN, 0.0F,     FLT_TRUE_MIN, FLT_MIN,
                                   0.999F,        1.0F,     FLT_MAX,      INFINITY};
    for (size_t i = 1; i < sizeof(rising) / sizeof(rising[0]); i++) {
        assert_true(rank_of(rising[i - 1]) < rank_of(rising[i]));
    }
}

static void both_zeros_have_one_rank(void **state)
{
    (void)state;
    assert_int_equal(rank_of(0.0F), rank_of(-0.0F));
}

static void a_nan_is_above_all_floats_whatever_its_sign(void **state)
{
    (void)state;
    const float nans[2] = {NAN, -NAN};
    uint32_t ranks[2] = {0};
    assert_true(weir_rank_fill(nans, 2, ranks));
    assert_int_equal(ranks[0], WEIR_RANK_NAN);
    assert_int_equal(ranks[1], WEIR_RANK_NAN);
    assert_true(rank_of(INFINITY) < WEIR_RANK_NAN);
    assert_true(WEIR_RANK_NAN < WEIR_RANK_ABOVE_ALL);
}

static void any_two_floats_compare_as_their_ranks_do(void **state)
{
    (void)state;
    static float values[SWEEP];
    static uint32_t ranks[SWEEP];
    struct weir_rng rng;
    bool any_nan = false;
    weir_rng_init(&rng, 3);
    for (size_t i = 0; i < SWEEP; i++) {
        values[i] = random_bits(&rng);
        any_nan = any_nan || isnan(values[i]);
    }
    assert_int_equal(weir_rank_fill(values, SWEEP, ranks), any_nan);
    for (size_t i = 0; i + 1 < SWEEP; i++) {
        const bool below = values[i] < values[i + 1];
        const bool number = !isnan(values[i]) && !isnan(values[i + 1]);
        assert_int_equal(below, number && ranks[i] < ranks[i + 1]);
        assert_int_equal(isnan(values[i]) != 0, ranks[i] == WEIR_RANK_NAN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_in_the_order_of_floats),
        cmocka_unit_test(both_zeros_have_one_rank),
        cmocka_unit_test(a_nan_is_above_all_floats_whatever_its_sign),
        cmocka_unit_test(any_two_floats_compare_as_their_ranks_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
