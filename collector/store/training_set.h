/* SPDX-License-Identifier: Apache-2.0
 *
 * training_set: streams stored flows with their labels to a trainer, in bounded memory.
 *
 * Rows come by stream, start, sensor, boot and flow id, so the same database gives the same bytes.
 *
 * Errors:  those of connection.h; WEIR_ESCHEMA for a schema without windows here.
 */
#ifndef WEIR_COLLECTOR_STORE_TRAINING_SET_H
#define WEIR_COLLECTOR_STORE_TRAINING_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/feature_schema.h"

#include "collector/store/connection.h"
#include "collector/store/stored_flow.h"

struct training_set_query {
    const struct weir_feature_schema *schema; /* sensor: immediate counts; kdd41, fleet: frozen */
    int64_t from_us, to_us;                   /* from <= start < to; to 0 = no end */
    const char *stream;                       /* NULL = every stream */
    const char *unlabelled; /* label of flows that have none; NULL = leave them out */
};

/* flow->label is never "". counts are the windows of the schema. False stops early. */
typedef bool training_set_fn(const struct stored_flow *flow, const struct weir_kdd_counts *counts,
                             void *context);

/* Flows without the schema's windows are left out; *skipped (may be NULL) counts them. */
WEIR_MUST_CHECK int training_set_read(struct connection *connection,
                                      const struct training_set_query *query, training_set_fn *each,
                                      void *context, uint64_t *skipped, struct weir_error *error);

#endif
