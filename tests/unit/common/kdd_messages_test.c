/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_messages.h"

#include "common/flow/service.h"

#include "tests/support/weir_test.h"

static struct weir_flow_record echo(uint64_t requests, uint64_t replies)
{
    struct weir_flow_record r = {
        .start_us = 1000, .end_us = 5001000, .proto = 1, .ip_version = 4, .has_vector = true};
    r.orig.address = (struct weir_address){.bytes = {10, 0, 0, 1}, .size = 4};
    r.resp.address = (struct weir_address){.bytes = {10, 0, 0, 2}, .size = 4};
    r.orig.port = 8;
    r.icmp_orig =
        (struct weir_icmp_side){.messages = requests, .first_us = 1000, .last_us = 4000, .type = 8};
    r.icmp_resp =
        (struct weir_icmp_side){.messages = replies, .first_us = 1000, .last_us = 5000, .type = 0};
    return r;
}

struct given {
    int64_t start_us;
    uint16_t type;
    bool is_vector;
};

static size_t collect(const struct weir_flow_record *record, uint64_t limit, struct given *out)
{
    struct weir_kdd_messages messages;
    struct weir_kdd_conn conn;
    size_t count = 0;
    bool is_vector = false;
    weir_kdd_messages_init(&messages, record, limit);
    while (weir_kdd_messages_next(&messages, WEIR_FLAG_S0, &conn, &is_vector)) {
        out[count++] = (struct given){conn.start_us, conn.src_port, is_vector};
    }
    return count;
}

static void assert_given(const struct given *got, const struct given *want, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(got[i].start_us, want[i].start_us);
        assert_int_equal(got[i].type, want[i].type);
        assert_int_equal(got[i].is_vector, want[i].is_vector);
    }
}

static void a_tcp_record_is_one_connection_with_its_outcome(void **state)
{
    (void)state;
    struct weir_flow_record r = {.start_us = 7, .proto = 6, .has_vector = true};
    r.orig.port = 40000;
    r.resp.port = 80;
    struct weir_kdd_messages messages;
    struct weir_kdd_conn conn;
    bool is_vector = false;
    weir_kdd_messages_init(&messages, &r, 1);
    assert_true(weir_kdd_messages_next(&messages, WEIR_FLAG_S0, &conn, &is_vector));
    assert_true(is_vector);
    assert_int_equal(conn.start_us, 7);
    assert_int_equal(conn.src_port, 40000);
    assert_int_equal(conn.resp_port, 80);
    assert_int_equal(conn.outcome, WEIR_OUTCOME_SERROR);
    assert_int_equal(conn.service_key, weir_service_key(6, 80, 0));
    assert_false(weir_kdd_messages_next(&messages, WEIR_FLAG_S0, &conn, &is_vector));
}

static void udp_and_icmp_are_never_errors(void **state)
{
    (void)state;
    const struct weir_flow_record udp = {.proto = 17, .has_vector = true};
    const struct weir_flow_record icmp = echo(1, 0);
    const struct weir_flow_record *records[] = {&udp, &icmp};
    for (size_t i = 0; i < 2; i++) {
        struct weir_kdd_messages messages;
        struct weir_kdd_conn conn;
        bool is_vector = false;
        weir_kdd_messages_init(&messages, records[i], 511);
        assert_true(weir_kdd_messages_next(&messages, WEIR_FLAG_S0, &conn, &is_vector));
        assert_int_equal(conn.outcome, WEIR_OUTCOME_NEITHER);
    }
}

static void a_record_without_vector_is_no_connection(void **state)
{
    (void)state;
    const struct weir_flow_record r = {.proto = 47};
    struct given given[1];
    assert_int_equal(collect(&r, 511, given), 0);
}

static void each_direction_is_spread_evenly_and_merged_by_time(void **state)
{
    (void)state;
    const struct weir_flow_record r = echo(3, 4);
    static const struct given want[] = {{1000, 8, false}, {1000, 0, false}, {2333, 0, false},
                                        {2500, 8, false}, {3666, 0, false}, {4000, 8, true},
                                        {5000, 0, false}};
    struct given got[8];
    assert_int_equal(collect(&r, 511, got), 7);
    assert_given(got, want, 7);
}

static void a_reply_has_the_responder_as_its_sender(void **state)
{
    (void)state;
    const struct weir_flow_record r = echo(1, 1);
    struct weir_kdd_messages messages;
    struct weir_kdd_conn conn;
    bool is_vector = false;
    weir_kdd_messages_init(&messages, &r, 511);
    assert_true(weir_kdd_messages_next(&messages, WEIR_FLAG_SF, &conn, &is_vector));
    assert_true(weir_address_equal(&conn.resp, &r.resp.address));
    assert_int_equal(conn.src_port, 8);
    assert_true(is_vector);
    assert_true(weir_kdd_messages_next(&messages, WEIR_FLAG_SF, &conn, &is_vector));
    assert_true(weir_address_equal(&conn.orig, &r.resp.address));
    assert_true(weir_address_equal(&conn.resp, &r.orig.address));
    assert_int_equal(conn.src_port, 0);
    assert_false(is_vector);
}

static void the_limit_keeps_the_latest_of_both_directions(void **state)
{
    (void)state;
    const struct weir_flow_record r = echo(3, 4);
    static const struct given want[] = {{3666, 0, false}, {4000, 8, true}, {5000, 0, false}};
    struct given got[8];
    assert_int_equal(collect(&r, 3, got), 3);
    assert_given(got, want, 3);
}

static void the_originators_last_message_is_always_given(void **state)
{
    (void)state;
    const struct weir_flow_record r = echo(1, 1000000);
    struct given got[WEIR_KDD_MESSAGES_MAX];
    assert_int_equal(collect(&r, WEIR_KDD_MESSAGES_MAX, got), WEIR_KDD_MESSAGES_MAX);
    assert_true(got[0].is_vector);
    assert_int_equal(got[0].start_us, 1000);
    assert_int_equal(got[WEIR_KDD_MESSAGES_MAX - 1].start_us, 5000);
}

static void huge_counts_do_not_overflow(void **state)
{
    (void)state;
    struct weir_flow_record r = echo(UINT32_MAX, 0);
    r.icmp_orig.first_us = 0;
    r.icmp_orig.last_us = INT64_C(253402300799999999);
    struct given got[2];
    assert_int_equal(collect(&r, 2, got), 2);
    assert_true(got[1].start_us == r.icmp_orig.last_us);
    /* (n - 2) * span / (n - 1) with n = 2^32 - 1, in unbounded integers. */
    assert_true(got[0].start_us == INT64_C(253402300741000178));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tcp_record_is_one_connection_with_its_outcome),
        cmocka_unit_test(udp_and_icmp_are_never_errors),
        cmocka_unit_test(a_record_without_vector_is_no_connection),
        cmocka_unit_test(each_direction_is_spread_evenly_and_merged_by_time),
        cmocka_unit_test(a_reply_has_the_responder_as_its_sender),
        cmocka_unit_test(the_limit_keeps_the_latest_of_both_directions),
        cmocka_unit_test(the_originators_last_message_is_always_given),
        cmocka_unit_test(huge_counts_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
