/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/meter.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "common/flow/community_id.h"
#include "common/flow/service.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

#define S PACKET_TCP_SYN
#define A PACKET_TCP_ACK
#define F PACKET_TCP_FIN
#define R PACKET_TCP_RST

#define RECORDS_MAX 256

struct records {
    struct weir_flow_record at[RECORDS_MAX];
    size_t count;
};

struct bench { /* one meter and what it emitted */
    struct meter *meter;
    struct records got;
};

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct records *records = context;
    assert_true(records->count < RECORDS_MAX);
    const char *why = NULL;
    struct weir_flow_record named = *record;
    weir_community_id_fill(0, &named);
    if (!weir_flow_record_valid(&named, &why)) {
        fail_msg("invalid record: %s", why);
    }
    records->at[records->count++] = named;
}

static void set_up(struct bench *bench, size_t flows_max)
{
    struct meter_options options = meter_defaults;
    options.flows_max = flows_max;
    options.tag_key = 7;
    bench->got.count = 0;
    assert_err(meter_new(&options, on_record, &bench->got, &bench->meter), WEIR_OK);
}

static void add(struct bench *bench, struct packet packet)
{
    meter_add(bench->meter, &packet);
}

static const struct weir_flow_record *final_of(const struct bench *bench, size_t index)
{
    for (size_t i = 0; i < bench->got.count; i++) {
        if (bench->got.at[i].record_type == WEIR_RECORD_FINAL && index-- == 0) {
            return &bench->got.at[i];
        }
    }
    fail_msg("no such FINAL record");
    return NULL;
}

static size_t count_of(const struct bench *bench, enum weir_record_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < bench->got.count; i++) {
        count += bench->got.at[i].record_type == type ? 1 : 0;
    }
    return count;
}

static const struct test_ends web = {.from = 1, .to = 2, .from_port = 40000, .to_port = 80};

static void new_syn_on_a_closed_connection_is_a_new_one(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, test_packet_tcp(0, web, (struct test_segment){S, 100, 0, 0}));
    add(&bench, test_packet_tcp(10, test_reverse(web), (struct test_segment){R | A, 0, 101, 0}));
    add(&bench, test_packet_tcp(20, web, (struct test_segment){S, 100, 0, 0})); /* repeated */
    add(&bench, test_packet_tcp(30, web, (struct test_segment){S, 900, 0, 0})); /* new */
    meter_drain(bench.meter);
    assert_int_equal(final_of(&bench, 0)->orig.packets, 2);
    assert_int_equal(final_of(&bench, 0)->conn_state, WEIR_CONN_REJ);
    assert_int_equal(final_of(&bench, 1)->conn_state, WEIR_CONN_S0);
    assert_int_equal(final_of(&bench, 1)->start_us, 30);
    meter_free(bench.meter);
}

static void land_is_seen(void **state)
{
    (void)state;
    const struct test_ends self = {.from = 3, .to = 3, .from_port = 139, .to_port = 139};
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, test_packet_tcp(0, self, (struct test_segment){S, 100, 0, 0}));
    meter_drain(bench.meter);
    meter_free(bench.meter);
    assert_true(final_of(&bench, 0)->land);
    assert_int_equal(final_of(&bench, 0)->flag, WEIR_FLAG_S0);
}

static struct packet fragment(int64_t time_us, struct test_ends ends, uint8_t protocol,
                              uint16_t offset, uint32_t size)
{
    static const uint8_t zeros[65536] = {0};
    struct packet packet = test_packet_udp(time_us, ends, size);
    packet.protocol = protocol;
    packet.fragment_protocol = protocol;
    packet.flags = (uint16_t)(packet.flags | PACKET_IS_FRAGMENT);
    packet.fragment_offset = offset;
    packet.ip_id = 242;
    packet.ip_total_bytes = 20 + size;
    packet.ip_payload_bytes = size;
    packet.ip_payload_captured = size;
    packet.ip_payload = zeros;
    packet.payload_bytes = size;
    packet.payload = zeros + (offset == 0 && protocol == 17 ? 8 : 0);
    if (offset > 0) {
        packet.flags &= (uint16_t) ~(PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT);
        packet.source_port = 0;
        packet.destination_port = 0;
    }
    return packet;
}

static void teardrop_has_wrong_fragments_and_28_bytes(void **state)
{
    (void)state;
    const struct test_ends ends = {.from = 1, .to = 2, .from_port = 31000, .to_port = 25};
    struct bench bench;
    set_up(&bench, 16);
    struct packet first = fragment(0, ends, 17, 0, 36);
    first.flags |= PACKET_MORE;
    first.payload_bytes = 28;
    first.udp_bytes = 36;
    add(&bench, first);
    add(&bench, fragment(10, ends, 17, 24, 4));
    meter_drain(bench.meter);
    meter_free(bench.meter);
    const struct weir_flow_record *record = final_of(&bench, 0);
    assert_int_equal(bench.got.count, 1);
    assert_true(record->content.wrong_fragment >= 1);
    assert_int_equal(record->orig.packets, 2);
    assert_int_equal(record->orig.ip_bytes, 36 + 20 + 4 + 20);
    assert_int_equal(record->orig.bytes, 28);
}

static void late_first_fragment_starts_the_flow_at_the_earliest_one(void **state)
{
    (void)state;
    const struct test_ends ends = {.from = 1, .to = 2, .from_port = 31000, .to_port = 25};
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, fragment(1000, ends, 17, 16, 8));
    assert_int_equal(meter_low_us(bench.meter), 1000);
    add(&bench, test_packet_tcp(1500, web, (struct test_segment){S, 1, 0, 0}));
    assert_int_equal(meter_low_us(bench.meter), 1000);
    struct packet first = fragment(2000, ends, 17, 0, 16);
    first.flags |= PACKET_MORE;
    first.payload_bytes = 8;
    first.udp_bytes = 24;
    add(&bench, first);
    meter_drain(bench.meter);
    meter_free(bench.meter);
    const struct weir_flow_record *record = final_of(&bench, 0);
    assert_int_equal(record->start_us, 1000);
    assert_int_equal(record->orig.packets, 2);
    assert_int_equal(record->orig.bytes, 16);
}

static void fragments_without_a_first_one_become_a_flow_with_ports_0(void **state)
{
    (void)state;
    const struct test_ends ends = {.from = 1, .to = 2, .from_port = 31000, .to_port = 25};
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, fragment(1000, ends, 17, 16, 8));
    meter_advance(bench.meter, 120 * WEIR_US_PER_S);
    meter_drain(bench.meter);
    const struct weir_flow_record *record = final_of(&bench, 0);
    assert_int_equal(record->start_us, 1000);
    assert_int_equal(record->orig.port, 0);
    assert_int_equal(record->orig.packets, 1);
    assert_int_equal(record->orig.ip_bytes, 28);
    assert_int_equal(meter_counts(bench.meter)->held_packets, 0);
    meter_free(bench.meter);
}

static void ping_of_death_counts_its_first_fragment(void **state)
{
    (void)state;
    const struct test_ends ends = {.from = 1, .to = 2, .from_port = 8, .to_port = 0};
    struct bench bench;
    set_up(&bench, 16);
    struct packet first = fragment(0, ends, 1, 0, 1480);
    first.flags |= PACKET_MORE | PACKET_HAS_ICMP_ID;
    add(&bench, first);
    struct packet last = fragment(10, ends, 1, 65528, 100);
    add(&bench, last);
    meter_drain(bench.meter);
    meter_free(bench.meter);
    const struct weir_flow_record *record = final_of(&bench, 0);
    assert_int_equal(record->icmp_orig.messages, 1);
    assert_int_equal(record->icmp_orig.bytes, 1480);
    assert_int_equal(record->content.wrong_fragment, 1);
    assert_int_equal(record->flag, WEIR_FLAG_SF);
}

static void known_outcome_has_no_start_and_absorbs_strays_for_five_seconds(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, test_packet_tcp(0, web, (struct test_segment){S, 100, 0, 0}));
    add(&bench, test_packet_tcp(10, test_reverse(web), (struct test_segment){R | A, 0, 101, 0}));
    add(&bench, test_packet_tcp(5000010, test_reverse(web), (struct test_segment){R, 0, 0, 0}));
    meter_advance(bench.meter, 5200000 + 131072);
    assert_int_equal(bench.got.count, 1);
    const struct weir_flow_record *record = final_of(&bench, 0);
    assert_int_equal(record->resp.packets, 2);
    assert_int_equal(record->end_us, 10);
    assert_int_equal(record->end_reason, WEIR_END_OF_FLOW);
    assert_int_equal(record->early_flag, WEIR_FLAG_REJ);
    meter_free(bench.meter);
}

static void open_connection_has_start_interims_and_final(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, test_packet_tcp(0, web, (struct test_segment){S, 100, 0, 0}));
    add(&bench, test_packet_tcp(10, test_reverse(web), (struct test_segment){S | A, 500, 101, 0}));
    add(&bench, test_packet_tcp(20, web, (struct test_segment){A, 101, 501, 0}));
    /* At start + 5 s exactly the packet is not part of the early state. */
    add(&bench, test_packet_tcp(5000000, web, (struct test_segment){F | A, 101, 501, 0}));
    assert_int_equal(count_of(&bench, WEIR_RECORD_START), 1);
    assert_int_equal(bench.got.at[0].early_flag, WEIR_FLAG_OPEN);
    assert_int_equal(bench.got.at[0].orig.packets, 2);
    meter_advance(bench.meter, 126 * WEIR_US_PER_S);
    assert_int_equal(count_of(&bench, WEIR_RECORD_INTERIM), 2);
    assert_int_equal(count_of(&bench, WEIR_RECORD_FINAL), 1);
    assert_int_equal(final_of(&bench, 0)->conn_state, WEIR_CONN_S2);
    assert_int_equal(final_of(&bench, 0)->end_reason, WEIR_END_IDLE);
    assert_int_equal(final_of(&bench, 0)->early_flag, WEIR_FLAG_OPEN);
    meter_free(bench.meter);
}

struct timeout_row {
    const char *name;
    uint16_t resp_port;
    int segments; /* of SYN, SYN+ACK, ACK, FIN, FIN */
    int64_t timeout_s;
};

static void each_tcp_timeout_is_exact_to_the_microsecond(void **state)
{
    (void)state;
    const struct timeout_row rows[] = {
        {"attempt", 80, 1, 30},       {"half-open", 80, 2, 30},    {"idle", 80, 3, 300},
        {"interactive", 22, 3, 3600}, {"half-closed", 80, 4, 120},
    };
    const struct test_segment segments[] = {{S, 100, 0, 0},
                                            {S | A, 500, 101, 0},
                                            {A, 101, 501, 0},
                                            {F | A, 101, 501, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int late = 0; late < 2; late++) {
            struct test_ends ends = web;
            struct bench bench;
            ends.to_port = rows[i].resp_port;
            set_up(&bench, 16);
            for (int j = 0; j < rows[i].segments; j++) {
                add(&bench, test_packet_tcp(j, j == 1 ? test_reverse(ends) : ends, segments[j]));
            }
            const int64_t last = rows[i].segments - 1;
            add(&bench, test_packet_tcp(last + rows[i].timeout_s * WEIR_US_PER_S + late, ends,
                                        (struct test_segment){A, 102, 501, 0}));
            meter_drain(bench.meter);
            if (count_of(&bench, WEIR_RECORD_FINAL) != (late == 1 ? 2U : 1U)) {
                fail_msg("%s, %s: %zu flows", rows[i].name, late == 1 ? "late" : "in time",
                         count_of(&bench, WEIR_RECORD_FINAL));
            }
            meter_free(bench.meter);
        }
    }
}

static void udp_flow_ends_after_its_idle_timeout_whether_swept_or_not(void **state)
{
    (void)state;
    const struct test_ends ends = {.from = 1, .to = 2, .from_port = 40000, .to_port = 9999};
    for (int swept = 0; swept < 2; swept++) {
        struct bench bench;
        set_up(&bench, 16);
        add(&bench, test_packet_udp(0, ends, 10));
        add(&bench, test_packet_udp(60 * WEIR_US_PER_S, ends, 10));
        if (swept == 1) {
            meter_advance(bench.meter, 120 * WEIR_US_PER_S + 1);
        }
        add(&bench, test_packet_udp(120 * WEIR_US_PER_S + 1, test_reverse(ends), 10));
        meter_drain(bench.meter);
        assert_int_equal(count_of(&bench, WEIR_RECORD_FINAL), 2);
        assert_int_equal(final_of(&bench, 0)->orig.packets, 2);
        assert_int_equal(final_of(&bench, 0)->conn_state, WEIR_CONN_S0);
        assert_int_equal(final_of(&bench, 0)->flag, WEIR_FLAG_SF);
        meter_free(bench.meter);
    }
}

static void answered_dns_question_decides_its_flow(void **state)
{
    (void)state;
    const struct test_ends ends = {.from = 1, .to = 2, .from_port = 40000, .to_port = 53};
    const uint8_t question[12] = {1, 2, 1, 0};
    const uint8_t answer[12] = {1, 2, 0x81, 0x80};
    struct bench bench;
    set_up(&bench, 16);
    struct packet asks = test_packet_udp(0, ends, 12);
    asks.payload = question;
    asks.payload_captured = sizeof(question);
    struct packet answers = test_packet_udp(1000, test_reverse(ends), 12);
    answers.payload = answer;
    answers.payload_captured = sizeof(answer);
    add(&bench, asks);
    add(&bench, answers);
    meter_advance(bench.meter, 5300000);
    assert_int_equal(bench.got.count, 1);
    assert_int_equal(final_of(&bench, 0)->end_reason, WEIR_END_OF_FLOW);
    assert_int_equal(final_of(&bench, 0)->conn_state, WEIR_CONN_SF);
    meter_free(bench.meter);
}

static void echo_and_answer_are_one_flow_of_five_seconds(void **state)
{
    (void)state;
    const struct test_ends ask = {.from = 1, .to = 2, .from_port = 8, .to_port = 0};
    const struct test_ends answer = {.from = 2, .to = 1, .from_port = 0, .to_port = 0};
    struct bench bench;
    set_up(&bench, 16);
    for (int64_t i = 0; i < 6; i++) { /* the sixth comes at start + 5 s */
        add(&bench, test_packet_icmp(i * WEIR_US_PER_S, ask, 77, 64));
        add(&bench, test_packet_icmp(i * WEIR_US_PER_S + 50, answer, 77, 64));
    }
    add(&bench, test_packet_icmp(6 * WEIR_US_PER_S, ask, 78, 64));
    meter_drain(bench.meter);
    meter_free(bench.meter);
    assert_int_equal(bench.got.count, 3);
    const struct weir_flow_record *record = final_of(&bench, 0);
    assert_int_equal(record->icmp_orig.messages, 5);
    assert_int_equal(record->icmp_resp.messages, 5);
    assert_int_equal(record->icmp_orig.bytes, 5 * 64);
    assert_int_equal(record->icmp_orig.last_us, 4 * WEIR_US_PER_S);
    assert_int_equal(record->icmp_resp.type, 0);
    assert_int_equal(final_of(&bench, 1)->start_us, 5 * WEIR_US_PER_S);
}

static void full_table_ends_the_flow_idle_longest(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 16);
    for (uint16_t i = 0; i < 16; i++) {
        add(&bench, test_packet_udp(i, (struct test_ends){1, 2, (uint16_t)(40000 + i), 9999}, 1));
    }
    add(&bench, test_packet_udp(2000000, (struct test_ends){1, 2, 40000, 9999}, 1));
    add(&bench, test_packet_udp(2000001, (struct test_ends){1, 2, 50000, 9999}, 1));
    assert_int_equal(count_of(&bench, WEIR_RECORD_FINAL), 1);
    assert_int_equal(final_of(&bench, 0)->orig.port, 40001);
    assert_int_equal(final_of(&bench, 0)->end_reason, WEIR_END_LACK_OF_RESOURCES);
    assert_true((final_of(&bench, 0)->flow_status & WEIR_STATUS_EVICTED) != 0);
    assert_int_equal(meter_counts(bench.meter)->evicted, 1);
    meter_free(bench.meter);
}

static void low_mark_is_the_start_of_the_oldest_flow_not_told_yet(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, test_packet_tcp(1000, web, (struct test_segment){S, 100, 0, 0}));
    meter_advance(bench.meter, 4 * WEIR_US_PER_S);
    assert_int_equal(meter_low_us(bench.meter), 1000);
    meter_advance(bench.meter, 6 * WEIR_US_PER_S); /* START is out */
    assert_int_equal(meter_low_us(bench.meter), 6 * WEIR_US_PER_S);
    meter_free(bench.meter);
}

static void passive_ftp_names_its_data_connection(void **state)
{
    (void)state;
    const struct test_ends control = {.from = 1, .to = 2, .from_port = 40000, .to_port = 21};
    const struct test_ends data = {.from = 1, .to = 2, .from_port = 40001, .to_port = 50001};
    static const char said[] = "227 Entering Passive Mode (10,0,0,2,195,81)\r\n";
    struct bench bench;
    set_up(&bench, 16);
    struct packet answer = test_packet_tcp(10, test_reverse(control),
                                           (struct test_segment){A, 500, 101, sizeof(said) - 1});
    answer.payload = (const uint8_t *)said;
    answer.payload_captured = sizeof(said) - 1;
    add(&bench, test_packet_tcp(0, control, (struct test_segment){A, 101, 500, 0}));
    add(&bench, answer);
    add(&bench, test_packet_tcp(20, data, (struct test_segment){S, 1, 0, 0}));
    meter_drain(bench.meter);
    meter_free(bench.meter);
    assert_string_equal(weir_service_text(final_of(&bench, 1)->service), "ftp_data");
}

static void final_carries_the_windows_with_the_outcomes_known_by_then(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct meter_options options = meter_defaults;
    options.flows_max = 16;
    assert_err(weir_kdd_window_new(&weir_kdd_window_defaults, &options.window), WEIR_OK);
    assert_err(meter_new(&options, on_record, &bench.got, &bench.meter), WEIR_OK);
    for (uint16_t i = 0; i < 3; i++) { /* three refused connections to one port of one host */
        const struct test_ends ends = {1, 2, (uint16_t)(40000 + i), 80};
        add(&bench, test_packet_tcp(i * 1000, ends, (struct test_segment){S, 100, 0, 0}));
        add(&bench, test_packet_tcp(i * 1000 + 1, test_reverse(ends),
                                    (struct test_segment){R | A, 0, 101, 0}));
    }
    meter_drain(bench.meter);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(final_of(&bench, i)->immediate.count, i + 1);
        assert_int_equal(final_of(&bench, i)->immediate.rerror, i + 1);
        assert_int_equal(final_of(&bench, i)->immediate.dst_host_count, i + 1);
    }
    meter_free(bench.meter);
    weir_kdd_window_free(options.window);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    struct meter_options options = meter_defaults;
    struct meter *meter = NULL;
    options.flows_max = 15;
    assert_err(meter_new(&options, on_record, NULL, &meter), WEIR_EINVAL);
    options.flows_max = 16;
    assert_err(meter_new(&options, NULL, NULL, &meter), WEIR_EINVAL);
    assert_null(meter);
    meter_free(meter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_syn_on_a_closed_connection_is_a_new_one),
        cmocka_unit_test(land_is_seen),
        cmocka_unit_test(teardrop_has_wrong_fragments_and_28_bytes),
        cmocka_unit_test(late_first_fragment_starts_the_flow_at_the_earliest_one),
        cmocka_unit_test(fragments_without_a_first_one_become_a_flow_with_ports_0),
        cmocka_unit_test(ping_of_death_counts_its_first_fragment),
        cmocka_unit_test(known_outcome_has_no_start_and_absorbs_strays_for_five_seconds),
        cmocka_unit_test(open_connection_has_start_interims_and_final),
        cmocka_unit_test(each_tcp_timeout_is_exact_to_the_microsecond),
        cmocka_unit_test(udp_flow_ends_after_its_idle_timeout_whether_swept_or_not),
        cmocka_unit_test(answered_dns_question_decides_its_flow),
        cmocka_unit_test(echo_and_answer_are_one_flow_of_five_seconds),
        cmocka_unit_test(full_table_ends_the_flow_idle_longest),
        cmocka_unit_test(low_mark_is_the_start_of_the_oldest_flow_not_told_yet),
        cmocka_unit_test(passive_ftp_names_its_data_connection),
        cmocka_unit_test(final_carries_the_windows_with_the_outcomes_known_by_then),
        cmocka_unit_test(options_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
