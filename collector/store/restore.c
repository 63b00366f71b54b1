/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/restore.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "collector/store/copy_decoder.h"
#include "collector/store/row_text.h"

int restore_positions(struct connection *connection, restore_position_fn *each, void *context,
                      struct weir_error *error)
{
    PGresult *rows = NULL;
    const int err =
        connection_query(connection,
                         "SELECT sensor_id, boot, stream, sequence, last_record_no, low_us "
                         "FROM weir.ledger_position ORDER BY sensor_id, committed_at, boot",
                         NULL, 0, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        struct restore_position position = {
            .sensor_id = (uint32_t)row_text_integer(rows, row, 0),
            .sequence = (uint64_t)row_text_integer(rows, row, 3),
            .last_record_no = (uint64_t)row_text_integer(rows, row, 4),
            .low_us = row_text_integer(rows, row, 5),
        };
        row_text_boot(rows, row, 1, &position.boot);
        (void)snprintf(position.stream, sizeof(position.stream), "%s", PQgetvalue(rows, row, 2));
        each(&position, context);
    }
    PQclear(rows);
    return WEIR_OK;
}

int restore_open_flows(struct connection *connection, stored_flow_fn *each, void *context,
                       struct weir_error *error)
{
    return copy_decoder_run(connection, "NULL::text",
                            "FROM weir.flow_open f ORDER BY f.stream, f.order_ts", each, context,
                            error);
}

/* The recent flows of one stream. */
static int restore_stream(struct connection *connection, const char *stream, int64_t after_us,
                          stored_flow_fn *each, void *context, struct weir_error *error)
{
    PGconn *pq = connection_pq(connection);
    char *name = PQescapeLiteral(pq, stream, strlen(stream));
    if (name == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "stream name: %s", PQerrorMessage(pq));
    }
    char tail[512];
    (void)snprintf(tail, sizeof(tail),
                   "FROM weir.flow f WHERE f.stream = %s AND f.ts > weir.at(%" PRId64 ")"
                   " ORDER BY f.order_ts",
                   name, after_us);
    PQfreemem(name);
    return copy_decoder_run(connection, "NULL::text", tail, each, context, error);
}

int restore_recent_flows(struct connection *connection, int64_t span_us, stored_flow_fn *each,
                         void *context, struct weir_error *error)
{
    PGresult *rows = NULL;
    int err = connection_query(connection,
                               "SELECT stream, max(newest_us) FROM weir.ledger_position "
                               "GROUP BY stream ORDER BY stream",
                               NULL, 0, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows) && err == WEIR_OK; row++) {
        err = restore_stream(connection, PQgetvalue(rows, row, 0),
                             row_text_integer(rows, row, 1) - span_us, each, context, error);
    }
    PQclear(rows);
    return err;
}
