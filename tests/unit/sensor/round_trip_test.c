/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/round_trip.h"

#include "tests/support/weir_test.h"

static const struct tolerance close = {1e-6, 1e-9};

static void send(struct round_trip *trip, uint32_t end, uint32_t time_us)
{
    const struct round_trip_segment segment = {.end = end, .time_us = time_us, .size = 100};
    round_trip_add(trip, &segment);
}

static struct weir_side_statistics filled(const struct round_trip *trip)
{
    struct weir_side_statistics out;
    struct weir_flow_statistics all;
    weir_flow_statistics_init(&all);
    out = all.orig;
    round_trip_fill(trip, &out);
    return out;
}

static void samples_are_time_of_acknowledgement_less_time_of_segment(void **state)
{
    (void)state;
    struct round_trip trip;
    round_trip_init(&trip);
    send(&trip, 100, 10);
    send(&trip, 200, 20);
    round_trip_acknowledge(&trip, 200, 50); /* 30, of the latest covered */
    send(&trip, 300, 60);
    round_trip_acknowledge(&trip, 300, 70); /* 10 */
    const struct weir_side_statistics out = filled(&trip);
    assert_int_equal(out.rtt_ack_samples, 2);
    assert_int_equal(out.rtt_ack_min_us, 10);
    assert_int_equal(out.rtt_ack_max_us, 30);
    assert_close((double)out.rtt_ack_mean_us, 20.0, close);
    struct round_trip none;
    round_trip_init(&none);
    assert_close((double)round_trip_jitter(&trip, &none), 10.0, close);
    assert_close((double)round_trip_jitter(&none, &none), -1.0, close);
}

static void what_was_sent_twice_gives_no_sample(void **state)
{
    (void)state;
    struct round_trip trip;
    round_trip_init(&trip);
    send(&trip, 100, 10);
    send(&trip, 200, 20);
    const struct round_trip_segment again = {.end = 100, .time_us = 40, .size = 100};
    assert_true(round_trip_repeat(&trip, &again));
    round_trip_acknowledge(&trip, 200, 50);
    assert_int_equal(filled(&trip).rtt_ack_samples, 0);
    assert_int_equal(filled(&trip).rtt_ack_min_us, -1);
    send(&trip, 300, 60); /* clean again, in the ring's old places too */
    round_trip_acknowledge(&trip, 300, 61);
    assert_int_equal(filled(&trip).rtt_ack_samples, 1);
}

static void a_repetition_leaves_what_ends_below_it_alone(void **state)
{
    (void)state;
    struct round_trip trip;
    round_trip_init(&trip);
    send(&trip, 100, 10);
    send(&trip, 200, 20);
    const struct round_trip_segment again = {.end = 200, .time_us = 40, .size = 100};
    assert_true(round_trip_repeat(&trip, &again));
    round_trip_acknowledge(&trip, 100, 50);
    assert_int_equal(filled(&trip).rtt_ack_samples, 1);
    round_trip_acknowledge(&trip, 200, 60);
    assert_int_equal(filled(&trip).rtt_ack_samples, 1);
}

static void an_acknowledgement_within_a_segment_or_again_is_no_sample(void **state)
{
    (void)state;
    struct round_trip trip;
    round_trip_init(&trip);
    send(&trip, 100, 10);
    round_trip_acknowledge(&trip, 50, 20);
    round_trip_acknowledge(&trip, 150, 30); /* names no segment's end */
    round_trip_acknowledge(&trip, 150, 40);
    assert_int_equal(filled(&trip).rtt_ack_samples, 0);
}

static void at_most_eight_are_followed(void **state)
{
    (void)state;
    struct round_trip trip;
    round_trip_init(&trip);
    for (uint32_t i = 1; i <= 9; i++) {
        send(&trip, i * 100, i);
    }
    round_trip_acknowledge(&trip, 900, 100); /* the ninth was not followed */
    assert_int_equal(filled(&trip).rtt_ack_samples, 0);
    send(&trip, 1000, 200);
    round_trip_acknowledge(&trip, 1000, 205);
    assert_int_equal(filled(&trip).rtt_ack_max_us, 5);
}

static void another_content_at_the_same_place_is_told(void **state)
{
    (void)state;
    struct round_trip trip;
    round_trip_init(&trip);
    struct round_trip_segment segment = {.end = 50, .time_us = 1, .size = 100, .hash = 7};
    segment.end = UINT32_C(0) - 20; /* the numbers wrap */
    round_trip_add(&trip, &segment);
    assert_true(round_trip_repeat(&trip, &segment));
    segment.hash = 8;
    assert_false(round_trip_repeat(&trip, &segment));
    segment.size = 99; /* cut elsewhere: not compared */
    assert_true(round_trip_repeat(&trip, &segment));
    segment.size = 100;
    segment.hash = 0; /* not all of it was captured */
    assert_true(round_trip_repeat(&trip, &segment));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_time_of_acknowledgement_less_time_of_segment),
        cmocka_unit_test(what_was_sent_twice_gives_no_sample),
        cmocka_unit_test(a_repetition_leaves_what_ends_below_it_alone),
        cmocka_unit_test(an_acknowledgement_within_a_segment_or_again_is_no_sample),
        cmocka_unit_test(at_most_eight_are_followed),
        cmocka_unit_test(another_content_at_the_same_place_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
