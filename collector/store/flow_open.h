/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_open: connections that have not ended, as their latest START or INTERIM tells.
 *
 * Shape:   of one transaction's START and INTERIM rows only the newest of each connection is
 *          written, and none whose FINAL is in the same transaction.
 * Source:  architecture 7.
 */
#ifndef WEIR_COLLECTOR_STORE_FLOW_OPEN_H
#define WEIR_COLLECTOR_STORE_FLOW_OPEN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/store/flow_copy.h"

#define FLOW_OPEN_STAGE "pg_temp.flow_stage"

/* Makes the session's staging table. */
WEIR_MUST_CHECK int flow_open_prepare(struct connection *connection, struct weir_error *error);

/* Sorts opens and keeps the newest of each connection that no row of finals ends. Of the finals
 * that may have a row in the table, those are added to ended. */
WEIR_MUST_CHECK int flow_open_settle(struct flow_copy_list *opens,
                                     const struct flow_copy_list *finals,
                                     struct flow_copy_list *ended);

/* Moves what was copied into the staging table into flow_open. */
WEIR_MUST_CHECK int flow_open_merge(struct connection *connection, struct weir_buffer *buffer,
                                    struct weir_error *error);

/* Removes the connections of ended. */
WEIR_MUST_CHECK int flow_open_remove(struct connection *connection,
                                     const struct flow_copy_list *ended, struct weir_buffer *buffer,
                                     struct weir_error *error);

#endif
