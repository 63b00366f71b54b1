/* SPDX-License-Identifier: Apache-2.0
 *
 * uplink: the sensor's session with the collector: hello, batches within credit, acknowledgements,
 * heartbeats, and whatever else is said on the same connection.
 *
 * What was not acknowledged is sent again after every reconnect, from the spool; the collector
 * knows each batch by its number and takes it once.
 *
 * Shape:   a state machine stepped by its owner; it never blocks. Control goes before batches.
 * Units:   bytes of whole frames for credit and flight; monotonic time for its timers.
 * Owns:    the channel; borrows the spool.
 * Errors:  a lost or refusing collector is a state, not an error: it is logged once and tried
 *          again. uplink_step() fails only for a spool that cannot be read and for the machine's
 *          own errors.
 * Threads: the export thread.
 * Source:  architecture 5.
 */
#ifndef WEIR_SENSOR_EXPORT_UPLINK_H
#define WEIR_SENSOR_EXPORT_UPLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/err.h"

#include "proto/channel.h"
#include "proto/control.h"

#include "sensor/export/marker_watch.h"
#include "sensor/export/spool.h"

struct uplink;

/* Gets every control message that is not the session's own (the model messages). */
typedef void uplink_control_fn(void *context, const struct weir_control *control);

struct uplink_options {
    struct weir_channel_options channel;
    struct spool *spool;          /* borrowed */
    struct spool_boot boot;       /* the current one */
    int64_t heartbeat_us;         /* at least so often; the collector may want it more often */
    uint64_t model_version;       /* active at start; 0 = none */
    struct marker_watch *markers; /* borrowed: told of batches when they are first sent */
    uplink_control_fn *on_control;
    void *context;
};

/* How far the sensor has come: what heartbeats say. */
struct uplink_pulse {
    int64_t low_us;
    uint64_t last_sequence; /* newest batch spooled in the current boot */
    bool has_ended;         /* last_sequence is the last of the stream */
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    size_t counter_count;
};

WEIR_MUST_CHECK int uplink_open(const struct uplink_options *options, struct uplink **out,
                                struct weir_error *error);

/* Takes *uplink. Reads what is there first, so that the last acknowledgements count. */
void uplink_close(struct uplink **uplink);

void uplink_set_pulse(struct uplink *uplink, const struct uplink_pulse *pulse);
void uplink_set_model_version(struct uplink *uplink, uint64_t version);

/* The current boot's id: another than at the start once the collector found a conflict in it. */
struct weir_boot_id uplink_boot_id(const struct uplink *uplink);

/* Receives, answers and sends all it can now. */
WEIR_MUST_CHECK int uplink_step(struct uplink *uplink, struct weir_mono now,
                                struct weir_error *error);

/* Sends one control message, or WEIR_EAGAIN when the session is not up or its queue is full. */
WEIR_MUST_CHECK int uplink_send(struct uplink *uplink, const struct weir_control *control);

/* Sends a PRIORITY frame past everything that waits in the spool. WEIR_EAGAIN also when the
 * collector does not know such frames. */
WEIR_MUST_CHECK int uplink_send_priority(struct uplink *uplink, const void *frame, size_t size);

/* Descriptors to wait on; step again after either wakes and at least every 200 ms. */
int uplink_fd(const struct uplink *uplink);
int uplink_event_fd(const struct uplink *uplink);

/* True when the stream has ended, the collector knows, and every batch is acknowledged. */
bool uplink_is_delivered(const struct uplink *uplink);

/* True while the collector has welcomed us. */
bool uplink_is_up(const struct uplink *uplink);

#endif
