/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/labels.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/ledger.h"
#include "collector/store/row_text.h"

static int add_one(struct connection *connection, const struct labels_row *row,
                   struct weir_error *error)
{
    if (!row->of_flow && row->orig == NULL && row->resp == NULL && row->stream == NULL &&
        row->from_us == 0) {
        return weir_fail(error, WEIR_EINVAL,
                         "label %s: name a flow, or a pattern with an address, a stream or a time",
                         row->label);
    }
    char numbers[6][ROW_TEXT_SIZE];
    char boot[LEDGER_BOOT_TEXT_SIZE];
    ledger_boot_text(&row->boot, boot);
    const char *const values[] = {
        row->label,
        row->who,
        row->why,
        row->of_flow ? row_text_of(row->sensor_id, numbers[0]) : NULL,
        row->of_flow ? boot : NULL,
        row->of_flow ? row_text_of(row->flow_id, numbers[1]) : NULL,
        row->stream,
        row->orig,
        row->resp,
        row->of_flow || row->resp_p < 0 ? NULL : row_text_of((uint64_t)row->resp_p, numbers[2]),
        row->of_flow || row->proto < 0 ? NULL : row_text_of((uint64_t)row->proto, numbers[3]),
        row->from_us == 0 ? NULL : row_text_of((uint64_t)row->from_us, numbers[4]),
        row->to_us == 0 ? NULL : row_text_of((uint64_t)row->to_us, numbers[5]),
    };
    return connection_query(
        connection,
        "INSERT INTO weir.label (label, who, why, sensor_id, boot, flow_id, stream, orig, resp, "
        "resp_p, proto, ts_from, ts_to) VALUES ($1, coalesce($2, session_user), $3, $4, $5, $6, "
        "$7, $8, $9, $10, $11, weir.at($12), weir.at($13))",
        values, 13, NULL, error);
}

int labels_add(struct connection *connection, const struct labels_row *rows, size_t count,
               struct weir_error *error)
{
    int err = connection_run(connection, "BEGIN", error);
    if (err != WEIR_OK) {
        return err;
    }
    for (size_t i = 0; i < count && err == WEIR_OK; i++) {
        err = add_one(connection, &rows[i], error);
    }
    if (err == WEIR_OK) {
        return connection_run(connection, "COMMIT", error);
    }
    return connection_run(connection, "ROLLBACK", NULL) == WEIR_OK ? err : WEIR_EPEER;
}

int labels_retract(struct connection *connection, const char *label, const char *who,
                   uint64_t *removed, struct weir_error *error)
{
    const char *const values[] = {label, who};
    PGresult *result = NULL;
    const int err = connection_query(connection,
                                     "UPDATE weir.label SET retracted_at = now() "
                                     "WHERE label = $1 AND retracted_at IS NULL "
                                     "AND ($2::text IS NULL OR who = $2)",
                                     values, 2, &result, error);
    if (err == WEIR_OK) {
        *removed = strtoull(PQcmdTuples(result), NULL, 10);
        PQclear(result);
    }
    return err;
}
