/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_options: the option list of one TCP header.
 *
 * Shape:   bytes in, value out.
 * Source:  RFC 9293 section 3.2, 7323 (scale, timestamps), 7413 (Fast Open); specification 3.2
 *          bit 8 and 3.4.
 */
#ifndef WEIR_SENSOR_METER_TCP_OPTIONS_H
#define WEIR_SENSOR_METER_TCP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/decode/packet.h"

#define TCP_OPTIONS_KINDS_MAX 16

struct tcp_options {
    uint32_t count;     /* options, no-operations included; the end of the list is one */
    uint32_t kinds;     /* bit k: kind k was there; bit 31: one of 31 and above */
    uint32_t timestamp; /* valid with has_timestamp */
    int32_t mss;        /* -1 = none */
    int16_t scale;      /* -1 = none; as sent, so it may be above 14 */
    bool has_timestamp;
    bool has_fast_open;
    bool corrupt;                         /* length 0 or 1, or past the header's end */
    uint8_t order_count;                  /* valid in order */
    uint8_t order[TCP_OPTIONS_KINDS_MAX]; /* kinds as they came; behind the end of the list every
                                             byte that is left counts as one more end */
};

/* Reads size bytes. An option that is cut by the end of what was captured (header_bytes > size) is
 * not corrupt. */
void tcp_options_read(const uint8_t *bytes, uint32_t size, uint32_t header_bytes,
                      struct tcp_options *out);

/* The options of a segment. Most have none, or two no-operations and a timestamp; of those the
 * kinds in order are told for a SYN only. */
static inline void tcp_options_of(const struct packet *packet, struct tcp_options *out)
{
    const uint8_t *at = NULL;
    const uint32_t size = packet_tcp_options(packet, &at);
    if (size == 12 && (packet->tcp_flags & PACKET_TCP_SYN) == 0 && at[0] == 1 && at[1] == 1 &&
        at[2] == 8 && at[3] == 10) {
        out->count = 3;
        out->kinds = (UINT32_C(1) << 1) | (UINT32_C(1) << 8);
        out->timestamp = ((uint32_t)at[4] << 24) | ((uint32_t)at[5] << 16) |
                         ((uint32_t)at[6] << 8) | (uint32_t)at[7];
        out->has_timestamp = true;
    } else if (size > 0) {
        tcp_options_read(at, size, packet->tcp_header_bytes - 20U, out);
        return;
    } else {
        out->count = 0;
        out->kinds = 0;
        out->has_timestamp = false;
    }
    out->mss = -1;
    out->scale = -1;
    out->has_fast_open = false;
    out->corrupt = false;
    out->order_count = 0;
}

#endif
