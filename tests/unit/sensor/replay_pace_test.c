/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/replay_pace.h"

#include "tests/support/weir_test.h"

#define BEGIN INT64_C(1767000000000000)
#define FIRST INT64_C(900000000000000)

static struct replay_pace pace_of(double speed, int64_t span_us)
{
    struct replay_pace pace = {0};
    const struct replay_pace_options options = {.speed = speed,
                                                .begin_wall_us = BEGIN,
                                                .first_us = FIRST,
                                                .last_us = FIRST + span_us};
    assert_err(replay_pace_init(&pace, &options, NULL), WEIR_OK);
    return pace;
}

static void replay_ends_at_the_time_its_last_packet_carries(void **state)
{
    (void)state;
    const double speeds[] = {1.0, 2.5, 10.0, 1000.0};
    for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
        const struct replay_pace pace = pace_of(speeds[i], 100000000);
        const int64_t last = FIRST + 100000000;
        assert_int_equal(replay_pace_due_us(&pace, FIRST), BEGIN);
        assert_int_equal(replay_pace_time_us(&pace, last), replay_pace_due_us(&pace, last));
    }
}

static void no_packet_carries_a_time_after_it_is_due(void **state)
{
    (void)state;
    const double speeds[] = {0.25, 1.0, 3.7, 10.0};
    for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
        const struct replay_pace pace = pace_of(speeds[i], 99999999);
        for (int64_t t = FIRST; t <= FIRST + 99999999; t += 7654321) {
            assert_true(replay_pace_time_us(&pace, t) <= replay_pace_due_us(&pace, t) + 1);
        }
    }
}

static void spacing_is_kept(void **state)
{
    (void)state;
    const struct replay_pace pace = pace_of(10.0, 5000000);
    assert_int_equal(replay_pace_time_us(&pace, FIRST + 777) - replay_pace_time_us(&pace, FIRST),
                     777);
}

static void full_speed_leaves_times_alone(void **state)
{
    (void)state;
    const struct replay_pace pace = pace_of(0.0, 5000000);
    assert_int_equal(replay_pace_time_us(&pace, FIRST), FIRST);
    assert_true(replay_pace_due_us(&pace, FIRST) == INT64_MIN);
}

static void speeds_and_spans_out_of_range_are_refused(void **state)
{
    (void)state;
    struct replay_pace pace = {0};
    struct weir_error error = {0};
    const struct replay_pace_options bad[] = {{.speed = -1.0},
                                              {.speed = 1e7},
                                              {.speed = 1.0, .first_us = 2, .last_us = 1}};
    for (size_t i = 0; i < 3; i++) {
        assert_err(replay_pace_init(&pace, &bad[i], &error), WEIR_EINVAL);
        assert_true(error.text[0] != '\0');
    }
}

static void span_is_two_numbers(void **state)
{
    (void)state;
    int64_t first = 0;
    int64_t last = 0;
    assert_err(replay_pace_parse_span("5:9", &first, &last, NULL), WEIR_OK);
    assert_int_equal(first, 5);
    assert_int_equal(last, 9);
    const char *const bad[] = {"",    "5",    "5:",   ":9",
                               "9:5", "-1:5", "5:9x", "5:99999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_err(replay_pace_parse_span(bad[i], &first, &last, NULL), WEIR_EFORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_ends_at_the_time_its_last_packet_carries),
        cmocka_unit_test(no_packet_carries_a_time_after_it_is_due),
        cmocka_unit_test(spacing_is_kept),
        cmocka_unit_test(full_speed_leaves_times_alone),
        cmocka_unit_test(speeds_and_spans_out_of_range_are_refused),
        cmocka_unit_test(span_is_two_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
