/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/timer_wheel.h"

#include "common/base/rng.h"

#include "tests/support/weir_test.h"

static void entries_come_up_in_order_of_slot(void **state)
{
    (void)state;
    struct timer_wheel *wheel = NULL;
    uint32_t entry = 9;
    assert_err(timer_wheel_new(4, &wheel), WEIR_OK);
    assert_false(timer_wheel_pop(wheel, 0, &entry));
    timer_wheel_set(wheel, 0, 3000000);
    timer_wheel_set(wheel, 1, 1000000);
    timer_wheel_set(wheel, 2, 2000000);
    timer_wheel_remove(wheel, 2);
    assert_false(timer_wheel_pop(wheel, 1000000, &entry)); /* the slot is not over */
    assert_true(timer_wheel_pop(wheel, 4000000, &entry));
    assert_int_equal(entry, 1);
    assert_true(timer_wheel_pop(wheel, 4000000, &entry));
    assert_int_equal(entry, 0);
    assert_false(timer_wheel_pop(wheel, 4000000, &entry));
    timer_wheel_free(wheel);
}

static void late_or_long_waits_still_come_up(void **state)
{
    (void)state;
    struct timer_wheel *wheel = NULL;
    uint32_t entry = 9;
    assert_err(timer_wheel_new(2, &wheel), WEIR_OK);
    assert_false(timer_wheel_pop(wheel, 1000000000, &entry));
    timer_wheel_set(wheel, 0, 5); /* long over */
    assert_true(timer_wheel_pop(wheel, 1000000000 + TIMER_WHEEL_TICK_US, &entry));
    timer_wheel_set(wheel, 1, INT64_C(1) << 50); /* beyond the wheel: given back early */
    assert_true(timer_wheel_pop(wheel, INT64_C(1) << 40, &entry));
    assert_int_equal(entry, 1);
    assert_err(timer_wheel_new(0, &wheel), WEIR_EINVAL);
    timer_wheel_free(wheel);
}

/* Against the definition: an entry comes up once the slot of its time is over, never before. */
static void random_times_agree_with_their_definition(void **state)
{
    (void)state;
    struct timer_wheel *wheel = NULL;
    struct weir_rng rng;
    int64_t due[64] = {0};
    bool set[64] = {false};
    int64_t now = 0;
    uint32_t entry = 0;
    weir_rng_init(&rng, 3);
    assert_err(timer_wheel_new(64, &wheel), WEIR_OK);
    for (int i = 0; i < 20000; i++) {
        const uint32_t one = (uint32_t)weir_rng_below(&rng, 64);
        due[one] = now + 1 + (int64_t)weir_rng_below(&rng, 60000000);
        set[one] = true;
        timer_wheel_set(wheel, one, due[one]);
        now += (int64_t)weir_rng_below(&rng, i % 100 == 0 ? 200000000 : 300000);
        while (timer_wheel_pop(wheel, now, &entry)) {
            assert_true(set[entry]);
            assert_true(due[entry] <= now);
            set[entry] = false;
        }
        for (uint32_t j = 0; j < 64; j++) {
            assert_true(!set[j] || due[j] > now - 2 * TIMER_WHEEL_TICK_US);
        }
    }
    timer_wheel_free(wheel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_up_in_order_of_slot),
        cmocka_unit_test(late_or_long_waits_still_come_up),
        cmocka_unit_test(random_times_agree_with_their_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
