/* SPDX-License-Identifier: Apache-2.0
 *
 * ingest: what sensors say, checked, answered, and passed on to the order stage.
 *
 * Shape:   gate events in; calls of the order's interface and frames to the gate out.
 * Owns:    its sessions and scratch memory; borrows gate, order and the model on offer.
 * Errors:  whatever a peer does wrong is answered with REFUSE and a sentence, counted and logged;
 *          the collector goes on. Only want of memory and a gate that cannot start are errors.
 * Threads: the collector's main thread.
 * Source:  architecture 5 and 6.
 */
#ifndef WEIR_COLLECTOR_INGEST_INGEST_H
#define WEIR_COLLECTOR_INGEST_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/gate/gate.h"
#include "collector/ingest/session.h"
#include "collector/order/order.h"
#include "collector/rollout/model_offer.h"
#include "collector/store/store_worker.h"

struct ingest;

/* Takes *job for the store, or leaves it and says false when there is no room. */
typedef bool ingest_give_fn(void *context, struct store_job **job);

struct ingest_options {
    struct gate *gate;
    struct order *order;
    struct model_offer *offer;
    ingest_give_fn *give_job; /* store_worker_give() for the collector */
    void *job_context;
    int64_t heartbeat_us; /* asked of sensors */
    int64_t max_lag_us;
    uint32_t expect_sensors;
};

struct ingest_counters {
    uint64_t frames, batches, bad_batches, records, refused_peers, unknown_keys;
    uint64_t flagged;      /* records that came ahead of their batch */
    uint64_t flagged_lost; /* of these: the store had no room; they come once more, to stay */
};

WEIR_MUST_CHECK int ingest_new(const struct ingest_options *options, struct ingest **out);
void ingest_free(struct ingest *ingest);

/* Takes over the sensors of a roster, and tells the gate whose keys may connect. Sessions of
 * sensors that are not on it any more, or revoked, end. */
WEIR_MUST_CHECK int ingest_set_roster(struct ingest *ingest, const struct store_roster *roster,
                                      struct order_now now);

/* Takes in what the gate has, as much as one turn of the main loop may cost. */
WEIR_MUST_CHECK int ingest_receive(struct ingest *ingest, struct order_now now,
                                   struct weir_error *error);

/* Sends the order's acknowledgements to the sessions they are for. */
void ingest_send_acks(struct ingest *ingest);

/* Tells a sensor that this number is stored with other content: what it has not delivered comes
 * again under a new boot id. Its session is over until it says HELLO. */
void ingest_refuse_conflict(struct ingest *ingest, uint32_t sensor_id, uint64_t sequence,
                            struct order_now now);

/* Offers the model on offer to every session. */
void ingest_offer_model(struct ingest *ingest);

struct ingest_counters ingest_counters(const struct ingest *ingest);

#endif
