/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/packet_spread.h"

#include "tests/support/weir_test.h"

static const struct tolerance close = {1e-6, 1e-9};

static void lengths_and_gaps_are_those_of_hand_arithmetic(void **state)
{
    (void)state;
    struct packet_spread spread;
    struct weir_side_statistics out = {0};
    packet_spread_init(&spread, 1000, 40);
    packet_spread_add(&spread, 1003, 60);
    packet_spread_add(&spread, 1010, 80);
    packet_spread_fill(&spread, 3, 1000, &out);
    assert_int_equal(out.pkt_len_min, 40);
    assert_int_equal(out.pkt_len_max, 80);
    assert_close((double)out.pkt_len_mean, 60.0, close);
    assert_close((double)out.pkt_len_std, 16.3299316, close); /* sqrt(800 / 3) */
    assert_int_equal(out.iat_min_us, 3);
    assert_int_equal(out.iat_max_us, 7);
    assert_close((double)out.iat_mean_us, 5.0, close);
    assert_close((double)out.iat_std_us, 2.0, close);
}

static void one_packet_has_no_gap_and_no_deviation(void **state)
{
    (void)state;
    struct packet_spread spread;
    struct weir_side_statistics out = {0};
    packet_spread_init(&spread, 1000, 40);
    packet_spread_fill(&spread, 1, 1000, &out);
    assert_close((double)out.pkt_len_mean, 40.0, close);
    assert_close((double)out.pkt_len_std, 0.0, close);
    assert_int_equal(out.iat_min_us, 0);
    assert_int_equal(out.iat_max_us, 0);
}

static void time_that_goes_back_is_no_time(void **state)
{
    (void)state;
    struct packet_spread spread;
    struct weir_side_statistics out = {0};
    packet_spread_init(&spread, 1000, 40);
    packet_spread_add(&spread, 900, 40);
    packet_spread_add(&spread, 1004, 40);
    packet_spread_fill(&spread, 3, 1000, &out);
    assert_int_equal(out.iat_min_us, 0);
    assert_int_equal(out.iat_max_us, 4);
    assert_close((double)out.iat_mean_us, 2.0, close);
}

/* Sums of squares in double would lose this deviation wholly. */
static void a_small_deviation_of_long_gaps_is_exact(void **state)
{
    (void)state;
    struct packet_spread spread;
    struct weir_side_statistics out = {0};
    int64_t now_us = 0;
    packet_spread_init(&spread, now_us, 40);
    for (int i = 0; i < 1000; i++) {
        now_us += INT64_C(5000000000) + (i % 2 == 0 ? 1 : -1); /* above 2^32 */
        packet_spread_add(&spread, now_us, 40);
    }
    packet_spread_fill(&spread, 1001, 0, &out);
    assert_close((double)out.iat_std_us, 1.0, close);
    assert_close((double)out.iat_mean_us, 5e9, close);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_and_gaps_are_those_of_hand_arithmetic),
        cmocka_unit_test(one_packet_has_no_gap_and_no_deviation),
        cmocka_unit_test(time_that_goes_back_is_no_time),
        cmocka_unit_test(a_small_deviation_of_long_gaps_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
