/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_shared: the rules below IP of one sensor, for all of its lanes.
 *
 * The kernel deals frames without ports out to lanes as it likes, so the stations and addresses of
 * a network are known to the lanes together or to none.
 *
 * Owns:    the watch and the lists of the [layer2] section.
 * Threads: any lane, one at a time behind a lock; with one lane there is no lock. The lane whose
 *          packet it was gets the events.
 */
#ifndef WEIR_SENSOR_LAYER2_SHARED_H
#define WEIR_SENSOR_LAYER2_SHARED_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "sensor/inspect/layer2_watch.h"
#include "sensor/sensor_options.h"

struct layer2_shared;

struct layer2_caller { /* whoever gets the events of a call; it must not call back */
    layer2_sink_fn *sink;
    void *context;
};

/* *out is NULL when layer2.enabled says no: every function here then does nothing. WEIR_EINVAL for
 * what sensor_layer2_init() refuses, WEIR_ENOMEM. */
WEIR_MUST_CHECK int layer2_shared_new(const struct sensor_options *options, size_t lanes,
                                      uint64_t hash_key, struct layer2_shared **out,
                                      struct weir_error *error);
void layer2_shared_free(struct layer2_shared *shared);

/* As layer2_watch_add(), for a packet that a layer2_gate wants. */
void layer2_shared_add(struct layer2_shared *shared, const struct layer2_caller *caller,
                       const struct packet *packet);
void layer2_shared_advance(struct layer2_shared *shared, const struct layer2_caller *caller,
                           int64_t now_us);

/* A lane is at its end; the last one to say so gets what is left. */
void layer2_shared_drain(struct layer2_shared *shared, const struct layer2_caller *caller);

void layer2_shared_counters(struct layer2_shared *shared, struct layer2_counters *out);

#endif
