/* SPDX-License-Identifier: Apache-2.0
 *
 * exporter: the export thread: takes items off the ring, spools them, and keeps the uplink going.
 *
 * Shape:   ring -> encode -> spool -> uplink. A batch that a blocking spool cannot take waits here,
 *          the ring fills behind it, and metering waits for the ring.
 * Owns:    spool and uplink for as long as it runs; items it pops.
 * Errors:  a disk that cannot be written to (full, failing) is told once and tried again every
 *          second; what comes waits as it does for a full spool. A spool that cannot be read stops
 *          the exporter; exporter_stop() tells why. A collector that is away is no error.
 * Threads: exporter_start makes one; new models go to the metering thread by the `models` ring.
 * Source:  architecture 5.
 */
#ifndef WEIR_SENSOR_EXPORT_EXPORTER_H
#define WEIR_SENSOR_EXPORT_EXPORTER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/ring.h"

#include "proto/control.h"
#include "proto/keys.h"

#include "sensor/control/model_store.h"
#include "sensor/export/junction.h"
#include "sensor/export/spool.h"

struct exporter;

/* Fills the counters that heartbeats carry; called from the export thread. Gives how many. */
typedef size_t exporter_count_fn(void *context, struct weir_counter *counters, size_t capacity);

struct exporter_options {
    struct spool *spool; /* borrowed until exporter_stop() */
    struct spool_boot boot;
    struct weir_ring *items;   /* struct outbox_item from the lanes */
    struct junction *junction; /* who pushes them: told when nobody pops any more */
    struct weir_ring *models;  /* struct scorer_model to the metering thread */
    const char *endpoint;
    struct weir_curve_key key;
    char server_public_z85[WEIR_CURVE_TEXT_SIZE];
    int64_t heartbeat_us;
    uint16_t community_id_seed; /* 0 unless the whole organisation uses another */
    struct model_store_options store;
    bool takes_models;      /* a signing key is trusted */
    uint64_t model_version; /* active at start */
    exporter_count_fn *count;
    void *context;
};

WEIR_MUST_CHECK int exporter_start(const struct exporter_options *options, struct exporter **out,
                                   struct weir_error *error);

/* True while the collector has welcomed us; any thread. */
bool exporter_is_connected(const struct exporter *exporter);

/* Readable once the exporter has stopped by itself: everything delivered, or failed. */
int exporter_done_fd(const struct exporter *exporter);

/* Takes *exporter: asks it to stop, after at most drain_us more for what is not yet delivered, and
 * waits. WEIR_OK everything delivered; WEIR_EAGAIN batches are left in the spool; or what failed.
 */
WEIR_MUST_CHECK int exporter_stop(struct exporter **exporter, int64_t drain_us,
                                  struct weir_error *error);

#endif
