/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_record.h"

#include <math.h>
#include <string.h>

#include "tests/support/weir_test.h"

static struct weir_flow_record valid_final(void)
{
    struct weir_flow_record r = {.flow_id = 1,
                                 .record_no = 1,
                                 .start_us = 1000,
                                 .end_us = 5000,
                                 .duration_us = 4000,
                                 .record_type = WEIR_RECORD_FINAL,
                                 .proto = WEIR_PROTO_TCP,
                                 .ip_version = 4,
                                 .conn_state = WEIR_CONN_SF,
                                 .flag = WEIR_FLAG_SF,
                                 .early_flag = WEIR_FLAG_SF,
                                 .end_reason = WEIR_END_OF_FLOW,
                                 .has_vector = true,
                                 .community_id = "1:wCb3OG7yAFWelaUydu0D+125CLM=",
                                 .history = "ShADadFf^"};
    r.orig.address = (struct weir_address){.bytes = {10, 0, 0, 1}, .size = 4};
    r.resp.address = (struct weir_address){.bytes = {10, 0, 0, 2}, .size = 4};
    return r;
}

#define assert_bad(change, name)                                                                   \
    do {                                                                                           \
        struct weir_flow_record r = valid_final();                                                 \
        const char *why = "";                                                                      \
        change;                                                                                    \
        assert_false(weir_flow_record_valid(&r, &why));                                            \
        assert_string_equal(why, name);                                                            \
        assert_false(weir_flow_record_valid(&r, NULL));                                            \
    } while (0)

static void a_whole_record_is_valid(void **state)
{
    (void)state;
    struct weir_flow_record r = valid_final();
    const char *why = "untouched";
    assert_true(weir_flow_record_valid(&r, &why));
    assert_string_equal(why, "untouched");
    r.record_type = WEIR_RECORD_START;
    r.end_reason = WEIR_END_NONE;
    r.conn_state = WEIR_CONN_OPEN;
    r.flag = WEIR_FLAG_OPEN;
    assert_true(weir_flow_record_valid(&r, NULL));
}

static void the_first_field_out_of_range_is_named(void **state)
{
    (void)state;
    assert_bad(r.record_type = 0, "record_type");
    assert_bad(r.record_type = 4, "record_type");
    assert_bad(r.record_no = 0, "record_no");
    assert_bad(r.ip_version = 5, "ip_version");
    assert_bad(r.ip_version = 6, "orig_h");
    assert_bad(r.orig.address.bytes[15] = 1, "orig_h");
    assert_bad(r.resp.address.size = 16, "resp_h");
    assert_bad(r.vlan_count = 3, "vlan_count");
    assert_bad((r.vlan_count = 1, r.vlan[0] = 4096), "vlan");
    assert_bad(r.community_id[0] = '2', "community_id");
    assert_bad(r.community_id[5] = '\0', "community_id");
    assert_bad(r.community_id[29] = 'a', "community_id");
    assert_bad(r.history[0] = 'z', "history");
    assert_bad(memset(r.history, 'a', sizeof(r.history)), "history");
}

static void times_run_forward(void **state)
{
    (void)state;
    assert_bad(r.start_us = -1, "start_us");
    assert_bad(r.start_us = INT64_MAX, "start_us");
    assert_bad(r.end_us = 999, "end_us");
    assert_bad(r.end_us = INT64_MAX, "end_us");
    assert_bad(r.duration_us = 4001, "duration_us");
    assert_bad(r.duration_us = -1, "duration_us");
}

static void states_belong_to_the_record_type(void **state)
{
    (void)state;
    assert_bad(r.conn_state = WEIR_CONN_STATE_COUNT, "conn_state");
    assert_bad(r.conn_state = WEIR_CONN_OPEN, "conn_state");
    assert_bad(r.flag = WEIR_FLAG_OPEN, "flag");
    assert_bad(r.early_flag = WEIR_FLAG_COUNT, "early_flag");
    assert_bad(r.end_reason = WEIR_END_NONE, "end_reason");
    assert_bad(r.end_reason = WEIR_END_ACTIVE, "end_reason");
    assert_bad(r.end_reason = 6, "end_reason");
    assert_bad(r.record_type = WEIR_RECORD_START, "end_reason");
    assert_bad(r.service = 70, "service");
    assert_bad(r.proto = 47, "has_vector");
}

static void icmp_sides_lie_within_the_flow(void **state)
{
    (void)state;
    assert_bad(r.icmp_orig.messages = 1, "icmp.msg_count");
    assert_bad(r.proto = WEIR_PROTO_ICMP, "icmp.msg_count");
    const struct weir_icmp_side good = {.messages = 2, .first_us = 1000, .last_us = 5000};
    assert_bad((r.proto = 1, r.icmp_orig = good, r.icmp_orig.first_us = 999), "icmp.first_us");
    assert_bad((r.proto = 1, r.icmp_orig = good, r.icmp_orig.last_us = 5001), "icmp.first_us");
    struct weir_flow_record r = valid_final();
    r.proto = WEIR_PROTO_ICMP;
    r.icmp_orig = good;
    assert_true(weir_flow_record_valid(&r, NULL));
}

static void content_and_scores_stay_in_their_domain(void **state)
{
    (void)state;
    assert_bad(r.content.wrong_fragment = 4, "wrong_fragment");
    assert_bad(r.content.num_failed_logins = 6, "num_failed_logins");
    assert_bad(r.content.logged_in = 2, "logged_in");
    assert_bad(r.content.root_shell = 2, "root_shell");
    assert_bad(r.content.su_attempted = 3, "su_attempted");
    assert_bad(r.content.is_host_login = 2, "is_host_login");
    assert_bad(r.content.is_guest_login = 2, "is_guest_login");
    assert_bad(r.immediate.srv_count = 1, "immediate");
    assert_bad(r.verdict.score = 1.5F, "score");
    assert_bad(r.verdict.score = NAN, "score");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_record_is_valid),
        cmocka_unit_test(the_first_field_out_of_range_is_named),
        cmocka_unit_test(times_run_forward),
        cmocka_unit_test(states_belong_to_the_record_type),
        cmocka_unit_test(icmp_sides_lie_within_the_flow),
        cmocka_unit_test(content_and_scores_stay_in_their_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
