/* SPDX-License-Identifier: Apache-2.0
 *
 * Each bit that fragments and repeated identifications set, in datagrams with it and without it,
 * from the bytes of the wire to the record.
 */
#include "sensor/meter/flow_statistics.h"

#include <stdlib.h>

#include "common/base/clock.h"

#include "sensor/meter/meter.h"

#include "tests/support/packet_bytes.h"
#include "tests/support/weir_test.h"

#define MORE        0x2000U
#define PARTS_MAX   4
#define CONTENT_MAX 1488
#define STATUS_MASK                                                                                \
    (FLOW_STATUS_FRAGMENTS | FLOW_STATUS_FRAGMENT_ERROR | FLOW_STATUS_FRAGMENT_NOHEAD |            \
     FLOW_STATUS_PENDING | FLOW_STATUS_SAME_ID)
#define FLAGS_MASK                                                                                 \
    (IP_STATISTICS_SMALL_FRAGMENT | IP_STATISTICS_FAR_FRAGMENT | IP_STATISTICS_MORE |              \
     IP_STATISTICS_BAD_POSITION | IP_STATISTICS_BAD_SEQUENCE)

struct part {
    uint16_t field; /* MORE and the offset, in eights */
    uint16_t bytes; /* of the datagram */
    uint16_t id;
};

struct row {
    const char *what;
    uint8_t protocol;
    struct part parts[PARTS_MAX]; /* of 0 bytes: no more */
    unsigned bits[4];             /* of flow_status; 0 ends them */
    unsigned ip_flags;
    unsigned count, errors;
};

struct final {
    struct weir_flow_record record;
    struct weir_flow_statistics statistics;
    unsigned records;
};

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct final *final = (struct final *)context;
    if (record->record_type == WEIR_RECORD_FINAL) {
        final->record = *record;
        final->records++;
        if (record->statistics != NULL) {
            final->statistics = *record->statistics;
        }
    }
}

static void show(struct meter *meter, int64_t time_us, uint8_t protocol, const struct part *part)
{
    static const struct packet_ends ends = {"10.0.0.1", "10.0.0.2", 4000, 5000};
    static const uint8_t udp[8] = {4000 >> 8, 4000 & 255, 5000 >> 8, 5000 & 255};
    static const uint8_t echo[8] = {8, 0, 0, 0, 0, 7, 0, 1};
    uint8_t content[CONTENT_MAX] = {0};
    struct packet packet;
    if ((part->field & 0x1fffU) == 0) {
        memcpy(content, protocol == 17 ? udp : echo, 8);
    }
    const struct packet_ip ip = {.protocol = protocol,
                                 .payload_bytes = part->bytes,
                                 .id = part->id,
                                 .fragment = part->field};
    const struct packet_bytes bytes = packet_bytes_fragment(&ends, &ip, content);
    const struct captured_frame frame = packet_bytes_frame(&bytes, 1, time_us);
    assert_int_equal(packet_decode(&frame, &packet_decode_defaults, &packet), PACKET_OK);
    meter_add(meter, &packet);
}

static void meter_row(const struct row *row, struct final *final)
{
    struct meter_options options = meter_defaults;
    struct meter *meter = NULL;
    options.flows_max = 16;
    options.statistics_max = 16;
    options.timeouts = timeouts_defaults;
    *final = (struct final){.records = 0};
    assert_err(meter_new(&options, on_record, final, &meter), WEIR_OK);
    for (int i = 0; i < PARTS_MAX && row->parts[i].bytes > 0; i++) {
        show(meter, i, row->protocol, &row->parts[i]);
    }
    meter_advance(meter, 1000 * WEIR_US_PER_S);
    meter_drain(meter);
    meter_free(meter);
    assert_int_equal(final->records, 1);
}

static void check_row(const struct row *row)
{
    struct final final;
    uint64_t status = 0;
    meter_row(row, &final);
    for (int i = 0; i < 4 && row->bits[i] != 0; i++) {
        status |= UINT64_C(1) << row->bits[i];
    }
    print_message("%s\n", row->what);
    assert_int_equal(final.record.flow_status & STATUS_MASK, status);
    if (row->count == 0) {
        assert_null(final.record.statistics);
        return;
    }
    assert_non_null(final.record.statistics);
    assert_int_equal(final.statistics.orig.ip_flags & FLAGS_MASK, row->ip_flags);
    assert_int_equal(final.statistics.frag_count, row->count);
    assert_int_equal(final.statistics.frag_errors, row->errors);
}

static void fragments_set_the_bits_of_what_is_wrong_and_no_others(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"whole and in order", 17, {{MORE, 1480, 1}, {185, 100, 1}}, {36}, 0x20, 2, 0},
        {"a small first one", 17, {{MORE, 256, 1}, {32, 8, 1}}, {36}, 0x28, 2, 0},
        {"a first one of 576 bytes", 17, {{MORE, 560, 1}, {70, 8, 1}}, {36}, 0x20, 2, 0},
        {"the first one last", 17, {{185, 100, 1}, {MORE, 1480, 1}}, {36, 38}, 0x220, 2, 0},
        {"later ones the other way round",
         17,
         {{MORE, 1480, 1}, {370, 100, 1}, {MORE | 185, 1480, 1}},
         {36},
         0x220,
         3,
         0},
        {"one that comes twice",
         17,
         {{MORE, 1480, 1}, {185, 100, 1}, {185, 100, 1}},
         {36},
         0x20,
         3,
         0},
        {"never a first one", 17, {{185, 100, 1}}, {36, 37, 38}, 0, 0, 0},
        {"never an end", 17, {{MORE, 1480, 1}}, {36, 37}, 0x20, 1, 1},
        {"no end yet when a ping is over", 1, {{MORE, 1480, 1}}, {36, 39}, 0x20, 1, 0},
        {"a ping that is whole", 1, {{MORE, 1480, 1}, {185, 100, 1}}, {36}, 0x20, 2, 0},
        {"past the end of all datagrams",
         17,
         {{MORE, 1480, 1}, {8190, 100, 1}},
         {36, 37, 39},
         0x30,
         2,
         1},
        {"just up to it", 17, {{MORE, 1480, 1}, {8190, 15, 1}}, {36, 37}, 0x20, 2, 1},
        {"a part that no later one can follow",
         17,
         {{MORE, 1481, 1}, {185, 100, 1}},
         {36, 37},
         0x120,
         2,
         2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_row(&rows[i]);
    }
}

static void an_identification_that_repeats_is_noted_unless_it_is_of_fragments(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"two packets of one id", 17, {{0, 100, 7}, {0, 100, 7}}, {44}, 0, 0, 0},
        {"two ids", 17, {{0, 100, 7}, {0, 100, 8}}, {0}, 0, 0, 0},
        {"one between", 17, {{0, 100, 7}, {0, 100, 8}, {0, 100, 7}}, {0}, 0, 0, 0},
        {"fragments", 17, {{MORE, 1480, 7}, {185, 100, 7}}, {36}, 0, 2, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct final final;
        uint64_t status = 0;
        meter_row(&rows[i], &final);
        status = rows[i].bits[0] != 0 ? UINT64_C(1) << rows[i].bits[0] : 0;
        print_message("%s\n", rows[i].what);
        assert_int_equal(final.record.flow_status & STATUS_MASK, status);
        assert_int_equal(final.statistics.frag_count, rows[i].count);
    }
}

static void a_block_without_packets_says_nothing_of_either_end(void **state)
{
    (void)state;
    /* Not on the stack: under its address sanitizer gcc 12 aligns nothing there to 64 bytes. */
    struct flow_statistics *statistics =
        aligned_alloc(_Alignof(struct flow_statistics), sizeof(*statistics));
    struct weir_flow_statistics out;
    const struct flow flow = {.key = {.protocol = 17, .kind = 4}};
    assert_non_null(statistics);
    memset(statistics, 0xa5, sizeof(*statistics)); /* as its last user left it */
    flow_statistics_init(statistics);
    flow_statistics_fill(statistics, &flow, &out);
    assert_int_equal(out.sequence_count, 0);
    assert_int_equal(out.stack_count, 0);
    assert_int_equal(out.frag_count, 0);
    assert_int_equal(out.orig.pkt_len_max, 0);
    assert_int_equal(out.orig.win_init, WEIR_ABSENT);
    assert_int_equal(flow_statistics_lost(statistics, &flow, NULL), 0);
    const struct tcp_bytes_step step = {.in_order = true};
    assert_true(flow_statistics_follows(statistics, 0, &step));
    free(statistics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_set_the_bits_of_what_is_wrong_and_no_others),
        cmocka_unit_test(an_identification_that_repeats_is_noted_unless_it_is_of_fragments),
        cmocka_unit_test(a_block_without_packets_says_nothing_of_either_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
