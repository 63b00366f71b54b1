/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/packet_clock.h"

#include "tests/support/weir_test.h"

#define HOUR PACKET_CLOCK_JUMP_US

static void stamps_behind_the_clock_are_clamped_and_counted(void **state)
{
    (void)state;
    struct packet_clock clock = {0};
    assert_int_equal(packet_clock_add(&clock, 1000), 1000);
    assert_int_equal(packet_clock_add(&clock, 900), 1000);
    assert_int_equal(packet_clock_add(&clock, 1001), 1001);
    assert_int_equal(clock.backward_clamped, 1);
}

static void exactly_one_hour_is_no_jump(void **state)
{
    (void)state;
    struct packet_clock clock = {0};
    (void)packet_clock_add(&clock, 5);
    assert_false(packet_clock_is_jump(&clock, 5 + HOUR));
    assert_true(packet_clock_is_jump(&clock, 6 + HOUR));
    assert_int_equal(packet_clock_add(&clock, 5 + HOUR), 5 + HOUR);
}

static void one_stamp_far_ahead_moves_nothing(void **state)
{
    (void)state;
    struct packet_clock clock = {0};
    (void)packet_clock_add(&clock, 1000);
    assert_int_equal(packet_clock_add(&clock, 1000 + 50 * HOUR), 1000);
    assert_int_equal(packet_clock_add(&clock, 1010), 1010);
    assert_int_equal(clock.forward_ignored, 1);
    assert_int_equal(clock.jumps_accepted, 0);
}

static void jump_is_believed_after_a_hundred_in_a_row(void **state)
{
    (void)state;
    struct packet_clock clock = {0};
    (void)packet_clock_add(&clock, 1000);
    const int64_t ahead = 1000 + 2 * HOUR;
    for (int64_t i = 0; i < 100; i++) {
        assert_int_equal(packet_clock_add(&clock, ahead + i), 1000);
    }
    assert_int_equal(packet_clock_add(&clock, ahead + 100), ahead + 100);
    assert_int_equal(clock.forward_ignored, 100);
    assert_int_equal(clock.jumps_accepted, 1);
}

static void a_stamp_near_the_clock_begins_the_hundred_anew(void **state)
{
    (void)state;
    struct packet_clock clock = {0};
    (void)packet_clock_add(&clock, 1000);
    for (int i = 0; i < 250; i++) {
        const int64_t stamp = i % 99 == 98 ? 1000 : 1000 + 2 * HOUR;
        assert_int_equal(packet_clock_add(&clock, stamp), 1000);
    }
    assert_int_equal(clock.jumps_accepted, 0);
}

static void idle_time_moves_the_clock_up_only(void **state)
{
    (void)state;
    struct packet_clock clock = {0};
    packet_clock_advance(&clock, 50);
    packet_clock_advance(&clock, 40);
    assert_int_equal(clock.now_us, 50);
    assert_int_equal(packet_clock_add(&clock, 45), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_behind_the_clock_are_clamped_and_counted),
        cmocka_unit_test(exactly_one_hour_is_no_jump),
        cmocka_unit_test(one_stamp_far_ahead_moves_nothing),
        cmocka_unit_test(jump_is_believed_after_a_hundred_in_a_row),
        cmocka_unit_test(a_stamp_near_the_clock_begins_the_hundred_anew),
        cmocka_unit_test(idle_time_moves_the_clock_up_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
