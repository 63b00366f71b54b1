/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_row: one record of a batch with what the fleet adds to it; what order gives to score and
 * store.
 *
 * Shape:   START and INTERIM rows become flow_open, FINAL rows become flow.
 * Owns:    a ready_batch owns its records and rows, which lie in its arena; a row points into it.
 * Source:  architecture 6 and 7.
 */
#ifndef WEIR_COLLECTOR_WINDOW_FLOW_ROW_H
#define WEIR_COLLECTOR_WINDOW_FLOW_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"

#include "common/flow/flow_batch.h"

enum flow_row_reason { /* why a row has no frozen columns; the text is stored */
    FLOW_ROW_COMPLETE = 0,
    FLOW_ROW_LATE = 1,          /* arrived behind the watermark */
    FLOW_ROW_LAGGING = 2,       /* its sensor was set aside as a laggard */
    FLOW_ROW_CLOCK_SUSPECT = 3, /* its sensor's clock cannot be trusted */
    FLOW_ROW_NO_VECTOR = 4,     /* a protocol without KDD vector */
    FLOW_ROW_UNKNOWN_START = 5, /* FINAL whose START is nowhere to be found */
};

struct flow_row {
    const struct weir_flow_record *record;
    struct weir_kdd_counts frozen; /* valid when reason is FLOW_ROW_COMPLETE */
    int64_t order_us;              /* start after clock correction; = start_us without one */
    enum flow_row_reason reason;
    struct weir_verdict fleet; /* filled by score */
};

/* A batch whose rows are all ready: the unit of one ledger row. */
struct ready_batch {
    uint32_t sensor_id;
    struct weir_flow_batch batch; /* identity, stream, low_us; records belong to this ready_batch */
    uint64_t content_hash;        /* XXH3 of the payload as received */
    size_t wire_bytes;            /* payload bytes, for credit */
    int64_t received_us;          /* wall time it came in; 0 = not known */
    int64_t released_us;          /* wall time it was given to the store; 0 = not yet */
    struct flow_row *rows;        /* batch.count of them, same order as batch.records */
    struct weir_arena arena;      /* holds records and rows */
};

/* An empty batch whose arena may hand out `limit` bytes (0 = no limit); ingest decodes into it.
 * NULL when out of memory. */
struct ready_batch *flow_row_batch_new(size_t limit);
void flow_row_batch_free(struct ready_batch *batch);

/* "complete", "late", ...: the text that is stored. NULL for a value out of range. */
const char *flow_row_reason_text(enum flow_row_reason reason);

/* The reason whose text these size bytes are; false for none, and for "complete", which a table
 * shows by null. */
bool flow_row_reason_parse(const char *text, size_t size, enum flow_row_reason *out);

#endif
