/* SPDX-License-Identifier: Apache-2.0
 *
 * model_pull: fetches an offered model in chunks, and goes on where it was after a cut.
 *
 * Shape:   one offer at a time; a newer offer replaces an older one. Each call may ask for one
 *          message to be sent to the collector.
 * Owns:    the bytes received so far.
 * Errors:  whatever is wrong with an offer or a file becomes a MODEL_STATUS with a sentence.
 * Threads: the export thread.
 */
#ifndef WEIR_SENSOR_CONTROL_MODEL_PULL_H
#define WEIR_SENSOR_CONTROL_MODEL_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"

#include "proto/control.h"

#include "sensor/control/model_store.h"

struct model_pull {
    struct model_store_options store;
    uint64_t active_version;       /* 0 = none */
    struct weir_model_offer offer; /* version 0 = none under way */
    struct weir_buffer bytes;
    uint64_t refused_version; /* not asked for again */
};

void model_pull_init(struct model_pull *pull, const struct model_store_options *store,
                     uint64_t active_version);
void model_pull_fini(struct model_pull *pull);

/* Takes in a MODEL_OFFER or MODEL_CHUNK; *reply is to be sent when *has_reply. When the file is
 * whole and good, *out is the model to activate, else it stays NULL. */
void model_pull_on_control(struct model_pull *pull, const struct weir_control *control,
                           struct weir_control *reply, bool *has_reply, struct scorer_model **out);

/* The request to repeat after a reconnect; false when nothing is under way. */
bool model_pull_resume(const struct model_pull *pull, struct weir_control *request);

#endif
