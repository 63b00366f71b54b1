/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_statistics: what one live flow has measured of its packets.
 *
 * Shape:   a block of a pool (statistics_pool), taken at the flow's first packet. What every packet
 *          touches stands first, a side of its own for each direction; a direction's part is set
 *          by its first packet and not read before.
 * Units:   _us are microseconds of packet time.
 * Source:  specification 3.2 to 3.5 and 6.2; decisions/0004.
 */
#ifndef WEIR_SENSOR_METER_FLOW_STATISTICS_H
#define WEIR_SENSOR_METER_FLOW_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_statistics.h"

#include "sensor/decode/packet.h"
#include "sensor/meter/flow.h"
#include "sensor/meter/icmp_statistics.h"
#include "sensor/meter/ip_statistics.h"
#include "sensor/meter/packet_spread.h"
#include "sensor/meter/round_trip.h"
#include "sensor/meter/tcp_statistics.h"

struct flow_statistics_side {
    struct packet_spread spread;
    struct ip_statistics ip;
    struct tcp_statistics tcp;
};

#define FLOW_STATISTICS_HEAD 64 /* bytes of payload kept before counting is worth a block */

struct flow_statistics_payload { /* of a direction; see statistics_pool */
    uint32_t entropy;            /* block of the bytes being counted, 0 = none or done */
    uint16_t counted;
    float value; /* once done; WEIR_ABSENT before */
};

struct flow_statistics_packet { /* one of the first */
    int32_t length;             /* negative: from the responder */
    uint32_t gap_us;
};

struct flow_statistics_handshake { /* valid as `known` says */
    int64_t syn_us, syn_ack_us, ack_us;
    uint32_t syn_ack_sequence;
    uint8_t known; /* bits: SYN, its answer, the answer's acknowledgement */
};

struct flow_statistics {
    _Alignas(64) struct flow_statistics_side side[2]; /* 0 originator; valid as `begun` says */
    uint8_t begun;                                    /* bit i: side i */
    bool trips_begun;
    uint8_t sequence_count, stack_count;
    uint32_t frag_count, frag_errors;
    struct flow_statistics_payload payload[2];
    uint64_t stacks[WEIR_STACKS_MAX];
    struct flow_statistics_handshake handshake;
    struct flow_statistics_packet first[WEIR_SEQUENCE_MAX]; /* sequence_count are valid */
    union {
        struct round_trip trips[2];  /* TCP, once trips_begun */
        struct icmp_statistics icmp; /* ICMP, once begun */
    };
    uint8_t head[2][FLOW_STATISTICS_HEAD]; /* the first payload bytes of each direction */
};

/* No packet yet. */
void flow_statistics_init(struct flow_statistics *statistics);

/* Takes a packet before it is counted in the flow; sets flow_status bits. */
void flow_statistics_add(struct flow_statistics *statistics, struct flow *flow,
                         const struct packet *packet, bool from_orig);

/* Takes a TCP segment whose header was read, after the flow took it; sets tcp_anomaly bits. hash:
 * of its payload, 0 = not taken. */
void flow_statistics_add_tcp(struct flow_statistics *statistics, struct flow *flow,
                             const struct tcp_statistics_segment *segment, bool from_orig);

/* True when the hash of this segment's payload is of use: it will be followed, or repeats one that
 * is. */
static inline bool flow_statistics_follows(const struct flow_statistics *statistics, int end,
                                           const struct tcp_bytes_step *step)
{
    return !statistics->trips_begun ||
           (step->in_order ? statistics->trips[end].count < ROUND_TRIP_SEGMENTS
                           : statistics->trips[end].count > 0);
}

/* Fills *out with all that is known by now, but for entropy and active connections. */
void flow_statistics_fill(const struct flow_statistics *statistics, const struct flow *flow,
                          struct weir_flow_statistics *out);

/* Bit 12 of tcp_anomaly: an acknowledgement covered bytes that never came. */
uint32_t flow_statistics_lost(const struct flow_statistics *statistics, const struct flow *flow,
                              struct weir_block_pool *holes);

#endif
