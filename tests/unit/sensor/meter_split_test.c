/* SPDX-License-Identifier: Apache-2.0
 *
 * Random traffic of a few hosts, metered whole and split by pairs of hosts: the same FINAL records.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/rng.h"

#include "sensor/meter/meter.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

#define PACKETS 20000
#define HOSTS   12
#define METERS  3

struct records {
    struct weir_flow_record *at;
    size_t count, capacity;
    uint64_t packets, ip_bytes; /* of FINAL records */
};

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct records *records = context;
    if (record->record_type != WEIR_RECORD_FINAL) {
        return;
    }
    if (records->count == records->capacity) {
        records->capacity = records->capacity == 0 ? 1024 : records->capacity * 2;
        records->at = realloc(records->at, records->capacity * sizeof(records->at[0]));
        assert_non_null(records->at);
    }
    struct weir_flow_record *kept = &records->at[records->count++];
    memcpy(kept, record, sizeof(*kept));
    kept->flow_id = 0; /* what may differ between one sensor and several */
    kept->record_no = 0;
    kept->statistics = NULL; /* active connections are those of one sensor */
    records->packets += record->orig.packets + record->resp.packets;
    records->ip_bytes += record->orig.ip_bytes + record->resp.ip_bytes;
}

static uint8_t random_flags(struct weir_rng *rng)
{
    static const uint8_t likely[] = {
        PACKET_TCP_SYN, PACKET_TCP_SYN | PACKET_TCP_ACK, PACKET_TCP_ACK,
        PACKET_TCP_ACK, PACKET_TCP_ACK | PACKET_TCP_PSH, PACKET_TCP_FIN | PACKET_TCP_ACK,
        PACKET_TCP_RST,
    };
    return likely[weir_rng_below(rng, sizeof(likely))];
}

static struct packet random_packet(struct weir_rng *rng, int64_t time_us)
{
    static const uint16_t ports[] = {53, 80, 22, 40000, 40001, 9999};
    struct test_ends ends = {
        .from = (unsigned)weir_rng_below(rng, HOSTS),
        .to = (unsigned)weir_rng_below(rng, HOSTS),
        .from_port = ports[weir_rng_below(rng, 6)],
        .to_port = ports[weir_rng_below(rng, 6)],
    };
    const uint32_t size = (uint32_t)weir_rng_below(rng, 100);
    switch (weir_rng_below(rng, 4)) {
    case 0:
        return test_packet_udp(time_us, ends, size);
    case 1:
        ends.from_port = weir_rng_below(rng, 2) == 0 ? 8 : 0;
        ends.to_port = 0;
        return test_packet_icmp(time_us, ends, (uint16_t)weir_rng_below(rng, 2), 8 + size);
    default: {
        const uint8_t flags = random_flags(rng);
        return test_packet_tcp(time_us, ends,
                               (struct test_segment){flags, (uint32_t)weir_rng_below(rng, 500),
                                                     (uint32_t)weir_rng_below(rng, 500),
                                                     (flags & PACKET_TCP_PSH) != 0 ? size : 0});
    }
    }
}

static int compare(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct weir_flow_record));
}

static size_t meter_of(const struct packet *packet)
{
    const unsigned a = packet->source.bytes[3];
    const unsigned b = packet->destination.bytes[3];
    return (a < b ? a * 31 + b : b * 31 + a) % METERS;
}

/* Meters the seeded traffic over `meters` meters; every one sees the end of the stream's time. */
static void run(uint64_t seed, size_t meters, bool final_only, struct records *out)
{
    struct meter *meter[METERS] = {NULL};
    struct meter_options options = meter_defaults;
    options.flows_max = 4096;
    options.final_only = final_only;
    for (size_t i = 0; i < meters; i++) {
        assert_err(meter_new(&options, on_record, out, &meter[i]), WEIR_OK);
    }
    struct weir_rng rng;
    weir_rng_init(&rng, seed);
    int64_t now_us = 1000;
    uint64_t ip_bytes = 0;
    for (int i = 0; i < PACKETS; i++) {
        const struct packet packet = random_packet(&rng, now_us);
        meter_add(meter[meter_of(&packet) % meters], &packet);
        ip_bytes += packet.ip_total_bytes;
        const bool quiet = weir_rng_below(&rng, 500) == 0;
        now_us += (int64_t)weir_rng_below(&rng, quiet ? 80000000 : 100000);
    }
    for (size_t i = 0; i < meters; i++) {
        meter_advance(meter[i], now_us);
        meter_drain(meter[i]);
        const struct meter_counts *counts = meter_counts(meter[i]);
        assert_int_equal(counts->created, counts->final);
        assert_int_equal(counts->open, 0);
        meter_free(meter[i]);
    }
    assert_int_equal(out->packets, PACKETS);
    assert_int_equal(out->ip_bytes, ip_bytes);
    qsort(out->at, out->count, sizeof(out->at[0]), compare);
}

static void splitting_by_pairs_of_hosts_changes_no_record(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct records whole = {0};
        struct records split = {0};
        run(seed, 1, false, &whole);
        run(seed, METERS, false, &split);
        assert_int_equal(whole.count, split.count);
        assert_memory_equal(whole.at, split.at, whole.count * sizeof(whole.at[0]));
        free(whole.at);
        free(split.at);
    }
}

static void same_packets_give_the_same_records_with_or_without_start(void **state)
{
    (void)state;
    struct records first = {0};
    struct records second = {0};
    run(9, 1, false, &first);
    run(9, 1, true, &second);
    assert_int_equal(first.count, second.count);
    assert_memory_equal(first.at, second.at, first.count * sizeof(first.at[0]));
    free(first.at);
    free(second.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splitting_by_pairs_of_hosts_changes_no_record),
        cmocka_unit_test(same_packets_give_the_same_records_with_or_without_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
