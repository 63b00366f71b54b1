/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/restore.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

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

int restore_recent_flows(struct connection *connection, int64_t span_us, stored_flow_fn *each,
                         void *context, struct weir_error *error)
{
    /* The newest start of each stream is asked for by walking the streams of the ledger: no scan of
     * all flows for their names. */
    char tail[640];
    (void)snprintf(
        tail, sizeof(tail),
        "FROM (SELECT DISTINCT p.stream FROM weir.ledger_position p) s "
        "CROSS JOIN LATERAL (SELECT max(n.ts) AS ts FROM weir.flow n WHERE n.stream = s.stream) n "
        "JOIN weir.flow f ON f.stream = s.stream AND "
        "f.ts > n.ts - interval '1 microsecond' * %" PRId64 " ORDER BY f.stream, f.order_ts",
        span_us);
    return copy_decoder_run(connection, "NULL::text", tail, each, context, error);
}
