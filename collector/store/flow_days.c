/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/flow_days.h"

#include <libpq-fe.h>

#include "collector/store/row_text.h"

int flow_days_list(struct connection *connection, flow_days_fn *each, void *context,
                   struct weir_error *error)
{
    PGresult *rows = NULL;
    const int err = connection_query(
        connection,
        "SELECT c.relname, c.reltuples::bigint, pg_total_relation_size(c.oid) FROM pg_inherits i "
        "JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'weir.flow'::regclass "
        "ORDER BY c.relname",
        NULL, 0, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        const struct flow_days_row day = {
            .name = PQgetvalue(rows, row, 0),
            .rows = row_text_integer(rows, row, 1),
            .bytes = (uint64_t)row_text_integer(rows, row, 2),
        };
        each(&day, context);
    }
    PQclear(rows);
    return WEIR_OK;
}
