/* SPDX-License-Identifier: Apache-2.0
 *
 * A script of fragments, five bytes each: protocol and id, offset, length, content and "more", time
 * that passes. The table is small, so it also evicts.
 *
 * Every fragment is in exactly one place: counted in a flow, handed over later, or given up. No
 * flow is told of more payload than came, and what is held is never lost.
 */
#include <string.h>

#include "common/base/check.h"

#include "sensor/decode/fragment_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
    uint64_t held, handed_over, given_up;
    int64_t last_us;
};

static void on_given_up(void *context, const struct fragment_given_up *datagram)
{
    struct tally *tally = context;
    tally->given_up += datagram->held.packets;
    weir_check(datagram->has_first || datagram->held.packets > 0);
    weir_check(!datagram->has_first || datagram->wrong > 0);
    weir_check(datagram->payload_bytes <= 65535);
    weir_check(datagram->held.first_us <= datagram->held.last_us);
}

static void fill(struct packet *packet, const uint8_t *step, const uint8_t *content)
{
    static const uint8_t protocols[] = {17, 1, 6, 50};
    *packet = (struct packet){.ip_version = 4, .flags = PACKET_IS_FRAGMENT};
    packet->source.size = 4;
    packet->destination.size = 4;
    packet->protocol = protocols[step[0] % 4];
    packet->fragment_protocol = packet->protocol;
    packet->ip_id = (step[0] / 4) % 4;
    packet->fragment_offset = (uint16_t)(step[1] < 200 ? step[1] * 8 : 65528 - (255 - step[1]) * 8);
    packet->ip_payload_bytes = step[2] * 4U;
    packet->ip_total_bytes = 20 + packet->ip_payload_bytes;
    packet->ip_payload = content + step[3] / 64;
    packet->ip_payload_captured = packet->ip_payload_bytes;
    packet->payload = packet->ip_payload;
    packet->payload_bytes = packet->ip_payload_bytes;
    packet->payload_captured = packet->ip_payload_captured;
    packet->flags |= (step[3] & 1) != 0 ? PACKET_MORE : 0;
    if (packet->fragment_offset == 0 && packet->ip_payload_bytes >= 8 && packet->protocol == 17) {
        packet->payload += 8;
        packet->payload_bytes -= 8;
        packet->payload_captured -= 8;
        packet->udp_bytes = (uint16_t)(8 + step[3] * 16);
        packet->flags |= PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t content[1024 + 4];
    for (size_t i = 0; i < sizeof(content); i++) {
        content[i] = (uint8_t)(i % 3);
    }
    struct tally tally = {.last_us = 1000000};
    struct fragment_table *table = NULL;
    const struct fragment_table_options options = {.datagrams_max = 4,
                                                   .pieces_max = 24,
                                                   .timeout_us = 30000000,
                                                   .hash_key = 1};
    if (fragment_table_new(&options, on_given_up, &tally, &table) != WEIR_OK) {
        return 0;
    }
    uint64_t shown = 0;
    uint64_t counted = 0;
    for (size_t at = 0; at + 5 <= size; at += 5) {
        struct packet packet;
        struct fragment_result result;
        fill(&packet, data + at, content);
        tally.last_us += data[at + 4] < 128 ? data[at + 4] : (data[at + 4] - 127) * 500000;
        packet.time_us = tally.last_us;
        fragment_table_add(table, &packet, &result);
        shown++;
        weir_check(result.payload_bytes <= 65535 && result.tcp_bytes <= 65535);
        if (result.place == FRAGMENT_HELD) {
            tally.held++;
            weir_check(result.payload_bytes == 0 && result.wrong == 0);
        } else {
            counted++;
            tally.handed_over += result.held.packets;
            weir_check(result.held.packets == 0 || result.place == FRAGMENT_FIRST);
        }
        const int64_t oldest = fragment_table_oldest_held_us(table);
        weir_check((oldest == FRAGMENT_TABLE_NEVER) ==
                   (tally.held == tally.handed_over + tally.given_up));
    }
    fragment_table_drain(table);
    struct fragment_table_counters counters;
    fragment_table_counters(table, &counters);
    weir_check(counters.fragments == shown && counted + tally.held == shown);
    weir_check(tally.held == tally.handed_over + tally.given_up);
    fragment_table_free(table);
    return 0;
}
