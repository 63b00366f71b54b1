/* SPDX-License-Identifier: Apache-2.0
 *
 * lane: one way from packets to records: its own capture, decoder, meter and scorer.
 *
 * Shape:   a sensor has one lane, or several that share the packets of live interfaces by
 *          connection. Flow ids of different lanes differ in their highest bits.
 * Owns:    its capture, meter and scorer. Writer, window, shipping and tally are borrowed.
 * Errors:  what stops a lane is kept; lane_result() says it.
 * Threads: one thread a lane, which runs it; lane_set_timeouts(), lane_beats() and what is asked
 *          after lane_run() has come back are for the thread that made it.
 */
#ifndef WEIR_SENSOR_LANE_H
#define WEIR_SENSOR_LANE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/kdd_window.h"

#include "sensor/capture/capture.h"
#include "sensor/capture/replay_pace.h"
#include "sensor/export/record_writer.h"
#include "sensor/layer2_shared.h"
#include "sensor/sensor_options.h"
#include "sensor/shipping.h"
#include "sensor/tally.h"

struct lane;

/* Asked now and then, never per packet, from the lane's thread: true when the lane is to stop. */
typedef bool lane_look_fn(void *context);

struct lane_options {
    const struct sensor_options *options;
    size_t number, count; /* this one, of so many */
    uint64_t hash_key;
    struct replay_pace pace;
    struct weir_kdd_window *window; /* NULL without a collector; all lanes share it */
    pthread_mutex_t *window_lock;   /* NULL when there is one lane */
    struct record_writer *writer;   /* NULL without --output */
    pthread_mutex_t *writer_lock;   /* NULL when there is one lane */
    struct layer2_shared *layer2;   /* NULL: not watched; all lanes share it */
    struct tally *tally;
    lane_look_fn *look;
    void *context;
    int wake_fd; /* readable when look has something to see; -1 = none */
};

/* Takes *capture, even when it fails. WEIR_EINVAL, WEIR_ENOMEM. */
WEIR_MUST_CHECK int lane_new(const struct lane_options *options, struct capture **capture,
                             struct lane **out, struct weir_error *error);
void lane_free(struct lane *lane);

/* Before lane_run(): records go to the collector too. NULL: no longer. */
void lane_set_shipping(struct lane *lane, struct shipping *shipping);

/* Looks at signals, models, room and counters. True when the lane is stopping. */
bool lane_look_up(struct lane *lane);
bool lane_has_model(const struct lane *lane);

/* Meters until the input ends or the lane is to stop; then, unless a resumable replay was stopped,
 * ends its flows. */
void lane_run(struct lane *lane);

/* Says that this lane's records are over. */
void lane_finish(struct lane *lane);

/* The first failure of where records go. */
int lane_result(const struct lane *lane);
bool lane_was_damaged(const struct lane *lane);

/* Other timeouts for the flows from here on; any thread. */
void lane_set_timeouts(struct lane *lane, const struct timeouts *timeouts);

/* How often the lane has looked up: a number that stands still tells of a lane that does. */
uint64_t lane_beats(const struct lane *lane);

#endif
