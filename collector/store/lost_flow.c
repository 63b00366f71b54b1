/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/lost_flow.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"

#include "common/flow/flow_record.h"

#include "collector/store/flow_column.h"
#include "collector/store/ledger.h"
#include "collector/store/partition.h"
#include "collector/store/row_text.h"

/* Batches of a sensor's boots in one stream are committed in the order of the boots, so a newer
 * position says that nothing more comes of the older boot. */
#define DRAINED_BOOTS                                                                              \
    "SELECT DISTINCT o.sensor_id, o.boot FROM weir.flow_open o "                                   \
    "JOIN weir.ledger_position p ON p.sensor_id = o.sensor_id AND p.boot = o.boot "                \
    "WHERE EXISTS (SELECT FROM weir.ledger_position q WHERE q.sensor_id = p.sensor_id "            \
    "AND q.stream = p.stream AND q.boot <> p.boot AND q.committed_at > p.committed_at)"

struct lost_boot {
    char sensor[ROW_TEXT_SIZE];
    char boot[LEDGER_BOOT_TEXT_SIZE];
};

/* Makes the partitions that the rows will need; outside the transaction, as partition.h asks. */
static int prepare_days(struct connection *connection, const struct lost_boot *lost,
                        struct weir_error *error)
{
    const char *const values[] = {lost->sensor, lost->boot};
    struct partition partition = {0};
    PGresult *rows = NULL;
    int err = connection_query(connection,
                               "SELECT DISTINCT weir.micros(date_trunc('day', ts)) "
                               "FROM weir.flow_open WHERE sensor_id = $1 AND boot = $2",
                               values, 2, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows) && err == WEIR_OK; row++) {
        err = partition_prepare(&partition, connection, row_text_integer(rows, row, 0), error);
    }
    PQclear(rows);
    partition_fini(&partition);
    return err;
}

/* The columns as they are in flow_open, but for the three that say how the flow ended. */
static void add_values(struct weir_buffer *buffer)
{
    for (size_t i = 0; i < flow_column_flow.count; i++) {
        const char *name = flow_column_flow.at[i].name;
        weir_buffer_add_text(buffer, i == 0 ? "" : ", ");
        if (strcmp(name, "record_type") == 0) {
            weir_buffer_add_format(buffer, "%d", WEIR_RECORD_FINAL);
        } else if (strcmp(name, "end_reason") == 0) {
            weir_buffer_add_format(buffer, "%d", WEIR_END_FORCED);
        } else if (strcmp(name, "flow_status") == 0) {
            weir_buffer_add_format(buffer, "(flow_status & ~%" PRId64 ") | %" PRId64,
                                   (int64_t)WEIR_STATUS_INTERIM, (int64_t)WEIR_STATUS_LOST_END);
        } else {
            weir_buffer_add_text(buffer, name);
        }
    }
}

/* One statement, so that each row is taken from one table and put into the other or neither. A day
 * that was retired or is out of reach has no partition: its rows go to flow_late. */
static void add_statement(struct weir_buffer *buffer)
{
    weir_buffer_add_text(buffer,
                         "WITH gone AS (DELETE FROM weir.flow_open WHERE sensor_id = $1 "
                         "AND boot = $2 RETURNING *), placed AS (SELECT *, EXISTS (SELECT FROM "
                         "pg_inherits WHERE inhrelid = to_regclass('weir.flow_' || "
                         "to_char(ts, 'YYYYMMDD'))) AS has_day FROM gone), late AS (INSERT INTO "
                         "weir.flow_late (");
    flow_column_add_names(buffer, &flow_column_flow, "");
    weir_buffer_add_text(buffer, ") SELECT ");
    add_values(buffer);
    weir_buffer_add_text(buffer, " FROM placed WHERE NOT has_day) INSERT INTO weir.flow (");
    flow_column_add_names(buffer, &flow_column_flow, "");
    weir_buffer_add_text(buffer, ") SELECT ");
    add_values(buffer);
    weir_buffer_add_text(buffer, " FROM placed WHERE has_day");
    weir_buffer_add_u8(buffer, 0);
}

static int end_boot(struct connection *connection, const struct lost_boot *lost, uint64_t *moved,
                    struct weir_error *error)
{
    const char *const values[] = {lost->sensor, lost->boot};
    struct weir_buffer sql = {0};
    PGresult *result = NULL;
    int err = prepare_days(connection, lost, error);
    if (err != WEIR_OK) {
        return err;
    }
    add_statement(&sql);
    err = sql.failed
              ? weir_fail(error, WEIR_ENOMEM, "out of memory")
              : connection_query(connection, (const char *)sql.bytes, values, 2, &result, error);
    weir_buffer_fini(&sql);
    if (err == WEIR_OK) {
        *moved += strtoull(PQcmdTuples(result), NULL, 10);
        PQclear(result);
    }
    return err;
}

int lost_flow_end(struct connection *connection, uint32_t sensor_id,
                  const struct weir_boot_id *boot, uint64_t *moved, struct weir_error *error)
{
    struct lost_boot lost;
    uint64_t count = 0;
    (void)row_text_of(sensor_id, lost.sensor);
    ledger_boot_text(boot, lost.boot);
    const int err = end_boot(connection, &lost, &count, error);
    if (err == WEIR_OK) {
        *moved = count;
    }
    return err;
}

int lost_flow_end_all(struct connection *connection, uint64_t *moved, struct weir_error *error)
{
    PGresult *rows = NULL;
    uint64_t count = 0;
    int err = connection_query(connection, DRAINED_BOOTS, NULL, 0, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows) && err == WEIR_OK; row++) {
        struct lost_boot lost;
        struct weir_boot_id boot;
        row_text_copy(rows, row, 0, lost.sensor, sizeof(lost.sensor));
        row_text_boot(rows, row, 1, &boot);
        ledger_boot_text(&boot, lost.boot);
        err = end_boot(connection, &lost, &count, error);
    }
    PQclear(rows);
    if (err == WEIR_OK) {
        *moved = count;
    }
    return err;
}
