/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/flow_copy.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/store/copy_encoder.h"
#include "collector/store/flow_column.h"
#include "collector/store/ledger.h"

#define FLUSH_SIZE (256 * 1024)
#define TEXT_SIZE  24

void flow_copy_list_fini(struct flow_copy_list *list)
{
    free(list->at);
    *list = (struct flow_copy_list){0};
}

int flow_copy_list_add(struct flow_copy_list *list, struct flow_copy_row row)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 1024 : list->capacity * 2;
        struct flow_copy_row *at = realloc(list->at, capacity * sizeof(list->at[0]));
        if (at == NULL) {
            return WEIR_ENOMEM;
        }
        list->at = at;
        list->capacity = capacity;
    }
    list->at[list->count] = row;
    list->count++;
    return WEIR_OK;
}

static int start_copy(struct connection *connection, const struct flow_copy_target *target,
                      struct weir_buffer *buffer, struct weir_error *error)
{
    weir_buffer_reset(buffer);
    weir_buffer_add_format(buffer, "COPY %s (", target->table);
    flow_column_add_names(buffer, target->columns, "");
    weir_buffer_add_text(buffer, ") FROM STDIN (FORMAT binary)");
    weir_buffer_add_u8(buffer, 0);
    if (buffer->failed) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    PGresult *result = PQexec(connection_pq(connection), (const char *)buffer->bytes);
    const int err = connection_check(connection, result, target->table, error);
    if (err == WEIR_OK) {
        PQclear(result);
    }
    return err;
}

/* Ends the COPY, well or with a reason, and hears what PostgreSQL thinks of it. */
static int end_copy(struct connection *connection, const struct flow_copy_target *target,
                    const char *reason, struct weir_error *error)
{
    PGconn *pq = connection_pq(connection);
    if (PQputCopyEnd(pq, reason) < 0) {
        return weir_fail(error, WEIR_EPEER, "%s: %s", target->table, PQerrorMessage(pq));
    }
    int err = WEIR_OK;
    for (PGresult *result = PQgetResult(pq); result != NULL; result = PQgetResult(pq)) {
        const int each = connection_check(connection, result, target->table, error);
        if (each == WEIR_OK) {
            PQclear(result);
        } else {
            err = each;
        }
    }
    return err;
}

static int send_rows(struct connection *connection, const struct flow_copy_target *target,
                     const struct flow_copy_list *list, struct weir_buffer *buffer,
                     struct weir_error *error)
{
    PGconn *pq = connection_pq(connection);
    weir_buffer_reset(buffer);
    copy_encoder_begin(buffer);
    for (size_t i = 0; i <= list->count && !buffer->failed; i++) {
        if (i == list->count) {
            copy_encoder_end(buffer);
        } else {
            copy_encoder_add(buffer, target->columns, list->at[i].identity, list->at[i].row);
        }
        if (buffer->size < FLUSH_SIZE && i < list->count) {
            continue;
        }
        if (PQputCopyData(pq, (const char *)buffer->bytes, (int)buffer->size) < 0) {
            return weir_fail(error, WEIR_EPEER, "%s: %s", target->table, PQerrorMessage(pq));
        }
        weir_buffer_reset(buffer);
    }
    return buffer->failed ? WEIR_ENOMEM : WEIR_OK;
}

int flow_copy_send(struct connection *connection, const struct flow_copy_target *target,
                   const struct flow_copy_list *list, struct weir_buffer *buffer,
                   struct weir_error *error)
{
    if (list->count == 0) {
        return WEIR_OK;
    }
    int err = start_copy(connection, target, buffer, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = send_rows(connection, target, list, buffer, error);
    if (err == WEIR_EPEER) {
        return err;
    }
    const int ended = end_copy(connection, target, err == WEIR_OK ? NULL : "out of memory", error);
    return err == WEIR_OK ? ended : weir_fail(error, err, "out of memory");
}

int flow_copy_reject(struct connection *connection, const struct flow_copy_row *row,
                     const char *reason, struct weir_error *error)
{
    const struct weir_flow_record *record = row->row->record;
    char boot[LEDGER_BOOT_TEXT_SIZE];
    char numbers[5][TEXT_SIZE];
    ledger_boot_text(&row->identity->boot, boot);
    (void)snprintf(numbers[0], TEXT_SIZE, "%" PRId32, (int32_t)row->identity->sensor_id);
    (void)snprintf(numbers[1], TEXT_SIZE, "%" PRId64, (int64_t)row->identity->sequence);
    (void)snprintf(numbers[2], TEXT_SIZE, "%" PRId64, (int64_t)record->flow_id);
    (void)snprintf(numbers[3], TEXT_SIZE, "%" PRId64, (int64_t)record->record_no);
    (void)snprintf(numbers[4], TEXT_SIZE, "%d", record->record_type);
    const char *const values[] = {numbers[0], boot,       numbers[1], numbers[2],
                                  numbers[3], numbers[4], reason};
    return connection_query(connection,
                            "INSERT INTO weir.flow_rejected (sensor_id, boot, sequence, flow_id, "
                            "record_no, record_type, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                            values, 7, NULL, error);
}

/* One piece under a savepoint. WEIR_EDB: its content was refused, all is as before it. */
static int try_piece(struct connection *connection, const struct flow_copy_target *target,
                     const struct flow_copy_list *piece, struct weir_buffer *buffer,
                     struct weir_error *why)
{
    int err = connection_run(connection, "SAVEPOINT piece", why);
    if (err != WEIR_OK) {
        return err;
    }
    err = flow_copy_send(connection, target, piece, buffer, why);
    if (err != WEIR_OK && err != WEIR_EDB) {
        return err;
    }
    struct weir_error ignored;
    const int closed =
        connection_run(connection,
                       err == WEIR_OK ? "RELEASE piece" : "ROLLBACK TO piece; RELEASE piece",
                       err == WEIR_OK ? why : &ignored);
    return closed == WEIR_OK ? err : closed;
}

int flow_copy_bisect(struct connection *connection, const struct flow_copy_target *target,
                     const struct flow_copy_list *list, struct weir_buffer *buffer,
                     size_t *rejected, struct weir_error *error)
{
    size_t done = 0;
    size_t size = list->count;
    while (done < list->count) {
        const size_t left = list->count - done;
        const struct flow_copy_list piece = {.at = list->at + done,
                                             .count = size < left ? size : left};
        struct weir_error why = {0};
        int err = try_piece(connection, target, &piece, buffer, &why);
        if (err == WEIR_OK) {
            done += piece.count;
            size *= 2;
        } else if (err != WEIR_EDB) {
            return weir_fail(error, err, "%s", why.text);
        } else if (piece.count > 1) {
            size = piece.count / 2;
        } else {
            err = flow_copy_reject(connection, &list->at[done], why.text, error);
            if (err != WEIR_OK) {
                return err;
            }
            *rejected += 1;
            done++;
        }
    }
    return WEIR_OK;
}
