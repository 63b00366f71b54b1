/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_statistics.h"

#include <string.h>

#include "sensor/meter/tcp_anomaly.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

#define S PACKET_TCP_SYN
#define A PACKET_TCP_ACK
#define P PACKET_TCP_PSH
#define R PACKET_TCP_RST

static const struct test_ends web = {.from = 1, .to = 2, .from_port = 40000, .to_port = 80};

/* Both directions of a connection; side 0 speaks first. */
struct talk {
    struct tcp_statistics statistics[2];
    struct round_trip trips[2];
    struct tcp_bytes bytes[2];
    struct tcp_options options; /* of the next segments */
    int64_t now_us;
    uint16_t window;
};

static void begin(struct talk *talk)
{
    *talk = (struct talk){.options = {.mss = -1, .scale = -1}, .window = 1000};
    round_trip_init(&talk->trips[0]);
    round_trip_init(&talk->trips[1]);
}

static uint32_t say(struct talk *talk, int end, struct test_segment segment)
{
    struct packet packet = test_packet_tcp(talk->now_us, web, segment);
    const bool syn = (segment.flags & S) != 0;
    packet.tcp_window = talk->window;
    const struct tcp_bytes_step step =
        tcp_bytes_add(&talk->bytes[end], NULL, segment.sequence + (syn ? 1 : 0), segment.size,
                      (segment.flags & PACKET_TCP_FIN) != 0);
    const struct tcp_statistics_pair pair = {.own = &talk->statistics[end],
                                             .peer = &talk->statistics[1 - end],
                                             .own_trip = &talk->trips[end],
                                             .peer_trip = &talk->trips[1 - end]};
    const struct tcp_statistics_segment taken = {.packet = &packet,
                                                 .options = &talk->options,
                                                 .step = &step,
                                                 .peer_bytes = &talk->bytes[1 - end]};
    return tcp_statistics_add(&pair, &taken);
}

static struct weir_side_statistics filled(const struct talk *talk, int end)
{
    struct weir_flow_statistics out;
    weir_flow_statistics_init(&out);
    tcp_statistics_fill(&talk->statistics[end], &out.orig);
    round_trip_fill(&talk->trips[end], &out.orig);
    return out.orig;
}

static void flags_are_counted_one_by_one(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    (void)say(&talk, 0, (struct test_segment){S | 0xc0U, 100, 0, 0});
    (void)say(&talk, 0, (struct test_segment){A | P, 101, 1, 10});
    (void)say(&talk, 0, (struct test_segment){A | PACKET_TCP_FIN | PACKET_TCP_URG, 111, 1, 0});
    (void)say(&talk, 0, (struct test_segment){R, 112, 0, 0});
    const struct weir_side_statistics out = filled(&talk, 0);
    assert_int_equal(out.tcp_syn, 1);
    assert_int_equal(out.tcp_ece, 1);
    assert_int_equal(out.tcp_cwr, 1);
    assert_int_equal(out.tcp_ack, 2);
    assert_int_equal(out.tcp_psh, 1);
    assert_int_equal(out.tcp_fin, 1);
    assert_int_equal(out.tcp_urg, 1);
    assert_int_equal(out.tcp_rst, 1);
    assert_int_equal(out.tcp_flags_or, 0xff);
}

static void windows_are_scaled_once_both_ends_offered_it(void **state)
{
    (void)state;
    const struct tolerance close = {1e-5, 1e-5};
    struct talk talk;
    begin(&talk);
    talk.options.scale = 3;
    talk.options.mss = 1460;
    (void)say(&talk, 0, (struct test_segment){S, 100, 0, 0});
    (void)say(&talk, 1, (struct test_segment){S | A, 500, 101, 0});
    (void)say(&talk, 0, (struct test_segment){A, 101, 501, 0});
    talk.window = 0;
    (void)say(&talk, 0, (struct test_segment){A, 101, 501, 0});
    talk.window = 10;
    (void)say(&talk, 0, (struct test_segment){A, 101, 501, 0});
    const struct weir_side_statistics out = filled(&talk, 0);
    assert_int_equal(out.win_init, 1000);
    assert_int_equal(out.win_max, 8000);
    assert_int_equal(out.win_min, 0);
    assert_int_equal(out.win_up, 2);
    assert_int_equal(out.win_down, 1);
    assert_int_equal(out.win_dir_changes, 2);
    assert_close((double)out.win_low_ratio, 0.25, close);
    /* ((0.7 * 1000 + 0.3 * 8000) * 0.7 + 0) * 0.7 + 0.3 * 80 */
    assert_close((double)out.win_avg, 1543.0, close);
    assert_int_equal(out.mss, 1460);
    assert_int_equal(out.wscale, 3);
}

static void acknowledgements_that_go_back_or_past_are_faults(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    (void)say(&talk, 0, (struct test_segment){A, 101, 501, 100});
    assert_int_equal(say(&talk, 1, (struct test_segment){A, 501, 201, 0}), 0);
    assert_int_equal(say(&talk, 1, (struct test_segment){A, 501, 151, 0}), TCP_ANOMALY_ACK_BACK);
    assert_int_equal(say(&talk, 1, (struct test_segment){A, 501, 301, 0}), 0);
    const struct weir_side_statistics out = filled(&talk, 1);
    assert_int_equal(out.ack_ok, 1);
    assert_int_equal(out.ack_fault, 2);
    assert_true(
        tcp_statistics_lost(&talk.statistics[1], &talk.statistics[0], &talk.bytes[0], NULL));
}

static void the_fourth_equal_acknowledgement_makes_a_repetition_fast(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    (void)say(&talk, 0, (struct test_segment){A, 101, 501, 100});
    (void)say(&talk, 0, (struct test_segment){A, 201, 501, 100});
    (void)say(&talk, 1, (struct test_segment){A, 501, 201, 0});
    for (int i = 0; i < 3; i++) {
        assert_int_equal(say(&talk, 1, (struct test_segment){A, 501, 201, 0}),
                         TCP_ANOMALY_ACK_REPEATED);
    }
    assert_int_equal(say(&talk, 0, (struct test_segment){A, 201, 501, 100}) &
                         TCP_ANOMALY_FAST_RETRANSMIT,
                     TCP_ANOMALY_FAST_RETRANSMIT);
    const struct weir_side_statistics out = filled(&talk, 0);
    assert_int_equal(out.seq_ok, 2);
    assert_int_equal(out.seq_fault, 1);
}

static void a_round_trip_is_from_a_segment_to_the_acknowledgement_of_its_end(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    (void)say(&talk, 0, (struct test_segment){A, 101, 501, 100});
    talk.now_us = 30;
    (void)say(&talk, 1, (struct test_segment){A, 501, 201, 0});
    const struct weir_side_statistics out = filled(&talk, 0);
    assert_int_equal(out.rtt_ack_samples, 1);
    assert_int_equal(out.rtt_ack_min_us, 30);
}

static void a_reset_outside_the_window_is_told(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    assert_int_equal(say(&talk, 0, (struct test_segment){R, 900000, 0, 0}), 0);
    (void)say(&talk, 1, (struct test_segment){A, 501, 101, 0});
    assert_int_equal(say(&talk, 0, (struct test_segment){R, 1100, 0, 0}), 0);
    assert_int_equal(say(&talk, 0, (struct test_segment){R, 1101, 0, 0}), TCP_ANOMALY_RST_OUTSIDE);
    assert_int_equal(say(&talk, 0, (struct test_segment){R, 100, 0, 0}), TCP_ANOMALY_RST_OUTSIDE);
}

static void uptime_comes_of_two_timestamps_a_second_apart(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    talk.options.count = 1;
    talk.options.has_timestamp = true;
    talk.options.timestamp = 50000;
    (void)say(&talk, 0, (struct test_segment){A, 101, 501, 0});
    talk.now_us = 999999;
    talk.options.timestamp = 50250;
    (void)say(&talk, 0, (struct test_segment){A, 101, 501, 0});
    assert_int_equal(filled(&talk, 0).tcp_uptime_s, WEIR_ABSENT);
    talk.now_us = 2000000;
    talk.options.timestamp = 50500;
    (void)say(&talk, 0, (struct test_segment){A, 101, 501, 0});
    assert_int_equal(filled(&talk, 0).tcp_uptime_s, 202); /* 250 ticks a second */
}

static void ja4t_is_the_first_syn(void **state)
{
    (void)state;
    struct talk talk;
    char text[WEIR_JA4T_SIZE] = "";
    begin(&talk);
    tcp_statistics_ja4t(&talk.statistics[0], text);
    assert_string_equal(text, "");
    talk.options = (struct tcp_options){
        .count = 3, .mss = 1460, .scale = -1, .order = {2, 1, 3}, .order_count = 3};
    (void)say(&talk, 0, (struct test_segment){S, 100, 0, 0});
    talk.window = 5;
    (void)say(&talk, 0, (struct test_segment){S, 100, 0, 0});
    tcp_statistics_ja4t(&talk.statistics[0], text);
    assert_string_equal(text, "1000_2-1-3_1460_00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_counted_one_by_one),
        cmocka_unit_test(windows_are_scaled_once_both_ends_offered_it),
        cmocka_unit_test(acknowledgements_that_go_back_or_past_are_faults),
        cmocka_unit_test(the_fourth_equal_acknowledgement_makes_a_repetition_fast),
        cmocka_unit_test(a_round_trip_is_from_a_segment_to_the_acknowledgement_of_its_end),
        cmocka_unit_test(a_reset_outside_the_window_is_told),
        cmocka_unit_test(uptime_comes_of_two_timestamps_a_second_apart),
        cmocka_unit_test(ja4t_is_the_first_syn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
