/* SPDX-License-Identifier: Apache-2.0
 *
 * round_trip: how long one direction's segments took to be acknowledged.
 *
 * Shape:   at most eight segments in flight are followed; one sent while eight are waiting is not.
 *          A sample is taken when an acknowledgement names the end of a followed segment and no
 *          segment it covers may have been sent twice (Karn's rule). A segment that repeats bytes
 *          or fills a hole makes every followed segment that ends above its first byte ambiguous.
 *          What is sent again with the same end and size is compared with what was sent first.
 * Units:   microseconds of packet time.
 * Source:  specification 3.5 (rtt_ack_*), 3.2 bit 26; Karn & Partridge 1987; decisions/0004.
 */
#ifndef WEIR_SENSOR_METER_ROUND_TRIP_H
#define WEIR_SENSOR_METER_ROUND_TRIP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_statistics.h"

#define ROUND_TRIP_SEGMENTS 8

struct round_trip_segment {
    uint32_t end;     /* sequence number behind it */
    uint32_t time_us; /* low 32 bits of packet time */
    uint32_t size;
    uint32_t hash; /* of its payload; 0 = not taken */
};

struct round_trip {
    uint32_t samples;
    uint32_t min_us, max_us;
    uint8_t first, count; /* of the segments in flight, a ring */
    uint8_t twice;        /* bit i: segment i of the ring may have been sent twice */
    uint64_t sum_us, squares_low, squares_high;
    struct round_trip_segment segments[ROUND_TRIP_SEGMENTS];
};

/* Nothing sent yet; the segments are left as they are. */
void round_trip_init(struct round_trip *trip);

/* Follows a segment that began at the byte expected. */
void round_trip_add(struct round_trip *trip, const struct round_trip_segment *segment);

/* The direction sent [sequence, sequence + size) although some of it, or something above it, was
 * sent before. False when it was followed and its hash was another one. */
bool round_trip_repeat(struct round_trip *trip, const struct round_trip_segment *segment);

/* The other end acknowledged every byte below `number`. */
void round_trip_acknowledge(struct round_trip *trip, uint32_t number, uint32_t time_us);

/* Fills rtt_ack_* of the direction. */
void round_trip_fill(const struct round_trip *trip, struct weir_side_statistics *out);

/* rtt_ack_jitter_us over both directions; WEIR_ABSENT without any sample. */
float round_trip_jitter(const struct round_trip *orig, const struct round_trip *resp);

#endif
