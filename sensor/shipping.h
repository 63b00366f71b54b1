/* SPDX-License-Identifier: Apache-2.0
 *
 * shipping: everything a sensor needs to send records to a collector, put together: keys, spool,
 * boot, outbox, export thread, and the way back for models.
 *
 * Owns:    all of it, until shipping_stop().
 * Errors:  a sentence that names the setting or file.
 * Threads: the metering thread; the exporter's own thread is inside.
 */
#ifndef WEIR_SENSOR_SHIPPING_H
#define WEIR_SENSOR_SHIPPING_H

#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/flow_record.h"

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

/* Opens the spool and starts the export thread; keys are copied. */
WEIR_MUST_CHECK int shipping_start(const struct sensor_options *options,
                                   const struct shipping_keys *keys, struct tally *tally,
                                   struct scorer *scorer, struct shipping **out,
                                   struct weir_error *error);

/* Whom to ask, while records wait for room, whether the program is to end; see outbox.h. */
void shipping_set_ends(struct shipping *shipping, outbox_ends_fn *ends, void *context,
                       int64_t patience_us);

/* Records on their way; see outbox.h. */
WEIR_MUST_CHECK int shipping_add(struct shipping *shipping, const struct weir_flow_record *record);
bool shipping_is_due(const struct shipping *shipping, int64_t clock_us);
WEIR_MUST_CHECK int shipping_advance(struct shipping *shipping, int64_t clock_us, int64_t low_us);
WEIR_MUST_CHECK int shipping_finish(struct shipping *shipping, int64_t clock_us);

/* Activates a model that has arrived. True when there was one. */
bool shipping_take_model(struct shipping *shipping);

/* Readable once everything is delivered, or exporting has failed. */
int shipping_done_fd(const struct shipping *shipping);

/* Takes *shipping: goes on delivering for at most drain_us, then stops. WEIR_EAGAIN: the rest waits
 * in the spool. */
WEIR_MUST_CHECK int shipping_stop(struct shipping **shipping, int64_t drain_us,
                                  struct weir_error *error);

#endif
