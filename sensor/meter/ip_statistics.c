/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/ip_statistics.h"

#include "common/flow/flow_record.h"

#define FRAGMENT_MIN 576 /* RFC 791: every host takes a datagram of this size whole */
#define DATAGRAM_MAX 65535

static unsigned fragment_flags(const struct packet *packet)
{
    const bool more = (packet->flags & PACKET_MORE) != 0;
    const bool first = packet->fragment_offset == 0;
    const bool split = first && (packet->flags & PACKET_HAS_TRANSPORT) == 0;
    unsigned flags = more ? IP_STATISTICS_MORE : 0U;
    if (first &&
        (packet->ip_total_bytes < FRAGMENT_MIN || (split && packet->protocol == WEIR_PROTO_TCP))) {
        flags |= IP_STATISTICS_SMALL_FRAGMENT;
    }
    if (packet->fragment_offset + packet->ip_payload_bytes > DATAGRAM_MAX) {
        flags |= IP_STATISTICS_FAR_FRAGMENT;
    }
    if (more && (packet->ip_payload_bytes + packet->fragment_skip) % 8 != 0) {
        flags |= IP_STATISTICS_BAD_POSITION;
    }
    if ((packet->flags & PACKET_LATE) != 0) {
        flags |= IP_STATISTICS_BAD_SEQUENCE;
    }
    return flags;
}

void ip_statistics_add_unusual(struct ip_statistics *statistics, const struct packet *packet)
{
    static const struct {
        uint32_t packet;
        unsigned ip;
    } unusual[] = {
        {PACKET_BAD_IP_OPTIONS, IP_STATISTICS_BAD_OPTIONS},
        {PACKET_RESERVED_BIT, IP_STATISTICS_RESERVED},
        {PACKET_BAD_IP_CHECKSUM, IP_STATISTICS_BAD_CHECKSUM},
        {PACKET_BAD_L4_CHECKSUM, IP_STATISTICS_BAD_TRANSPORT},
        {PACKET_SHORT_IP_HEADER, IP_STATISTICS_SHORT_HEADER},
        {PACKET_UDP_LENGTH, IP_STATISTICS_UDP_LENGTH},
        {PACKET_TIME_CLAMPED, IP_STATISTICS_BACKWARD},
    };
    unsigned flags = (packet->flags & PACKET_IS_FRAGMENT) != 0 ? fragment_flags(packet) : 0U;
    for (size_t i = 0; i < sizeof(unusual) / sizeof(unusual[0]); i++) {
        flags |= (packet->flags & unusual[i].packet) != 0 ? unusual[i].ip : 0U;
    }
    statistics->flags = (uint16_t)(statistics->flags | flags);
    statistics->options += (packet->flags & PACKET_IP_OPTIONS) != 0 ? 1 : 0;
}

static uint8_t one_more(uint8_t count)
{
    return count < UINT8_MAX ? (uint8_t)(count + 1) : UINT8_MAX;
}

void ip_statistics_add_change(struct ip_statistics *statistics, const struct packet *packet)
{
    if (packet->ttl != statistics->ttl) {
        const uint8_t ttl = packet->ttl;
        statistics->ttl_min = ttl < statistics->ttl_min ? ttl : statistics->ttl_min;
        statistics->ttl_max = ttl > statistics->ttl_max ? ttl : statistics->ttl_max;
        statistics->ttl_changes = one_more(statistics->ttl_changes);
        statistics->ttl = ttl;
    }
    if (packet->tos != statistics->tos) {
        statistics->tos_or |= packet->tos;
        statistics->tos_changes = one_more(statistics->tos_changes);
        statistics->tos = packet->tos;
    }
}

void ip_statistics_init(struct ip_statistics *statistics, const struct packet *packet)
{
    *statistics = (struct ip_statistics){
        .ttl = packet->ttl,
        .tos = packet->tos,
        .ttl_min = packet->ttl,
        .ttl_max = packet->ttl,
        .tos_first = packet->tos,
        .tos_or = packet->tos,
        .id = (uint16_t)packet->ip_id,
        .id_delta_min = UINT16_MAX,
        .packets = 1,
        .first_us = packet->time_us,
    };
    if ((packet->flags & PACKET_DONT_FRAGMENT) != 0) {
        statistics->flags = IP_STATISTICS_DONT;
    }
    if ((packet->flags & IP_STATISTICS_UNUSUAL) != 0) {
        ip_statistics_add_unusual(statistics, packet);
    }
}

void ip_statistics_fill(const struct ip_statistics *statistics, bool ipv4,
                        struct weir_side_statistics *out)
{
    out->first_us = statistics->first_us;
    out->ttl_min = statistics->ttl_min;
    out->ttl_max = statistics->ttl_max;
    out->ttl_changes = statistics->ttl_changes;
    out->tos_or = statistics->tos_or;
    out->tos_first = statistics->tos_first;
    out->tos_changes = statistics->tos_changes;
    out->ip_flags = statistics->flags;
    out->ip_options = statistics->options;
    if (ipv4 && statistics->packets > 1) {
        out->ipid_delta_min = statistics->id_delta_min;
        out->ipid_delta_max = statistics->id_delta_max;
    }
}
