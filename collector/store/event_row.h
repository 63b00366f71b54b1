/* SPDX-License-Identifier: Apache-2.0
 *
 * event_row: the layer-2 events of a batch as rows of weir.l2_event.
 *
 * Errors:  those of connection.h; the transaction is then spoilt.
 */
#ifndef WEIR_COLLECTOR_STORE_EVENT_ROW_H
#define WEIR_COLLECTOR_STORE_EVENT_ROW_H

#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/window/flow_row.h"

/* Writes them all. Inside a transaction. */
WEIR_MUST_CHECK int event_row_write(struct connection *connection, const struct ready_batch *batch,
                                    struct weir_error *error);

#endif
