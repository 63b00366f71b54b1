/* SPDX-License-Identifier: Apache-2.0
 *
 * copy_decoder: stored flows out of COPY BINARY.
 *
 * Shape:   rows of all columns of weir.flow in their order; then, when asked for, the values of
 *          weir.flow_statistics; then perhaps the label's text.
 * Errors:  WEIR_EFORMAT when the bytes are no such row.
 */
#ifndef WEIR_COLLECTOR_STORE_COPY_DECODER_H
#define WEIR_COLLECTOR_STORE_COPY_DECODER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/cursor.h"
#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/store/stored_flow.h"

/* Skips the header of the stream. */
WEIR_MUST_CHECK int copy_decoder_begin(struct weir_cursor *cursor);

/* Reads one row into *out, whose row.record points into it. WEIR_ENOENT at the trailer. */
WEIR_MUST_CHECK int copy_decoder_next(struct weir_cursor *cursor, struct stored_flow *out);

struct copy_decoder_query {
    const char *tail;     /* begins with FROM and names the flow table f */
    const char *label;    /* SQL expression, NULL = none */
    bool with_statistics; /* the tail names weir.flow_statistics s, joined from the left */
};

/* Runs "COPY (SELECT <all columns of f> [, <values of s>], <label> <tail>) TO STDOUT" and gives
 * each row. */
WEIR_MUST_CHECK int copy_decoder_run(struct connection *connection,
                                     const struct copy_decoder_query *query, stored_flow_fn *each,
                                     void *context, struct weir_error *error);

#endif
