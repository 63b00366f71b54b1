/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_days: the day partitions of weir.flow and the room they take.
 *
 * Errors:  those of connection.h.
 */
#ifndef WEIR_COLLECTOR_STORE_FLOW_DAYS_H
#define WEIR_COLLECTOR_STORE_FLOW_DAYS_H

#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"

struct flow_days_row {
    const char *name; /* "flow_20260105" */
    int64_t rows;     /* the planner's estimate; -1 = not yet looked at */
    uint64_t bytes;   /* with indexes */
};

typedef void flow_days_fn(const struct flow_days_row *day, void *context);

/* Each partition, oldest day first. */
WEIR_MUST_CHECK int flow_days_list(struct connection *connection, flow_days_fn *each, void *context,
                                   struct weir_error *error);

#endif
