/* SPDX-License-Identifier: Apache-2.0
 *
 * marker_watch: when the batches that hold markers were first sent.
 *
 * A frame cannot tell when it is sent itself, so the next marker tells it of this one.
 *
 * Shape:   markers spooled and not yet sent wait in a ring; of more than MARKER_WATCH_MAX the
 *          oldest is forgotten.
 * Units:   microseconds of the wall clock.
 * Threads: the export thread.
 */
#ifndef WEIR_SENSOR_EXPORT_MARKER_WATCH_H
#define WEIR_SENSOR_EXPORT_MARKER_WATCH_H

#include <stddef.h>
#include <stdint.h>

#define MARKER_WATCH_MAX 64

struct marker_watch {     /* {0} is one that has seen nothing */
    uint64_t sent_number; /* the newest marker whose batch has been sent; 0 = none */
    int64_t sent_us;      /* when */
    size_t first, count;
    struct {
        uint64_t sequence, number;
    } waiting[MARKER_WATCH_MAX];
};

/* The batch of this sequence holds this marker. Sequences only rise. */
void marker_watch_add(struct marker_watch *watch, uint64_t sequence, uint64_t number);

/* The batch of this sequence was sent for the first time. */
void marker_watch_on_sent(struct marker_watch *watch, uint64_t sequence, int64_t now_us);

#endif
