/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/round_trip.h"

#include <math.h>
#include <stddef.h>

#include "sensor/meter/packet_spread.h"

/* a - b in sequence space */
static int32_t distance(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

void round_trip_init(struct round_trip *trip)
{
    trip->samples = 0;
    trip->min_us = 0;
    trip->max_us = 0;
    trip->first = 0;
    trip->count = 0;
    trip->twice = 0;
    trip->sum_us = 0;
    trip->squares_low = 0;
    trip->squares_high = 0;
}

void round_trip_add(struct round_trip *trip, const struct round_trip_segment *segment)
{
    if (trip->count < ROUND_TRIP_SEGMENTS) {
        const unsigned at = (trip->first + trip->count) % ROUND_TRIP_SEGMENTS;
        trip->segments[at] = *segment;
        trip->twice = (uint8_t)(trip->twice & ~(1U << at));
        trip->count++;
    }
}

bool round_trip_repeat(struct round_trip *trip, const struct round_trip_segment *segment)
{
    bool same = true;
    const uint32_t sequence = segment->end - segment->size;
    for (unsigned i = 0; i < trip->count; i++) {
        const unsigned at = (trip->first + i) % ROUND_TRIP_SEGMENTS;
        const struct round_trip_segment *sent = &trip->segments[at];
        if (distance(sent->end, sequence) > 0) {
            trip->twice = (uint8_t)(trip->twice | (1U << at));
        }
        if (sent->end == segment->end && sent->size == segment->size && sent->hash != 0 &&
            segment->hash != 0 && sent->hash != segment->hash) {
            same = false;
        }
    }
    return same;
}

static void add_sample(struct round_trip *trip, uint32_t time_us)
{
    const uint64_t square = (uint64_t)time_us * time_us;
    trip->min_us = trip->samples == 0 || time_us < trip->min_us ? time_us : trip->min_us;
    trip->max_us = time_us > trip->max_us ? time_us : trip->max_us;
    trip->samples++;
    trip->sum_us += time_us;
    trip->squares_low += square;
    trip->squares_high += trip->squares_low < square ? 1 : 0;
}

void round_trip_acknowledge(struct round_trip *trip, uint32_t number, uint32_t time_us)
{
    const struct round_trip_segment *named = NULL;
    bool ambiguous = false;
    while (trip->count > 0 && distance(number, trip->segments[trip->first].end) >= 0) {
        ambiguous = ambiguous || (trip->twice & (1U << trip->first)) != 0;
        named = &trip->segments[trip->first];
        trip->first = (uint8_t)((trip->first + 1U) % ROUND_TRIP_SEGMENTS);
        trip->count--;
    }
    if (named != NULL && named->end == number && !ambiguous) {
        add_sample(trip, time_us - named->time_us);
    }
}

void round_trip_fill(const struct round_trip *trip, struct weir_side_statistics *out)
{
    out->rtt_ack_samples = trip->samples;
    if (trip->samples > 0) {
        out->rtt_ack_min_us = trip->min_us;
        out->rtt_ack_max_us = trip->max_us;
        out->rtt_ack_mean_us = (float)((double)trip->sum_us / trip->samples);
    }
}

static double variance(const struct round_trip *trip)
{
    const double deviation =
        packet_spread_deviation(trip->samples, trip->sum_us, trip->squares_low, trip->squares_high);
    return deviation * deviation;
}

float round_trip_jitter(const struct round_trip *orig, const struct round_trip *resp)
{
    if (orig->samples == 0 && resp->samples == 0) {
        return (float)WEIR_ABSENT;
    }
    return (float)sqrt(variance(orig) + variance(resp));
}
