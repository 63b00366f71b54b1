/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_meter: bytes become packets of a few hosts; whatever they are, no packet and no byte is lost
 * and every record is valid.
 */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "common/base/cursor.h"

#include "common/flow/community_id.h"

#include "sensor/meter/meter.h"

struct sums {
    uint64_t packets, ip_bytes;
    int64_t low_us; /* no first record may start before */
};

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct sums *sums = context;
    const char *why = NULL;
    struct weir_flow_record named = *record;
    weir_community_id_fill(0, &named);
    weir_check(weir_flow_record_valid(&named, &why));
    if (record->record_type == WEIR_RECORD_FINAL) {
        sums->packets += record->orig.packets + record->resp.packets;
        sums->ip_bytes += record->orig.ip_bytes + record->resp.ip_bytes;
    }
    if (record->record_type == WEIR_RECORD_START) {
        weir_check(record->start_us >= sums->low_us);
    }
}

static struct weir_address host(uint8_t number)
{
    return (struct weir_address){.bytes = {10, 0, 0, (uint8_t)(number & 3U)}, .size = 4};
}

static void init_fragment(struct packet *packet, uint8_t bits, uint8_t offset)
{
    if ((bits & 0x40U) == 0) {
        return;
    }
    packet->flags |= PACKET_IS_FRAGMENT;
    packet->flags |= (bits & 0x80U) != 0 ? PACKET_MORE : 0;
    packet->fragment_offset = (uint16_t)((offset & 7U) * 8);
    packet->fragment_protocol = packet->protocol;
    packet->ip_id = offset >> 6;
    if (packet->fragment_offset > 0) {
        packet->flags &= (uint16_t) ~(PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT | PACKET_HAS_ICMP_ID);
        packet->source_port = 0;
        packet->destination_port = 0;
        packet->tcp_flags = 0;
        packet->icmp_id = 0;
    }
}

/* 12 bytes a packet; its payload is what follows, as far as it goes. */
static bool next_packet(struct weir_cursor *input, int64_t *now_us, struct packet *packet)
{
    static const uint8_t protocols[] = {6, 17, 1, 58, 132, 6, 6, 17};
    static const uint16_t ports[] = {21, 53, 111, 80, 40000, 40001, 50001, 20};
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(input, 12, &at)) {
        return false;
    }
    *now_us += (int64_t)at[0] << (at[1] & 0x1fU);
    *packet = (struct packet){
        .time_us = *now_us,
        .source = host(at[2]),
        .destination = host((uint8_t)(at[2] >> 4)),
        .flags = PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT,
        .ip_version = 4,
        .protocol = protocols[at[3] & 7U],
        .tcp_flags = at[4],
        .source_port = ports[at[5] & 7U],
        .destination_port = ports[(at[5] >> 4) & 7U],
        .tcp_window = at[6],
        .tcp_sequence = (uint32_t)at[7] << (at[8] & 0x1fU),
        .tcp_acknowledgement = at[8],
        .payload_bytes = at[9],
    };
    if (packet->protocol == 1 || packet->protocol == 58) {
        packet->source_port = at[5];
        packet->destination_port = at[6] & 3U;
        packet->icmp_id = at[7] & 1U;
        packet->flags |= PACKET_HAS_ICMP_ID;
    }
    const uint32_t captured = input->left < at[9] ? (uint32_t)input->left : at[9];
    packet->payload = input->next;
    packet->payload_captured = captured;
    packet->ip_payload = input->next;
    packet->ip_payload_bytes = at[9];
    packet->ip_payload_captured = captured;
    packet->ip_total_bytes = 20U + at[9];
    init_fragment(packet, at[3], at[10]);
    if ((at[11] & 1U) != 0) {
        packet->flags |= PACKET_BAD_CHECKSUM;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct sums sums = {.low_us = INT64_MIN};
    struct meter *meter = NULL;
    struct meter_options options = meter_defaults;
    options.flows_max = 16;
    options.statistics_max = 16; /* small pools: each input has a meter of its own */
    options.fragments_max = 16;
    options.holes_max = 16;
    if (meter_new(&options, on_record, &sums, &meter) != WEIR_OK) {
        return 0;
    }
    struct weir_cursor input = weir_cursor_over(bytes, size);
    struct packet packet;
    int64_t now_us = 0;
    while (now_us < INT64_C(1) << 32 && next_packet(&input, &now_us, &packet)) {
        meter_add(meter, &packet);
        const int64_t low_us = meter_low_us(meter);
        weir_check(low_us >= sums.low_us);
        sums.low_us = low_us;
    }
    meter_drain(meter);
    const struct meter_counts *counts = meter_counts(meter);
    weir_check(counts->open == 0 && counts->created == counts->final);
    weir_check(sums.packets == counts->packets && sums.ip_bytes == counts->ip_bytes);
    meter_free(meter);
    return 0;
}
