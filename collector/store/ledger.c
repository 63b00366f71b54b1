/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/ledger.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#define STATEMENT  "weir_ledger_enter"
#define PARAMETERS 9
#define TEXT_SIZE  24

/* The last SELECT sees the ledger as it was before this statement: a hash there is an old one. */
static const char enter_sql[] =
    "WITH fresh AS ("
    " INSERT INTO weir.ledger (sensor_id, boot, sequence, hash, rows)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1),"
    "moved AS ("
    " INSERT INTO weir.ledger_position AS p"
    " (sensor_id, boot, sequence, last_record_no, low_us, newest_us, stream)"
    " SELECT $1, $2, $3, $6, $7, $9, $8 FROM fresh"
    " ON CONFLICT (sensor_id, boot) DO UPDATE SET sequence = EXCLUDED.sequence,"
    " last_record_no = EXCLUDED.last_record_no, low_us = EXCLUDED.low_us,"
    " stream = EXCLUDED.stream,"
    " newest_us = greatest(p.newest_us, EXCLUDED.newest_us), committed_at = EXCLUDED.committed_at"
    " WHERE p.sequence < EXCLUDED.sequence) "
    "SELECT (SELECT count(*) FROM fresh), (SELECT l.hash FROM weir.ledger l"
    " WHERE l.sensor_id = $1 AND l.boot = $2 AND l.sequence = $3)";

int ledger_prepare(struct connection *connection, struct weir_error *error)
{
    /* 23 integer, 2950 uuid, 20 bigint, 25 text: fixed numbers of PostgreSQL */
    static const Oid types[PARAMETERS] = {23, 2950, 20, 20, 23, 20, 20, 25, 20};
    PGresult *result =
        PQprepare(connection_pq(connection), STATEMENT, enter_sql, PARAMETERS, types);
    const int err = connection_check(connection, result, "ledger", error);
    if (err == WEIR_OK) {
        PQclear(result);
    }
    return err;
}

/* Latest start among its finished flows; 0 when there is none. */
static int64_t newest_start(const struct ready_batch *batch)
{
    int64_t newest = 0;
    for (size_t i = 0; i < batch->batch.count; i++) {
        const struct weir_flow_record *record = batch->rows[i].record;
        if (record->record_type == WEIR_RECORD_FINAL && record->start_us > newest) {
            newest = record->start_us;
        }
    }
    return newest;
}

int ledger_enter(struct connection *connection, const struct ready_batch *batch,
                 enum ledger_answer *answer, struct weir_error *error)
{
    char boot[LEDGER_BOOT_TEXT_SIZE];
    char numbers[7][TEXT_SIZE];
    ledger_boot_text(&batch->batch.boot, boot);
    const int64_t hash = (int64_t)batch->content_hash;
    (void)snprintf(numbers[0], TEXT_SIZE, "%" PRId32, (int32_t)batch->sensor_id);
    (void)snprintf(numbers[1], TEXT_SIZE, "%" PRId64, (int64_t)batch->batch.sequence);
    (void)snprintf(numbers[2], TEXT_SIZE, "%" PRId64, hash);
    (void)snprintf(numbers[3], TEXT_SIZE, "%zu", batch->batch.count);
    (void)snprintf(numbers[4], TEXT_SIZE, "%" PRId64, (int64_t)batch->batch.last_record_no);
    (void)snprintf(numbers[5], TEXT_SIZE, "%" PRId64, batch->batch.low_us);
    (void)snprintf(numbers[6], TEXT_SIZE, "%" PRId64, newest_start(batch));
    const char *const values[PARAMETERS] = {
        numbers[0], boot,       numbers[1],          numbers[2], numbers[3],
        numbers[4], numbers[5], batch->batch.stream, numbers[6],
    };
    PGresult *result =
        PQexecPrepared(connection_pq(connection), STATEMENT, PARAMETERS, values, NULL, NULL, 0);
    const int err = connection_check(connection, result, "ledger", error);
    if (err != WEIR_OK) {
        return err;
    }
    const bool fresh = PQgetvalue(result, 0, 0)[0] == '1';
    const bool old = PQgetisnull(result, 0, 1) == 0;
    const bool same = old && strtoll(PQgetvalue(result, 0, 1), NULL, 10) == hash;
    PQclear(result);
    if (!fresh && !old) {
        return weir_fail(error, WEIR_EAGAIN,
                         "ledger: another collector is storing the same batch right now");
    }
    *answer = fresh ? LEDGER_NEW : same ? LEDGER_KNOWN : LEDGER_CONFLICT;
    return WEIR_OK;
}

void ledger_boot_text(const struct weir_boot_id *boot, char text[LEDGER_BOOT_TEXT_SIZE])
{
    for (size_t i = 0; i < sizeof(boot->bytes); i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", boot->bytes[i]);
    }
}
