/* SPDX-License-Identifier: Apache-2.0
 *
 * flows_query: lists stored flows that fit a filter, newest first.
 *
 * Errors:  WEIR_EINVAL an address or application that is none, and connection.h's.
 */
#ifndef WEIR_COLLECTOR_STORE_FLOWS_QUERY_H
#define WEIR_COLLECTOR_STORE_FLOWS_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/store/stored_flow.h"

struct flows_query {         /* zeroed, it asks for everything */
    int64_t from_us, to_us;  /* from <= start < to; to 0 = no end */
    const char *stream;      /* NULL = any */
    const char *sensor;      /* name, NULL = any */
    const char *host;        /* address or prefix at either end, NULL = any */
    const char *orig, *resp; /* address or prefix, NULL = any */
    uint16_t port;           /* responder port, 0 = any */
    uint8_t proto;           /* 0 = any */
    const char *app;         /* name of common/flow/app.h, NULL = any */
    const char *label;       /* effective label, NULL = any; "" = unlabelled */
    bool flagged;            /* only what a model flagged */
    double min_score;        /* a model gave at least this; 0 = any */
    uint64_t flow_id;        /* only this one, of any boot; 0 = any */
    bool with_label;         /* fill in the label (costs a join) */
    bool oldest_first;
    uint64_t limit; /* 0 = no limit */
};

WEIR_MUST_CHECK int flows_query_run(struct connection *connection, const struct flows_query *query,
                                    stored_flow_fn *each, void *context, struct weir_error *error);

/* Number of flows that fit (limit does not count). */
WEIR_MUST_CHECK int flows_query_count(struct connection *connection,
                                      const struct flows_query *query, uint64_t *count,
                                      struct weir_error *error);

#endif
