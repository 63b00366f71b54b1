/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/icmp_statistics.h"

#include <string.h>

#include "common/flow/flow_record.h"

#include "sensor/meter/flow_key.h"

#define CODE_LAST_BIT  31
#define IPV4_SIZE      20U
#define IPV6_SIZE      40U
#define QUOTED_PORTS   4U
#define ICMP_ID_OFFSET 4U
#define ICMP_QUOTED    8U

void icmp_statistics_init(struct icmp_statistics *statistics)
{
    *statistics = (struct icmp_statistics){.echo_min = WEIR_ABSENT, .echo_max = WEIR_ABSENT};
}

static void note_pair(struct icmp_statistics *statistics, uint16_t pair)
{
    for (unsigned i = 0; i < statistics->pair_count; i++) {
        if (statistics->pairs[i] == pair) {
            return;
        }
    }
    if (statistics->pair_count < ICMP_STATISTICS_PAIRS) {
        statistics->pairs[statistics->pair_count++] = pair;
    }
}

void icmp_statistics_add(struct icmp_statistics *statistics, const struct packet *packet)
{
    const unsigned type = packet->source_port;
    const unsigned code = packet->destination_port;
    bool request = false;
    statistics->messages++;
    statistics->type_mask |= type < 64 ? UINT64_C(1) << type : 0;
    statistics->type_mask_high |= type >= 128 && type < 192 ? UINT64_C(1) << (type - 128) : 0;
    statistics->code_mask |= UINT32_C(1) << (code < CODE_LAST_BIT ? code : CODE_LAST_BIT);
    note_pair(statistics, (uint16_t)((type << 8) | (code & 0xffU)));
    if (flow_key_is_echo(packet->protocol, packet->source_port, &request)) {
        const int32_t size = (int32_t)packet->payload_bytes;
        const bool first = statistics->requests + statistics->replies == 0;
        statistics->requests += request ? 1 : 0;
        statistics->replies += request ? 0 : 1;
        statistics->echo_min = first || size < statistics->echo_min ? size : statistics->echo_min;
        statistics->echo_max = size > statistics->echo_max ? size : statistics->echo_max;
    }
}

static bool read_ends(const uint8_t *at, uint32_t size, uint32_t *header, struct packet *out)
{
    if (size < IPV4_SIZE) {
        return false;
    }
    out->ip_version = at[0] >> 4;
    if (out->ip_version == 4) {
        *header = (at[0] & 0x0fU) * 4U;
        out->protocol = at[9];
        out->source.size = 4;
        out->destination.size = 4;
        memcpy(out->source.bytes, at + 12, 4);
        memcpy(out->destination.bytes, at + 16, 4);
        const bool later = (((unsigned)at[6] << 8 | at[7]) & 0x1fffU) != 0;
        return *header >= IPV4_SIZE && !later;
    }
    if (out->ip_version != 6 || size < IPV6_SIZE) {
        return false;
    }
    *header = IPV6_SIZE;
    out->protocol = at[6];
    out->source.size = 16;
    out->destination.size = 16;
    memcpy(out->source.bytes, at + 8, 16);
    memcpy(out->destination.bytes, at + 24, 16);
    return true;
}

bool icmp_statistics_quoted(const struct packet *error, struct packet *out)
{
    uint32_t header = 0;
    *out = (struct packet){0};
    if (error->embedded == NULL ||
        !read_ends(error->embedded, error->embedded_captured, &header, out) ||
        header + QUOTED_PORTS > error->embedded_captured) {
        return false;
    }
    const uint8_t *at = error->embedded + header;
    const uint32_t left = error->embedded_captured - header;
    switch (out->protocol) {
    case WEIR_PROTO_TCP:
    case WEIR_PROTO_UDP:
    case WEIR_PROTO_SCTP:
        out->source_port = (uint16_t)((at[0] << 8) | at[1]);
        out->destination_port = (uint16_t)((at[2] << 8) | at[3]);
        out->flags = PACKET_HAS_PORTS;
        return true;
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6: {
        bool request = false;
        out->source_port = at[0];
        out->destination_port = at[1];
        out->flags = PACKET_HAS_PORTS;
        if (flow_key_is_echo(out->protocol, at[0], &request) && left >= ICMP_QUOTED) {
            out->icmp_id = (uint16_t)((at[ICMP_ID_OFFSET] << 8) | at[ICMP_ID_OFFSET + 1]);
            out->flags |= PACKET_HAS_ICMP_ID;
        }
        return true;
    }
    default:
        return true;
    }
}

void icmp_statistics_fill(const struct icmp_statistics *statistics,
                          struct weir_flow_statistics *out)
{
    const float replies = (float)statistics->replies;
    out->icmp_msg_count = statistics->messages;
    out->icmp_typecode_count = statistics->pair_count;
    out->icmp_type_mask = statistics->type_mask;
    out->icmp_type_mask_high = statistics->type_mask_high;
    out->icmp_code_mask = statistics->code_mask;
    out->icmp_echo_req = statistics->requests;
    out->icmp_echo_rep = statistics->replies;
    out->icmp_echo_succ_ratio =
        statistics->requests > 0 ? replies / (float)statistics->requests : -replies;
    out->icmp_echo_len_min = statistics->echo_min;
    out->icmp_echo_len_max = statistics->echo_max;
    out->icmp_parent_flow_id = statistics->parent_flow_id;
    memcpy(out->icmp_parent_community_id, statistics->parent_community_id,
           sizeof(out->icmp_parent_community_id));
}
