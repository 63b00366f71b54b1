/* SPDX-License-Identifier: Apache-2.0
 *
 * clock_offset: how far a sensor's clock is from ours, measured by the four stamps of heartbeats.
 *
 * Shape:   the latest eight measurements; the one with the shortest way there and back counts.
 * Units:   microseconds; positive = the sensor's clock is ahead.
 * Source:  RFC 5905 section 8 (offset and delay); architecture 6 (a stable offset is corrected, an
 *          unstable one never enters the order).
 */
#ifndef WEIR_COLLECTOR_INGEST_CLOCK_OFFSET_H
#define WEIR_COLLECTOR_INGEST_CLOCK_OFFSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_OFFSET_SAMPLES   8
#define CLOCK_OFFSET_IGNORE_US INT64_C(100000) /* below this a clock is right */
#define CLOCK_OFFSET_SPREAD_US INT64_C(250000) /* measurements this near each other are stable */

enum clock_verdict {
    CLOCK_RIGHT,
    CLOCK_OFF,
    CLOCK_UNSTABLE
};

struct clock_offset { /* {0} has measured nothing: CLOCK_RIGHT */
    int64_t offsets_us[CLOCK_OFFSET_SAMPLES];
    int64_t delays_us[CLOCK_OFFSET_SAMPLES];
    size_t count, next;
};

struct clock_stamps {          /* of one heartbeat of a sensor */
    int64_t ours_sent_us;      /* our last heartbeat left here; 0 = it has not heard one */
    int64_t theirs_arrived_us; /* and arrived there, by its clock */
    int64_t theirs_sent_us;    /* this one left there, by its clock */
    int64_t ours_arrived_us;   /* and arrived here */
};

/* Takes one measurement. Stamps that contradict each other are passed over. */
void clock_offset_add(struct clock_offset *clock, const struct clock_stamps *stamps);

/* What is known; *offset_us is the best measurement, 0 without one. */
enum clock_verdict clock_offset_judge(const struct clock_offset *clock, int64_t *offset_us);

#endif
