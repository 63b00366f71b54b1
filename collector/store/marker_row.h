/* SPDX-License-Identifier: Apache-2.0
 *
 * marker_row: the markers of a batch as rows of weir.marker.
 *
 * Errors:  those of connection.h; the transaction is then spoilt.
 */
#ifndef WEIR_COLLECTOR_STORE_MARKER_ROW_H
#define WEIR_COLLECTOR_STORE_MARKER_ROW_H

#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/window/flow_row.h"

/* Writes those that are not there yet, and when earlier ones were sent. Inside a transaction. */
WEIR_MUST_CHECK int marker_row_write(struct connection *connection, const struct ready_batch *batch,
                                     struct weir_error *error);

#endif
