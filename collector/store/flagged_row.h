/* SPDX-License-Identifier: Apache-2.0
 *
 * flagged_row: copies of flows that sensors flagged, as rows of weir.flagged_flow.
 *
 * Copies are for whoever watches now: they may come twice or not at all, and are kept for a day.
 * The flows themselves are stored with their batches, exactly once.
 *
 * Errors:  those of connection.h.
 */
#ifndef WEIR_COLLECTOR_STORE_FLAGGED_ROW_H
#define WEIR_COLLECTOR_STORE_FLAGGED_ROW_H

#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/window/flow_row.h"

/* Writes the records of a batch that no order has seen; its rows are made here. Not inside a
 * transaction. */
WEIR_MUST_CHECK int flagged_row_write(struct connection *connection, struct ready_batch *batch,
                                      struct weir_error *error);

/* Deletes those older than a day. */
WEIR_MUST_CHECK int flagged_row_forget(struct connection *connection, struct weir_error *error);

#endif
