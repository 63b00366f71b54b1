/* SPDX-License-Identifier: Apache-2.0
 *
 * packet_spread: lengths and inter-arrival times of one direction, summed exactly.
 *
 * Shape:   sums and sums of squares as integers, so that adding a packet needs no division and the
 *          result does not depend on order; 64 bytes, one cache line.
 * Units:   bytes of IP packets; microseconds of packet time, which never goes back.
 * Source:  specification 3.5.
 */
#ifndef WEIR_SENSOR_METER_PACKET_SPREAD_H
#define WEIR_SENSOR_METER_PACKET_SPREAD_H

#include <stdint.h>

#include "common/flow/flow_statistics.h"

struct packet_spread {
    int64_t last_us;
    uint64_t gap_squares_low, gap_squares_high; /* one 128-bit sum */
    uint64_t length_sum, length_squares;        /* 2^32 packets of 64 KiB fit */
    uint64_t gap_min_us, gap_max_us;
    uint32_t length_min, length_max;
};

_Static_assert(sizeof(struct packet_spread) == 64, "one cache line");

/* Takes the first packet of the direction. */
static inline void packet_spread_init(struct packet_spread *spread, int64_t time_us,
                                      uint32_t length)
{
    *spread = (struct packet_spread){
        .last_us = time_us,
        .length_sum = length,
        .length_squares = (uint64_t)length * length,
        .gap_min_us = UINT64_MAX,
        .length_min = length,
        .length_max = length,
    };
}

/* Adds the square of a gap of 71 minutes and more. */
void packet_spread_add_long(struct packet_spread *spread, uint64_t gap_us);

/* Takes every later one. A time before the last packet's counts as no time at all. */
static inline void packet_spread_add(struct packet_spread *spread, int64_t time_us, uint32_t length)
{
    const uint64_t gap_us = time_us > spread->last_us ? (uint64_t)(time_us - spread->last_us) : 0;
    spread->last_us += (int64_t)gap_us;
    spread->gap_min_us = gap_us < spread->gap_min_us ? gap_us : spread->gap_min_us;
    spread->gap_max_us = gap_us > spread->gap_max_us ? gap_us : spread->gap_max_us;
    if (gap_us <= UINT32_MAX) {
        const uint64_t square = gap_us * gap_us;
        spread->gap_squares_low += square;
        spread->gap_squares_high += spread->gap_squares_low < square ? 1 : 0;
    } else {
        packet_spread_add_long(spread, gap_us);
    }
    spread->length_sum += length;
    spread->length_squares += (uint64_t)length * length;
    spread->length_min = length < spread->length_min ? length : spread->length_min;
    spread->length_max = length > spread->length_max ? length : spread->length_max;
}

/* Fills pkt_len_* and iat_* of a direction of `packets` packets, at least one. */
void packet_spread_fill(const struct packet_spread *spread, uint32_t packets, int64_t first_us,
                        struct weir_side_statistics *out);

/* Population standard deviation of count samples of this sum and 128-bit sum of squares. */
double packet_spread_deviation(uint64_t count, uint64_t sum, uint64_t squares_low,
                               uint64_t squares_high);

#endif
