/* SPDX-License-Identifier: Apache-2.0
 *
 * copy_decoder: stored flows out of COPY BINARY.
 *
 * Shape:   rows of all columns of flow_column in their order, then perhaps the label's text.
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

/* Runs "COPY (SELECT <all columns of f>, <label> <tail>) TO STDOUT" and gives each row. label is an
 * SQL expression ("NULL::text"), tail begins with FROM and names the flow table f. */
WEIR_MUST_CHECK int copy_decoder_run(struct connection *connection, const char *label,
                                     const char *tail, stored_flow_fn *each, void *context,
                                     struct weir_error *error);

#endif
