/* SPDX-License-Identifier: Apache-2.0
 *
 * shipping: everything a sensor needs to send records to a collector, put together: keys, spool,
 * boot, outbox, export thread, and the way back for models.
 *
 * Owns:    all of it, until shipping_stop().
 * Errors:  a sentence that names the setting or file.
 * Threads: started and stopped by one; a lane uses what bears its number. The exporter's own thread
 *          is inside.
 */
#ifndef WEIR_SENSOR_SHIPPING_H
#define WEIR_SENSOR_SHIPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "proto/keys.h"

#include "sensor/export/outbox.h"
#include "sensor/score/scorer.h"
#include "sensor/sensor_options.h"
#include "sensor/tally.h"

struct shipping;

/* What is read from files that only root may be able to read. */
struct shipping_keys {
    struct weir_curve_key own;
    struct weir_curve_key server; /* its public half */
    struct weir_sign_key trusted; /* its public half; signs models */
    bool takes_models;            /* there is a trusted key */
};

/* Reads the keys, before privileges are dropped. */
WEIR_MUST_CHECK int shipping_load_keys(const struct sensor_options *options,
                                       struct shipping_keys *keys, struct weir_error *error);
void shipping_keys_fini(struct shipping_keys *keys);

/* Opens the spool and starts the export thread; keys are copied. lanes: how many push records. */
WEIR_MUST_CHECK int shipping_start(const struct sensor_options *options,
                                   const struct shipping_keys *keys, struct tally *tally,
                                   size_t lanes, struct shipping **out, struct weir_error *error);

/* Where a lane's records go; see outbox.h. Owned by shipping. */
struct outbox *shipping_outbox(struct shipping *shipping, size_t lane);

/* Lays a model that has arrived out for every lane. One thread only. */
void shipping_spread_models(struct shipping *shipping);

/* The lane's own thread: activates what was laid out for it. True when there was something. */
bool shipping_take_model(struct shipping *shipping, size_t lane, struct scorer *scorer);

/* The counters of the tally, the spool and the ring, as the last heartbeat had them; any thread. */
size_t shipping_count(struct shipping *shipping, struct weir_counter *counters, size_t capacity);

/* Of the model laid out last; 0 = none. The thread that lays them out. */
uint64_t shipping_model_version(const struct shipping *shipping);

/* True while the collector has welcomed us; any thread. */
bool shipping_is_connected(const struct shipping *shipping);

/* Readable once everything is delivered, or exporting has failed. */
int shipping_done_fd(const struct shipping *shipping);

/* Takes *shipping: goes on delivering for at most drain_us, then stops. WEIR_EAGAIN: the rest waits
 * in the spool. WEIR_EFULL: all that is left of a replay is delivered, but the spool had to give
 * some of it up. */
WEIR_MUST_CHECK int shipping_stop(struct shipping **shipping, int64_t drain_us,
                                  struct weir_error *error);

#endif
