/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/restore.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "collector/store/copy_decoder.h"
#include "collector/store/row_text.h"

/* What is committed, then who was in session and has committed nothing. A revoked sensor will not
 * come, so nobody waits for it. The boots of a sensor come oldest first. */
static const char positions_sql[] =
    "SELECT p.sensor_id, p.boot, p.stream, p.sequence, p.last_record_no, p.low_us,"
    " coalesce(s.clock_offset_us, 0), p.committed_at AS at FROM weir.ledger_position p"
    " LEFT JOIN weir.sensor_session s ON s.sensor_id = p.sensor_id AND s.stream = p.stream "
    "UNION ALL SELECT s.sensor_id, s.boot, s.stream, 0, 0, (-9223372036854775808)::bigint,"
    " s.clock_offset_us, s.joined_at FROM weir.sensor_session s"
    " WHERE NOT EXISTS (SELECT FROM weir.ledger_position p WHERE p.sensor_id = s.sensor_id"
    " AND p.boot = s.boot) AND NOT EXISTS (SELECT FROM weir.sensor r WHERE r.id = s.sensor_id"
    " AND r.revoked) ORDER BY sensor_id, at, boot";

int restore_positions(struct connection *connection, restore_position_fn *each, void *context,
                      struct weir_error *error)
{
    PGresult *rows = NULL;
    const int err = connection_query(connection, positions_sql, NULL, 0, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        struct restore_position position = {
            .sensor_id = (uint32_t)row_text_integer(rows, row, 0),
            .sequence = (uint64_t)row_text_integer(rows, row, 3),
            .last_record_no = (uint64_t)row_text_integer(rows, row, 4),
            .low_us = row_text_integer(rows, row, 5),
            .clock_offset_us = row_text_integer(rows, row, 6),
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
    const struct copy_decoder_query query = {
        .tail = "FROM weir.flow_open f ORDER BY f.stream, f.order_ts"};
    return copy_decoder_run(connection, &query, each, context, error);
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
    const struct copy_decoder_query query = {.tail = tail};
    return copy_decoder_run(connection, &query, each, context, error);
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
