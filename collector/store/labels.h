/* SPDX-License-Identifier: Apache-2.0
 *
 * labels: what analysts say flows are.
 *
 * A label names one flow, or all flows that fit a pattern (addresses, port, protocol, time). The
 * label of a flow beats a pattern; among equals the one given last wins. "normal" is the label of
 * what is no attack; every other text is an attack.
 *
 * Errors:  WEIR_EINVAL a label that names neither flow nor pattern, and connection.h's.
 */
#ifndef WEIR_COLLECTOR_STORE_LABELS_H
#define WEIR_COLLECTOR_STORE_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/flow_batch.h"

#include "collector/store/connection.h"

#define LABELS_NORMAL "normal"

/* Joins flow f to the label l that holds for it, as view flow_label does. */
#define LABELS_JOIN                                                                                \
    " LEFT JOIN LATERAL (SELECT x.label FROM ("                                                    \
    "(SELECT l.label, 0 AS rank FROM weir.label l WHERE l.flow_id = f.flow_id"                     \
    " AND l.boot = f.boot AND l.sensor_id = f.sensor_id AND l.retracted_at IS NULL"                \
    " ORDER BY l.id DESC LIMIT 1) UNION ALL "                                                      \
    "(SELECT l.label, 1 FROM weir.label l WHERE l.flow_id IS NULL AND l.retracted_at IS NULL"      \
    " AND (l.ts_from IS NULL OR l.ts_from <= f.ts) AND (l.ts_to IS NULL OR f.ts < l.ts_to)"        \
    " AND (l.orig IS NULL OR f.orig_h <<= l.orig) AND (l.resp IS NULL OR f.resp_h <<= l.resp)"     \
    " AND (l.resp_p IS NULL OR l.resp_p = f.resp_p) AND (l.proto IS NULL OR l.proto = f.proto)"    \
    " AND (l.stream IS NULL OR l.stream = f.stream) ORDER BY l.id DESC LIMIT 1)) x"                \
    " ORDER BY x.rank LIMIT 1) l ON true "

struct labels_row {
    const char *label; /* 1 .. 64 bytes */
    const char *who;   /* NULL = the database user */
    const char *why;   /* NULL = nothing said */
    bool of_flow;      /* true: the flow (sensor_id, boot, flow_id); else the pattern */
    uint32_t sensor_id;
    struct weir_boot_id boot;
    uint64_t flow_id;
    const char *stream;      /* NULL = any */
    const char *orig, *resp; /* address or prefix, NULL = any */
    int resp_p;              /* -1 = any */
    int proto;               /* -1 = any */
    int64_t from_us, to_us;  /* from <= start < to; to 0 = no end */
};

/* Adds all of them or none. */
WEIR_MUST_CHECK int labels_add(struct connection *connection, const struct labels_row *rows,
                               size_t count, struct weir_error *error);

/* Takes back every label of this text given by who (NULL = anybody); the rows stay, marked.
 * *removed is their number. */
WEIR_MUST_CHECK int labels_retract(struct connection *connection, const char *label,
                                   const char *who, uint64_t *removed, struct weir_error *error);

#endif
