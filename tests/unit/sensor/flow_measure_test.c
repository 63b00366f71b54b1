/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_measure.h"

#include <string.h>

#include "common/flow/community_id.h"
#include "common/flow/header_stack.h"

#include "sensor/meter/meter.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

#define S PACKET_TCP_SYN
#define A PACKET_TCP_ACK

#define RECORDS_MAX 64

struct finals {
    struct weir_flow_record at[RECORDS_MAX];
    struct weir_flow_statistics statistics[RECORDS_MAX];
    size_t count;
};

struct bench {
    struct meter *meter;
    struct finals got;
};

static const struct test_ends web = {.from = 1, .to = 2, .from_port = 40000, .to_port = 80};

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct finals *got = context;
    const char *why = NULL;
    if (record->record_type != WEIR_RECORD_FINAL) {
        return;
    }
    assert_true(got->count < RECORDS_MAX);
    got->at[got->count] = *record;
    if (record->statistics != NULL) {
        assert_true(weir_flow_statistics_valid(record->statistics, &why));
        got->statistics[got->count] = *record->statistics;
        got->at[got->count].statistics = &got->statistics[got->count];
    }
    got->count++;
}

static void set_up(struct bench *bench, uint32_t statistics_max)
{
    struct meter_options options = meter_defaults;
    options.flows_max = 64;
    options.statistics_max = statistics_max;
    bench->got.count = 0;
    assert_err(meter_new(&options, on_record, &bench->got, &bench->meter), WEIR_OK);
}

static void add(struct bench *bench, struct packet packet)
{
    meter_add(bench->meter, &packet);
}

static void tear_down(struct bench *bench)
{
    meter_drain(bench->meter);
    assert_int_equal(meter_counts(bench->meter)->statistics_used, 0);
    meter_free(bench->meter);
}

static struct packet syn(int64_t time_us, uint16_t port)
{
    struct test_ends ends = web;
    ends.from_port = port;
    return test_packet_tcp(time_us, ends, (struct test_segment){S, 100, 0, 0});
}

static void a_flow_without_a_free_block_goes_without_and_is_counted(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 1);
    add(&bench, syn(0, 1));
    add(&bench, syn(1, 2));
    add(&bench, syn(2, 2));
    assert_int_equal(meter_counts(bench.meter)->statistics_used, 1);
    assert_int_equal(meter_counts(bench.meter)->statistics_denied, 1);
    tear_down(&bench);
    assert_non_null(bench.got.at[0].statistics);
    assert_null(bench.got.at[1].statistics);
    assert_int_equal(bench.got.at[1].orig.packets, 2);
    assert_int_equal(bench.got.at[1].detail, WEIR_DETAIL_FULL);
}

static void no_statistics_at_all_are_no_failure(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 0);
    add(&bench, syn(0, 1));
    assert_int_equal(meter_counts(bench.meter)->statistics_denied, 0);
    tear_down(&bench);
    assert_null(bench.got.at[0].statistics);
}

static void a_packet_that_was_not_measured_leaves_no_statistics(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 8);
    add(&bench, syn(0, 1));
    add(&bench, syn(1, 2));
    add(&bench, syn(2, 3));
    meter_set_detail(bench.meter, WEIR_DETAIL_NO_INSPECTION);
    add(&bench, syn(3, 2));
    meter_set_detail(bench.meter, WEIR_DETAIL_NO_STATISTICS);
    add(&bench, syn(4, 3));
    meter_set_detail(bench.meter, WEIR_DETAIL_FULL);
    add(&bench, syn(5, 3));
    add(&bench, syn(6, 4));
    tear_down(&bench);
    assert_int_equal(bench.got.at[0].detail, WEIR_DETAIL_FULL);
    assert_int_equal(bench.got.at[1].detail, WEIR_DETAIL_NO_INSPECTION);
    assert_non_null(bench.got.at[1].statistics);
    assert_int_equal(bench.got.at[2].detail, WEIR_DETAIL_NO_STATISTICS);
    assert_null(bench.got.at[2].statistics);
    assert_int_equal(bench.got.at[2].orig.packets, 3);
    assert_int_equal(bench.got.at[3].detail, WEIR_DETAIL_FULL);
    assert_non_null(bench.got.at[3].statistics);
}

static void counters_still_know_states_and_count_payload_as_it_comes(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 8);
    meter_set_detail(bench.meter, WEIR_DETAIL_COUNTERS);
    add(&bench, syn(0, 1));
    struct test_ends ends = web;
    ends.from_port = 1;
    add(&bench, test_packet_tcp(1, test_reverse(ends), (struct test_segment){S | A, 7, 101, 0}));
    add(&bench, test_packet_tcp(2, ends, (struct test_segment){A, 101, 8, 50}));
    add(&bench, test_packet_tcp(3, ends, (struct test_segment){A, 101, 8, 50}));
    meter_set_detail(bench.meter, WEIR_DETAIL_FULL); /* where the stream stands is learnt anew */
    add(&bench, test_packet_tcp(4, ends, (struct test_segment){A, 900, 8, 10}));
    tear_down(&bench);
    assert_int_equal(bench.got.at[0].conn_state, WEIR_CONN_S1);
    assert_int_equal(bench.got.at[0].orig.bytes, 110);
    assert_int_equal(bench.got.at[0].missed_bytes, 0);
    assert_int_equal(bench.got.at[0].detail, WEIR_DETAIL_COUNTERS);
    assert_null(bench.got.at[0].statistics);
}

static void stacks_and_first_packets_are_told(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 8);
    for (unsigned i = 0; i < 20; i++) {
        struct packet packet = test_packet_udp(i * 10, i % 2 == 0 ? web : test_reverse(web), i);
        packet.header_stack = i < 6 ? i + 1 : 1;
        packet.tunnel = 0;
        add(&bench, packet);
    }
    tear_down(&bench);
    const struct weir_flow_statistics *got = &bench.got.statistics[0];
    assert_int_equal(got->stack_count, WEIR_STACKS_MAX);
    assert_int_equal(got->header_stack[3], 4);
    assert_int_equal(got->sequence_count, WEIR_SEQUENCE_MAX);
    assert_int_equal(got->len_seq[0], 28);
    assert_int_equal(got->len_seq[15], -43);
    assert_int_equal(got->iat_seq[0], 0);
    assert_int_equal(got->iat_seq[1], 10);
}

static void entropy_is_that_of_each_direction_and_needs_inspection(void **state)
{
    (void)state;
    static const uint8_t same[64] = {0};
    uint8_t many[64];
    for (uint8_t i = 0; i < 64; i++) {
        many[i] = i;
    }
    for (int round = 0; round < 2; round++) {
        struct bench bench;
        set_up(&bench, 8);
        meter_set_detail(bench.meter, round == 0 ? WEIR_DETAIL_FULL : WEIR_DETAIL_NO_INSPECTION);
        struct packet packet = test_packet_udp(0, web, 64);
        packet.payload = same;
        packet.payload_captured = 64;
        add(&bench, packet);
        packet = test_packet_udp(1, test_reverse(web), 64);
        packet.payload = many;
        packet.payload_captured = 64;
        add(&bench, packet);
        tear_down(&bench);
        const struct tolerance close = {1e-6, 1e-6};
        const struct weir_flow_statistics *got = &bench.got.statistics[0];
        assert_close((double)got->orig.payload_entropy, round == 0 ? 0.0 : -1.0, close);
        assert_close((double)got->resp.payload_entropy, round == 0 ? 6.0 : -1.0, close);
    }
}

/* The first 28 bytes of the datagram that got no answer. */
static void quote(uint8_t *bytes, struct test_ends ends)
{
    const struct weir_address from = test_host(ends.from);
    const struct weir_address to = test_host(ends.to);
    memset(bytes, 0, 28);
    bytes[0] = 0x45;
    bytes[9] = 17;
    memcpy(bytes + 12, from.bytes, 4);
    memcpy(bytes + 16, to.bytes, 4);
    bytes[20] = (uint8_t)(ends.from_port >> 8);
    bytes[21] = (uint8_t)ends.from_port;
    bytes[22] = (uint8_t)(ends.to_port >> 8);
    bytes[23] = (uint8_t)ends.to_port;
}

static void an_icmp_error_names_the_flow_it_quotes(void **state)
{
    (void)state;
    static const struct test_ends unreachable = {.from = 9, .to = 1, .from_port = 3, .to_port = 3};
    uint8_t quoted[28];
    struct bench bench;
    set_up(&bench, 8);
    add(&bench, test_packet_udp(0, web, 10));
    quote(quoted, web);
    struct packet error = test_packet_icmp(5, unreachable, 0, 36);
    error.flags &= ~(uint32_t)PACKET_HAS_ICMP_ID;
    error.embedded = quoted;
    error.embedded_captured = sizeof(quoted);
    add(&bench, error);
    struct packet cut = error; /* another flow, and too little is quoted to name one */
    cut.source = test_host(8);
    cut.embedded_captured = 23;
    add(&bench, cut);
    tear_down(&bench);
    struct weir_flow_record parent = bench.got.at[0];
    weir_community_id_fill(0, &parent);
    assert_true(bench.got.statistics[1].icmp_parent_flow_id == parent.flow_id);
    assert_string_equal(bench.got.statistics[1].icmp_parent_community_id, parent.community_id);
    assert_int_equal(bench.got.statistics[1].icmp_type_mask, 8);
    assert_int_equal(bench.got.statistics[1].icmp_code_mask, 8);
    assert_int_equal(bench.got.statistics[2].icmp_parent_flow_id, 0);
    assert_string_equal(bench.got.statistics[2].icmp_parent_community_id, "");
}

static void live_flows_are_counted_until_they_end(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 8);
    add(&bench, syn(0, 1));
    add(&bench, syn(1, 2));
    tear_down(&bench);
    assert_int_equal(bench.got.statistics[0].active_pair_conns, 2);
    assert_int_equal(bench.got.statistics[0].active_peers_src, 1);
    assert_int_equal(bench.got.statistics[1].active_pair_conns, 1);
    assert_int_equal(bench.got.statistics[1].active_srcport_conns, 1);
}

static void a_site_that_has_no_payload_read_says_so_in_each_record(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct policy policy = policy_defaults;
    struct meter_options options = meter_defaults;
    policy.enabled = false;
    options.inspect = &policy;
    assert_err(meter_new(&options, on_record, &bench.got, &bench.meter), WEIR_OK);
    add(&bench, syn(0, 1));
    meter_set_detail(bench.meter, WEIR_DETAIL_FULL);
    add(&bench, syn(1, 2));
    tear_down(&bench);
    assert_int_equal(bench.got.at[0].detail, WEIR_DETAIL_NO_INSPECTION);
    assert_int_equal(bench.got.at[1].detail, WEIR_DETAIL_NO_INSPECTION);
    assert_non_null(bench.got.at[1].statistics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_without_a_free_block_goes_without_and_is_counted),
        cmocka_unit_test(no_statistics_at_all_are_no_failure),
        cmocka_unit_test(a_packet_that_was_not_measured_leaves_no_statistics),
        cmocka_unit_test(counters_still_know_states_and_count_payload_as_it_comes),
        cmocka_unit_test(stacks_and_first_packets_are_told),
        cmocka_unit_test(entropy_is_that_of_each_direction_and_needs_inspection),
        cmocka_unit_test(an_icmp_error_names_the_flow_it_quotes),
        cmocka_unit_test(live_flows_are_counted_until_they_end),
        cmocka_unit_test(a_site_that_has_no_payload_read_says_so_in_each_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
