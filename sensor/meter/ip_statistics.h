/* SPDX-License-Identifier: Apache-2.0
 *
 * ip_statistics: what the IP headers of one direction said.
 *
 * Shape:   32 bytes; most packets repeat the TTL and TOS of the one before and cost two compares.
 * Source:  specification 3.4; decisions/0004.
 */
#ifndef WEIR_SENSOR_METER_IP_STATISTICS_H
#define WEIR_SENSOR_METER_IP_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_statistics.h"

#include "sensor/decode/packet.h"

/* ip_flags of specification 3.4 */
#define IP_STATISTICS_BAD_OPTIONS    0x0001U
#define IP_STATISTICS_OUT_OF_ORDER   0x0002U
#define IP_STATISTICS_ID_ROLLED      0x0004U
#define IP_STATISTICS_SMALL_FRAGMENT 0x0008U
#define IP_STATISTICS_FAR_FRAGMENT   0x0010U
#define IP_STATISTICS_MORE           0x0020U
#define IP_STATISTICS_DONT           0x0040U
#define IP_STATISTICS_RESERVED       0x0080U
#define IP_STATISTICS_BAD_POSITION   0x0100U
#define IP_STATISTICS_BAD_SEQUENCE   0x0200U
#define IP_STATISTICS_BAD_CHECKSUM   0x0400U
#define IP_STATISTICS_BAD_TRANSPORT  0x0800U
#define IP_STATISTICS_SHORT_HEADER   0x1000U
#define IP_STATISTICS_UDP_LENGTH     0x2000U
#define IP_STATISTICS_NO_GAP         0x4000U
#define IP_STATISTICS_BACKWARD       0x8000U

struct ip_statistics {
    uint8_t ttl, tos; /* of the latest packet */
    uint8_t ttl_min, ttl_max, ttl_changes;
    uint8_t tos_first, tos_or, tos_changes;
    uint16_t id; /* of the latest packet */
    uint16_t id_delta_min, id_delta_max;
    uint16_t flags; /* IP_STATISTICS_* */
    uint32_t
        packets; /* of IPv4 and IPv6; those counted while fragments waited are not among them */
    uint32_t options; /* packets with options or extension headers */
    int64_t first_us;
};

_Static_assert(sizeof(struct ip_statistics) == 32, "half a cache line");

/* packet.flags that have a rule of their own here */
#define IP_STATISTICS_UNUSUAL                                                                      \
    (PACKET_IS_FRAGMENT | PACKET_IP_OPTIONS | PACKET_BAD_IP_OPTIONS | PACKET_RESERVED_BIT |        \
     PACKET_BAD_CHECKSUM | PACKET_SHORT_IP_HEADER | PACKET_UDP_LENGTH | PACKET_TIME_CLAMPED)

/* Takes the first packet of the direction. */
void ip_statistics_init(struct ip_statistics *statistics, const struct packet *packet);

/* The parts of add that few packets need. */
void ip_statistics_add_unusual(struct ip_statistics *statistics, const struct packet *packet);
void ip_statistics_add_change(struct ip_statistics *statistics, const struct packet *packet);

/* Takes a later packet; true when an unfragmented IPv4 one repeats the identification before it.
 * An identification behind the last one is out of order, a smaller one ahead of it has rolled. */
static inline bool ip_statistics_add(struct ip_statistics *statistics, const struct packet *packet)
{
    bool repeated = false;
    statistics->packets++;
    if (packet->ttl != statistics->ttl || packet->tos != statistics->tos) {
        ip_statistics_add_change(statistics, packet);
    }
    if (packet->ip_version == 4) {
        const uint16_t id = (uint16_t)packet->ip_id;
        const uint16_t delta = (uint16_t)(id - statistics->id);
        statistics->id_delta_min =
            delta < statistics->id_delta_min ? delta : statistics->id_delta_min;
        statistics->id_delta_max =
            delta > statistics->id_delta_max ? delta : statistics->id_delta_max;
        if (id < statistics->id) {
            statistics->flags |=
                delta >= 0x8000U ? IP_STATISTICS_OUT_OF_ORDER : IP_STATISTICS_ID_ROLLED;
        } else if (delta >= 0x8000U) {
            statistics->flags |= IP_STATISTICS_OUT_OF_ORDER;
        }
        repeated = delta == 0 && (packet->flags & PACKET_IS_FRAGMENT) == 0;
        statistics->id = id;
    }
    if ((packet->flags & PACKET_DONT_FRAGMENT) != 0) {
        statistics->flags |= IP_STATISTICS_DONT;
    }
    if ((packet->flags & IP_STATISTICS_UNUSUAL) != 0) {
        ip_statistics_add_unusual(statistics, packet);
    }
    return repeated;
}

void ip_statistics_fill(const struct ip_statistics *statistics, bool ipv4,
                        struct weir_side_statistics *out);

#endif
