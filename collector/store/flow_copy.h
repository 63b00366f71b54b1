/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_copy: sends rows into a table by COPY BINARY, and finds the one that PostgreSQL will not
 * take.
 *
 * Errors:  those of connection.h; the transaction is then spoilt.
 */
#ifndef WEIR_COLLECTOR_STORE_FLOW_COPY_H
#define WEIR_COLLECTOR_STORE_FLOW_COPY_H

#include <stddef.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/store/flow_column.h"
#include "collector/store/stored_flow.h"
#include "collector/window/flow_row.h"

struct flow_copy_row {
    const struct stored_flow *identity; /* of its batch: sensor_id, boot, sequence, stream */
    const struct flow_row *row;
};

struct flow_copy_list {
    struct flow_copy_row *at;
    size_t count, capacity;
};

void flow_copy_list_fini(struct flow_copy_list *list);
WEIR_MUST_CHECK int flow_copy_list_add(struct flow_copy_list *list, struct flow_copy_row row);

struct flow_copy_target {
    const char *table; /* "weir.flow" and the like */
    const struct flow_column_list *columns;
};

/* All rows in one COPY; buffer is scratch. */
WEIR_MUST_CHECK int flow_copy_send(struct connection *connection,
                                   const struct flow_copy_target *target,
                                   const struct flow_copy_list *list, struct weir_buffer *buffer,
                                   struct weir_error *error);

/* The same under savepoints, halving what fails; a single row that fails goes to flow_rejected with
 * PostgreSQL's sentence. *rejected counts them. */
WEIR_MUST_CHECK int flow_copy_bisect(struct connection *connection,
                                     const struct flow_copy_target *target,
                                     const struct flow_copy_list *list, struct weir_buffer *buffer,
                                     size_t *rejected, struct weir_error *error);

/* Puts one record into flow_rejected. */
WEIR_MUST_CHECK int flow_copy_reject(struct connection *connection, const struct flow_copy_row *row,
                                     const char *reason, struct weir_error *error);

#endif
