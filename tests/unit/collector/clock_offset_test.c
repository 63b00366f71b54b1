/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/clock_offset.h"

#include "tests/support/weir_test.h"

#define NOW_US INT64_C(1767600000000000)

/* A heartbeat of a sensor that is ahead by offset, over a way of there and back. */
static void measure(struct clock_offset *clock, int64_t offset_us, int64_t there_us,
                    int64_t back_us)
{
    const struct clock_stamps stamps = {.ours_sent_us = NOW_US,
                                        .theirs_arrived_us = NOW_US + there_us + offset_us,
                                        .theirs_sent_us = NOW_US + there_us + offset_us + 700000,
                                        .ours_arrived_us = NOW_US + there_us + 700000 + back_us};
    clock_offset_add(clock, &stamps);
}

static void nothing_measured_is_right(void **state)
{
    struct clock_offset clock = {0};
    int64_t offset_us = 1;
    (void)state;
    assert_int_equal(clock_offset_judge(&clock, &offset_us), CLOCK_RIGHT);
    assert_int_equal(offset_us, 0);
}

static void a_symmetric_way_gives_the_offset_exactly(void **state)
{
    struct clock_offset clock = {0};
    int64_t offset_us = 0;
    (void)state;
    measure(&clock, 3000000, 20000, 20000);
    assert_int_equal(clock_offset_judge(&clock, &offset_us), CLOCK_OFF);
    assert_int_equal(offset_us, 3000000);
}

static void the_shortest_way_counts(void **state)
{
    struct clock_offset clock = {0};
    int64_t offset_us = 0;
    (void)state;
    measure(&clock, -500000, 20000, 180000); /* (20 - 180) / 2 = -80 ms of error */
    measure(&clock, -500000, 5000, 5000);
    measure(&clock, -500000, 90000, 10000);
    assert_int_equal(clock_offset_judge(&clock, &offset_us), CLOCK_OFF);
    assert_int_equal(offset_us, -500000);
}

static void a_small_offset_is_right(void **state)
{
    struct clock_offset clock = {0};
    int64_t offset_us = 0;
    (void)state;
    measure(&clock, 99999, 1000, 1000);
    assert_int_equal(clock_offset_judge(&clock, &offset_us), CLOCK_RIGHT);
    measure(&clock, 100000, 500, 500);
    assert_int_equal(clock_offset_judge(&clock, &offset_us), CLOCK_OFF);
}

static void a_clock_that_wanders_is_unstable_until_it_rests(void **state)
{
    struct clock_offset clock = {0};
    int64_t offset_us = 0;
    (void)state;
    for (int64_t i = 0; i < 4; i++) {
        measure(&clock, i * 400000, 1000, 1000);
    }
    assert_int_equal(clock_offset_judge(&clock, &offset_us), CLOCK_UNSTABLE);
    for (int i = 0; i < CLOCK_OFFSET_SAMPLES; i++) {
        measure(&clock, 1200000, 1000, 1000);
    }
    assert_int_equal(clock_offset_judge(&clock, &offset_us), CLOCK_OFF);
    assert_int_equal(offset_us, 1200000);
}

static void stamps_that_are_no_times_are_passed_over(void **state)
{
    static const int64_t bad[] = {INT64_MIN, -1, 0, INT64_MAX};
    struct clock_offset clock = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (int field = 0; field < 4; field++) {
            const struct clock_stamps stamps = {
                .ours_sent_us = field == 0 ? bad[i] : NOW_US,
                .theirs_arrived_us = field == 1 ? bad[i] : NOW_US,
                .theirs_sent_us = field == 2 ? bad[i] : NOW_US,
                .ours_arrived_us = field == 3 ? bad[i] : NOW_US,
            };
            clock_offset_add(&clock, &stamps);
        }
    }
    /* answered before it was asked; on the way for less than no time */
    measure(&clock, 0, -10, 5);
    const struct clock_stamps backward = {NOW_US, NOW_US + 10, NOW_US + 5, NOW_US + 20};
    clock_offset_add(&clock, &backward);
    assert_int_equal(clock.count, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_measured_is_right),
        cmocka_unit_test(a_symmetric_way_gives_the_offset_exactly),
        cmocka_unit_test(the_shortest_way_counts),
        cmocka_unit_test(a_small_offset_is_right),
        cmocka_unit_test(a_clock_that_wanders_is_unstable_until_it_rests),
        cmocka_unit_test(stamps_that_are_no_times_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
