/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_events: turns what the rules find into events, one for a rule and subject within a time.
 *
 * An event is told when its rule first fires, again when its count has grown tenfold, a hundredfold
 * and so on, and a last time, when its hour is over, if more came since it was told.
 *
 * Shape:   fixed capacity. A full table closes the event that was last touched longest ago.
 * Units:   packet time.
 * Owns:    its memory; an event is lent to the sink, which must not call back.
 * Threads: one owner.
 * Source:  specification 5.2.
 */
#ifndef WEIR_SENSOR_INSPECT_LAYER2_EVENTS_H
#define WEIR_SENSOR_INSPECT_LAYER2_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/l2_event.h"

typedef void layer2_sink_fn(void *context, const struct weir_l2_event *event);

struct layer2_events;

struct layer2_events_options {
    size_t capacity;  /* events open at a time */
    int64_t merge_us; /* from an event's first telling on, what is found belongs to it */
    uint64_t hash_key;
    layer2_sink_fn *sink;
    void *context;
};

/* WEIR_EINVAL without capacity, time or sink; WEIR_ENOMEM. */
WEIR_MUST_CHECK int layer2_events_new(const struct layer2_events_options *options,
                                      struct layer2_events **out);
void layer2_events_free(struct layer2_events *events);

/* A rule fired at found->last_us. The subject is its rule, VLAN, MAC and address, as far as they
 * identify it: `subject` is found with the rest zeroed. If an event of the subject is open, its
 * count grows by one, else found is told as it is. */
void layer2_events_tell(struct layer2_events *events, const struct weir_l2_event *found,
                        const struct weir_l2_event *subject);

/* Closes every event whose time is over at now_us. */
void layer2_events_advance(struct layer2_events *events, int64_t now_us);

/* Closes all. */
void layer2_events_drain(struct layer2_events *events);

/* Tellings so far, first ones and later ones. */
uint64_t layer2_events_told(const struct layer2_events *events);

#endif
