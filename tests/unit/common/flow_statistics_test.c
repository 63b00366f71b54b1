/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_statistics.h"

#include <math.h>
#include <string.h>

#include "tests/support/weir_test.h"

static void an_empty_one_is_valid_and_tells_absent_from_zero(void **state)
{
    (void)state;
    struct weir_flow_statistics statistics;
    weir_flow_statistics_init(&statistics);
    assert_true(weir_flow_statistics_valid(&statistics, NULL));
    assert_int_equal(statistics.orig.ttl_min, 0);
    assert_int_equal(statistics.orig.mss, WEIR_ABSENT);
    assert_int_equal(statistics.resp.rtt_ack_min_us, WEIR_ABSENT);
    assert_true(statistics.resp.payload_entropy == -1.0F);
    assert_true(statistics.icmp_echo_succ_ratio == 0.0F);
    assert_int_equal(statistics.handshake_server_us, WEIR_ABSENT);
    assert_int_equal(statistics.sequence_count, 0);
}

static void a_field_out_of_its_range_is_named(void **state)
{
    (void)state;
    const char *why = NULL;
    struct weir_flow_statistics statistics;
    weir_flow_statistics_init(&statistics);
    statistics.resp.win_min = -2;
    assert_false(weir_flow_statistics_valid(&statistics, &why));
    assert_string_equal(why, "win_min");
    weir_flow_statistics_init(&statistics);
    statistics.orig.pkt_len_std = NAN;
    assert_false(weir_flow_statistics_valid(&statistics, &why));
    assert_string_equal(why, "pkt_len_std");
    weir_flow_statistics_init(&statistics);
    statistics.orig.win_avg = -0.5F;
    assert_false(weir_flow_statistics_valid(&statistics, &why));
    assert_string_equal(why, "win_avg");
    weir_flow_statistics_init(&statistics);
    statistics.sequence_count = WEIR_SEQUENCE_MAX + 1;
    assert_false(weir_flow_statistics_valid(&statistics, &why));
    assert_string_equal(why, "sequence_count");
    weir_flow_statistics_init(&statistics);
    memset(statistics.ja4t, 'x', sizeof(statistics.ja4t));
    assert_false(weir_flow_statistics_valid(&statistics, &why));
    assert_string_equal(why, "ja4t");
}

#define NUMBER(member, type, kind, number, unit, source) number,

static void no_number_is_used_twice(void **state)
{
    (void)state;
    static const int of_side[] = {WEIR_SIDE_STATISTICS(NUMBER)};
    static const int of_connection[] = {WEIR_CONNECTION_STATISTICS(NUMBER)};
    bool used[2][100] = {{false}};
    for (size_t i = 0; i < sizeof(of_side) / sizeof(of_side[0]); i++) {
        assert_in_range(of_side[i], 1, 99);
        assert_false(used[0][of_side[i]]);
        used[0][of_side[i]] = true;
    }
    for (size_t i = 0; i < sizeof(of_connection) / sizeof(of_connection[0]); i++) {
        assert_in_range(of_connection[i], 1, 99);
        assert_false(used[1][of_connection[i]]);
        used[1][of_connection[i]] = true;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_is_valid_and_tells_absent_from_zero),
        cmocka_unit_test(a_field_out_of_its_range_is_named),
        cmocka_unit_test(no_number_is_used_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
