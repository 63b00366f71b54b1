/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/models.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/row_text.h"

#define REAL_SIZE            40
#define BYTES_PARAMETERS_MAX 16

static const char *target_text(enum models_target target)
{
    return target == MODELS_TARGET_SENSOR ? "sensor" : "fleet";
}

/* A double as text that reads back the same; NULL for none. */
static const char *real_text(double value, char text[REAL_SIZE])
{
    if (isnan(value)) {
        return NULL;
    }
    (void)snprintf(text, REAL_SIZE, "%.17g", value);
    return text;
}

int models_next_version(struct connection *connection, uint64_t *version, struct weir_error *error)
{
    PGresult *rows = NULL;
    const int err =
        connection_query(connection, "SELECT nextval('weir.model_version')", NULL, 0, &rows, error);
    if (err == WEIR_OK) {
        *version = (uint64_t)row_text_integer(rows, 0, 0);
        PQclear(rows);
    }
    return err;
}

/* Runs a statement whose last parameter is the artefact's bytes. */
static PGresult *run_with_bytes(struct connection *connection, const char *sql,
                                const char *const *texts, int count,
                                const struct models_artifact *artifact)
{
    const char *values[BYTES_PARAMETERS_MAX] = {0};
    int lengths[BYTES_PARAMETERS_MAX] = {0};
    int formats[BYTES_PARAMETERS_MAX] = {0};
    for (int i = 0; i < count; i++) {
        values[i] = texts[i];
    }
    values[count] = (const char *)artifact->bytes;
    lengths[count] = (int)artifact->size;
    formats[count] = 1;
    return PQexecParams(connection_pq(connection), sql, count + 1, NULL, values, lengths, formats,
                        0);
}

static int insert_model(struct connection *connection, const struct models_row *row,
                        const struct models_artifact *artifact, struct weir_error *error)
{
    char numbers[7][ROW_TEXT_SIZE];
    char threshold[REAL_SIZE];
    const bool from_flows = row->data_to_us != 0;
    const char *const texts[] = {
        row_text_of(row->version, numbers[0]),
        row->name,
        row->kind,
        row->schema_name,
        row_text_of(row->schema_hash, numbers[1]),
        row_text_of((uint64_t)row->created_us, numbers[2]),
        row->expires_us == 0 ? NULL : row_text_of((uint64_t)row->expires_us, numbers[3]),
        from_flows ? row_text_of((uint64_t)row->data_from_us, numbers[4]) : NULL,
        from_flows ? row_text_of((uint64_t)row->data_to_us, numbers[5]) : NULL,
        row->data_digest,
        row_text_of(row->training_rows, numbers[6]),
        real_text(row->threshold, threshold),
    };
    PGresult *result = run_with_bytes(
        connection,
        "INSERT INTO weir.model (version, name, kind, schema_name, schema_hash, created_at, "
        "expires_at, data_from, data_to, data_digest, training_rows, threshold, artifact) "
        "VALUES ($1::bigint, $2, $3, $4, $5::bigint, weir.at($6), weir.at($7), weir.at($8), "
        "weir.at($9), $10, $11::bigint, "
        "$12::float8, $13)",
        texts, 12, artifact);
    const int err = connection_check(connection, result, "registering the model", error);
    if (err == WEIR_OK) {
        PQclear(result);
    }
    return err;
}

static int insert_metric(struct connection *connection, const char *version,
                         const struct models_metric *metric, struct weir_error *error)
{
    char numbers[3][REAL_SIZE];
    const char *const values[] = {
        version,
        metric->part,
        metric->metric,
        real_text(metric->value, numbers[0]),
        real_text(metric->low, numbers[1]),
        real_text(metric->high, numbers[2]),
    };
    return connection_query(connection,
                            "INSERT INTO weir.model_evaluation (version, part, metric, value, low, "
                            "high) VALUES ($1, $2, $3, coalesce($4::float8, 'NaN'), $5, $6)",
                            values, 6, NULL, error);
}

static int end_transaction(struct connection *connection, int err, struct weir_error *error)
{
    if (err == WEIR_OK) {
        return connection_run(connection, "COMMIT", error);
    }
    return connection_run(connection, "ROLLBACK", NULL) == WEIR_OK ? err : WEIR_EPEER;
}

int models_register(struct connection *connection, const struct models_row *row,
                    const struct models_artifact *artifact, const struct models_metric *metrics,
                    size_t metric_count, struct weir_error *error)
{
    char version[ROW_TEXT_SIZE];
    (void)row_text_of(row->version, version);
    int err = connection_run(connection, "BEGIN", error);
    if (err != WEIR_OK) {
        return err;
    }
    err = insert_model(connection, row, artifact, error);
    for (size_t i = 0; i < metric_count && err == WEIR_OK; i++) {
        err = insert_metric(connection, version, &metrics[i], error);
    }
    return end_transaction(connection, err, error);
}

int models_set_artifact(struct connection *connection, const struct models_artifact *artifact,
                        struct weir_error *error)
{
    char version[ROW_TEXT_SIZE];
    const char *const texts[] = {row_text_of(artifact->version, version)};
    PGresult *result =
        run_with_bytes(connection, "UPDATE weir.model SET artifact = $2 WHERE version = $1::bigint",
                       texts, 1, artifact);
    const int err = connection_check(connection, result, "replacing the artefact", error);
    if (err != WEIR_OK) {
        return err;
    }
    const bool found = strcmp(PQcmdTuples(result), "1") == 0;
    PQclear(result);
    return found ? WEIR_OK : weir_fail(error, WEIR_ENOENT, "there is no model %s", version);
}

static void read_row(const PGresult *rows, int row, struct models_row *out)
{
    memset(out, 0, sizeof(*out));
    out->version = (uint64_t)row_text_integer(rows, row, 0);
    row_text_copy(rows, row, 1, out->name, sizeof(out->name));
    row_text_copy(rows, row, 2, out->kind, sizeof(out->kind));
    row_text_copy(rows, row, 3, out->schema_name, sizeof(out->schema_name));
    out->schema_hash = (uint64_t)row_text_integer(rows, row, 4);
    out->created_us = row_text_integer(rows, row, 5);
    out->expires_us = row_text_integer(rows, row, 6);
    out->data_from_us = row_text_integer(rows, row, 7);
    out->data_to_us = row_text_integer(rows, row, 8);
    row_text_copy(rows, row, 9, out->data_digest, sizeof(out->data_digest));
    out->training_rows = (uint64_t)row_text_integer(rows, row, 10);
    out->threshold = row_text_real(rows, row, 11);
    out->payload_size = (uint64_t)row_text_integer(rows, row, 12);
    out->active_sensor = row_text_boolean(rows, row, 13);
    out->active_fleet = row_text_boolean(rows, row, 14);
}

/* Columns as read_row takes them. */
static const char list_sql[] =
    "WITH active AS (SELECT DISTINCT ON (target) target, version FROM weir.model_activation "
    "ORDER BY target, id DESC) "
    "SELECT m.version, m.name, m.kind, m.schema_name, m.schema_hash, weir.micros(m.created_at), "
    "weir.micros(m.expires_at), weir.micros(m.data_from), weir.micros(m.data_to), m.data_digest, "
    "m.training_rows, m.threshold, octet_length(m.artifact), "
    "EXISTS (SELECT FROM active a WHERE a.version = m.version AND a.target = 'sensor'), "
    "EXISTS (SELECT FROM active a WHERE a.version = m.version AND a.target = 'fleet') "
    "FROM weir.model m ORDER BY m.version";

int models_list(struct connection *connection, models_fn *each, void *context,
                struct weir_error *error)
{
    PGresult *rows = NULL;
    const int err = connection_query(connection, list_sql, NULL, 0, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        struct models_row model;
        read_row(rows, row, &model);
        each(&model, context);
    }
    PQclear(rows);
    return WEIR_OK;
}

int models_metrics(struct connection *connection, uint64_t version, models_metric_fn *each,
                   void *context, struct weir_error *error)
{
    char number[ROW_TEXT_SIZE];
    const char *const values[] = {row_text_of(version, number)};
    PGresult *rows = NULL;
    const int err =
        connection_query(connection,
                         "SELECT part, metric, value, coalesce(low, 'NaN'), coalesce(high, 'NaN') "
                         "FROM weir.model_evaluation WHERE version = $1 ORDER BY part, metric",
                         values, 1, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        const struct models_metric metric = {
            .part = PQgetvalue(rows, row, 0),
            .metric = PQgetvalue(rows, row, 1),
            .value = row_text_real(rows, row, 2),
            .low = row_text_real(rows, row, 3),
            .high = row_text_real(rows, row, 4),
        };
        each(&metric, context);
    }
    PQclear(rows);
    return WEIR_OK;
}

int models_fetch(struct connection *connection, uint64_t version, struct models_artifact *out,
                 struct weir_error *error)
{
    char number[ROW_TEXT_SIZE];
    const char *const values[] = {row_text_of(version, number)};
    PGresult *rows = PQexecParams(connection_pq(connection),
                                  "SELECT artifact FROM weir.model WHERE version = $1::bigint", 1,
                                  NULL, values, NULL, NULL, 1);
    const int err = connection_check(connection, rows, "fetching the model", error);
    if (err != WEIR_OK) {
        return err;
    }
    if (PQntuples(rows) == 0) {
        PQclear(rows);
        return weir_fail(error, WEIR_ENOENT, "there is no model %s", number);
    }
    const size_t size = (size_t)PQgetlength(rows, 0, 0);
    uint8_t *bytes = malloc(size + 1);
    if (bytes != NULL) {
        memcpy(bytes, PQgetvalue(rows, 0, 0), size);
    }
    PQclear(rows);
    if (bytes == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    *out = (struct models_artifact){.version = version, .bytes = bytes, .size = size};
    return WEIR_OK;
}

/* One bigint from a query with one parameter; WEIR_ENOENT when there is no row or it is null. */
static int fetch_version(struct connection *connection, const char *sql, const char *value,
                         uint64_t *version, struct weir_error *error)
{
    const char *const values[] = {value};
    PGresult *rows = NULL;
    const int err = connection_query(connection, sql, values, 1, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    const bool found = PQntuples(rows) == 1 && PQgetisnull(rows, 0, 0) == 0;
    if (found) {
        *version = (uint64_t)row_text_integer(rows, 0, 0);
    }
    PQclear(rows);
    return found ? WEIR_OK : WEIR_ENOENT;
}

int models_newest(struct connection *connection, const char *name, uint64_t *version,
                  struct weir_error *error)
{
    const int err = fetch_version(connection, "SELECT max(version) FROM weir.model WHERE name = $1",
                                  name, version, error);
    return err == WEIR_ENOENT ? weir_fail(error, err, "there is no model named %s", name) : err;
}

int models_activate(struct connection *connection, uint64_t version, enum models_target target,
                    struct weir_error *error)
{
    char number[ROW_TEXT_SIZE];
    const char *const values[] = {target_text(target), row_text_of(version, number)};
    /* One statement, so that the notification leaves exactly when the row is committed. */
    const int err =
        connection_query(connection,
                         "WITH made AS (INSERT INTO weir.model_activation (target, version) "
                         "VALUES ($1, nullif($2::bigint, 0)) RETURNING target) "
                         "SELECT pg_notify('" MODELS_CHANNEL "', target) FROM made",
                         values, 2, NULL, error);
    return err == WEIR_ECONFLICT ? weir_fail(error, WEIR_ENOENT, "there is no model %s", number)
                                 : err;
}

int models_active(struct connection *connection, enum models_target target, uint64_t *version,
                  struct weir_error *error)
{
    const char *text = target_text(target);
    const int err = fetch_version(connection,
                                  "SELECT version FROM weir.model_activation WHERE target = $1 "
                                  "ORDER BY id DESC LIMIT 1",
                                  text, version, error);
    return err == WEIR_ENOENT ? weir_fail(error, err, "no model is active for target %s", text)
                              : err;
}

void models_artifact_fini(struct models_artifact *artifact)
{
    free(artifact->bytes);
    *artifact = (struct models_artifact){0};
}
