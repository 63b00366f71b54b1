/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_statistics: what the TCP headers of one direction said.
 *
 * Shape:   what most segments change stands first. Windows, acknowledgements and sequence numbers
 *          are those of segments without RST; options and flags those of every segment whose
 *          checksum was not found wrong.
 * Units:   windows in bytes, scaled once both ends offered a scale; never in a SYN.
 * Source:  specification 3.2 (bits 12 to 16, 26, 27) and 3.4; decisions/0004.
 */
#ifndef WEIR_SENSOR_METER_TCP_STATISTICS_H
#define WEIR_SENSOR_METER_TCP_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_statistics.h"

#include "sensor/decode/packet.h"
#include "sensor/meter/round_trip.h"
#include "sensor/meter/tcp_bytes.h"
#include "sensor/meter/tcp_options.h"

struct tcp_statistics {
    uint32_t ack_max; /* highest acknowledgement sent; valid with has_ack */
    uint32_t window;  /* latest; the smallest, the largest; valid when segments > 0 */
    uint32_t window_min, window_max;
    float window_avg;
    uint32_t seq_ok, ack_ok;
    uint32_t acks; /* segments with ACK */

    uint32_t pushes;
    uint32_t segments; /* without RST */
    uint32_t option_count, option_kinds;
    int64_t stamp_first_us, stamp_last_us; /* packet times of the first and latest timestamp */
    uint32_t stamp_first, stamp_last;      /* their values; valid with has_stamp */
    uint32_t windows_zero, windows_down, windows_up, windows_turned;
    int8_t window_sign;   /* of the latest change */
    uint8_t repeated_ack; /* duplicates of ack_max, saturating */
    bool has_ack, has_stamp;
    bool fin;      /* its FIN was seen: one more number is used */
    bool has_syn;  /* mss, scale, syn_window and syn_kinds are valid */
    uint8_t shift; /* of this direction's windows */
    uint8_t syn_kind_count;

    uint32_t fins, syns, resets, urgents, echoes, reductions;
    uint32_t seq_fault, ack_fault;
    uint32_t window_first;
    int32_t mss;
    int16_t scale;
    uint16_t syn_window;
    uint8_t syn_kinds[TCP_OPTIONS_KINDS_MAX];
};

_Static_assert(sizeof(struct tcp_statistics) <= 160, "two and a half cache lines");

/* One segment and what is known of its place. */
struct tcp_statistics_segment {
    const struct packet *packet;
    const struct tcp_options *options;
    const struct tcp_bytes_step *step;
    const struct tcp_bytes *peer_bytes; /* of the other direction */
    uint32_t hash;                      /* of the payload; 0 = not taken */
};

struct tcp_statistics_pair { /* the sender's and the receiver's */
    struct tcp_statistics *own, *peer;
    struct round_trip *own_trip, *peer_trip;
};

/* Takes a segment; gives the tcp_anomaly bits that it sets. */
uint32_t tcp_statistics_add(const struct tcp_statistics_pair *pair,
                            const struct tcp_statistics_segment *segment);

/* True when the direction acknowledged bytes of the other one, whose bytes are given, that were
 * never seen. */
bool tcp_statistics_lost(const struct tcp_statistics *own, const struct tcp_statistics *peer,
                         const struct tcp_bytes *peer_bytes, struct weir_block_pool *holes);

void tcp_statistics_fill(const struct tcp_statistics *statistics, struct weir_side_statistics *out);

/* Writes the JA4T text of the direction's SYN, or nothing without one. */
void tcp_statistics_ja4t(const struct tcp_statistics *statistics, char out[WEIR_JA4T_SIZE]);

#endif
