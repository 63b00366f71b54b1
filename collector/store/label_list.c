/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/label_list.h"

#include <libpq-fe.h>
#include <stddef.h>

#include "collector/store/row_text.h"

/* A flow is named as view conn names it. */
static const char list_sql[] =
    "SELECT l.id, weir.micros(l.at), l.who, l.label, "
    "CASE WHEN l.flow_id IS NOT NULL THEN 'flow ' || coalesce(s.name, l.sensor_id::text) || '/' || "
    "encode(substr(uuid_send(l.boot), 1, 4), 'hex') || '/' || l.flow_id ELSE "
    "concat_ws(' ', 'orig ' || l.orig::text, 'resp ' || l.resp::text, 'port ' || l.resp_p, "
    "'proto ' || l.proto, 'stream ' || l.stream, "
    "'from ' || to_char(l.ts_from, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), "
    "'to ' || to_char(l.ts_to, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')) END, "
    "coalesce(l.why, '') "
    "FROM weir.label l LEFT JOIN weir.sensor s ON s.id = l.sensor_id "
    "WHERE l.retracted_at IS NULL ORDER BY l.id DESC LIMIT nullif($1::bigint, 0)";

int label_list_read(struct connection *connection, uint64_t limit, label_list_fn *each,
                    void *context, struct weir_error *error)
{
    char number[ROW_TEXT_SIZE];
    const char *const values[] = {row_text_of(limit, number)};
    PGresult *rows = NULL;
    const int err = connection_query(connection, list_sql, values, 1, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        const struct label_list_row label = {
            .id = (uint64_t)row_text_integer(rows, row, 0),
            .at_us = row_text_integer(rows, row, 1),
            .who = PQgetvalue(rows, row, 2),
            .label = PQgetvalue(rows, row, 3),
            .what = PQgetvalue(rows, row, 4),
            .why = PQgetvalue(rows, row, 5),
        };
        each(&label, context);
    }
    PQclear(rows);
    return WEIR_OK;
}
