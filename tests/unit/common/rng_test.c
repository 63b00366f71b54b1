/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/rng.h"

#include <stddef.h>

#include "tests/support/weir_test.h"

static void sequence_is_xoshiro256_starstar(void **state)
{
    (void)state;
    /* state 1, 2, 3, 4: rotl(2 * 5, 7) * 9 = 11520, then 0, by hand from the authors' source */
    struct weir_rng rng = {.state = {1, 2, 3, 4}};
    assert_true(weir_rng_next(&rng) == 11520);
    assert_true(weir_rng_next(&rng) == 0);
    assert_true(weir_rng_next(&rng) == 1509978240);
}

static void same_seed_gives_the_same_numbers(void **state)
{
    (void)state;
    struct weir_rng first;
    struct weir_rng second;
    weir_rng_init(&first, 42);
    weir_rng_init(&second, 42);
    for (int i = 0; i < 100; i++) {
        assert_true(weir_rng_next(&first) == weir_rng_next(&second));
    }
    weir_rng_init(&second, 43);
    assert_true(weir_rng_next(&first) != weir_rng_next(&second));
}

static void below_reaches_every_value_about_equally(void **state)
{
    (void)state;
    struct weir_rng rng;
    int seen[7] = {0};
    weir_rng_init(&rng, 1);
    for (int i = 0; i < 70000; i++) {
        seen[weir_rng_below(&rng, 7)]++;
    }
    for (size_t i = 0; i < 7; i++) {
        assert_in_range(seen[i], 9600, 10400); /* 10000 +- 4 standard deviations of 93 */
    }
}

static void share_lies_in_zero_to_one(void **state)
{
    (void)state;
    struct weir_rng rng;
    double sum = 0.0;
    weir_rng_init(&rng, 2);
    for (int i = 0; i < 10000; i++) {
        const double share = weir_rng_share(&rng);
        assert_true(share >= 0.0 && share < 1.0);
        sum += share;
    }
    assert_close(sum / 10000, 0.5, ((struct tolerance){.absolute = 0.0116})); /* 4 sd */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequence_is_xoshiro256_starstar),
        cmocka_unit_test(same_seed_gives_the_same_numbers),
        cmocka_unit_test(below_reaches_every_value_about_equally),
        cmocka_unit_test(share_lies_in_zero_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
