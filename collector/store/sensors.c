/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/sensors.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"

#include "collector/store/ledger.h"
#include "collector/store/row_text.h"

#define SELECT_SENSOR                                                                              \
    "SELECT id, name, branch, public_key, revoked, weir.micros(enrolled_at), "                     \
    "weir.micros(last_seen), model_version, model_refusal "                                        \
    "FROM weir.sensor "
#define KEY_TEXT_SIZE (2 + 2 * SENSORS_KEY_SIZE + 1)

static void key_text(const uint8_t key[SENSORS_KEY_SIZE], char text[KEY_TEXT_SIZE])
{
    (void)snprintf(text, KEY_TEXT_SIZE, "\\x");
    for (size_t i = 0; i < SENSORS_KEY_SIZE; i++) {
        (void)snprintf(text + 2 + 2 * i, 3, "%02x", key[i]);
    }
}

static void read_row(const PGresult *rows, int row, struct sensors_row *out)
{
    memset(out, 0, sizeof(*out));
    out->id = (uint32_t)row_text_integer(rows, row, 0);
    row_text_copy(rows, row, 1, out->name, sizeof(out->name));
    row_text_copy(rows, row, 2, out->branch, sizeof(out->branch));
    (void)row_text_bytes(rows, row, 3, out->public_key, sizeof(out->public_key));
    out->revoked = row_text_boolean(rows, row, 4);
    out->enrolled_us = row_text_integer(rows, row, 5);
    out->last_seen_us = row_text_integer(rows, row, 6);
    out->model_version = (uint64_t)row_text_integer(rows, row, 7);
    row_text_copy(rows, row, 8, out->model_refusal, sizeof(out->model_refusal));
}

int sensors_enrol(struct connection *connection, const char *name, const char *branch,
                  const uint8_t public_key[SENSORS_KEY_SIZE], uint32_t *id,
                  struct weir_error *error)
{
    char key[KEY_TEXT_SIZE];
    key_text(public_key, key);
    const char *const values[] = {name, branch, key};
    int err = connection_query(connection,
                               "INSERT INTO weir.branch (name) VALUES ($1) ON CONFLICT DO NOTHING",
                               &values[1], 1, NULL, error);
    if (err != WEIR_OK) {
        return err;
    }
    PGresult *rows = NULL;
    err = connection_query(connection,
                           "INSERT INTO weir.sensor (name, branch, public_key) "
                           "VALUES ($1, $2, $3::bytea) RETURNING id",
                           values, 3, &rows, error);
    if (err == WEIR_ECONFLICT) {
        return weir_fail(error, err,
                         "sensor %s: a sensor of this name or with this key is enrolled already",
                         name);
    }
    if (err == WEIR_OK) {
        *id = (uint32_t)row_text_integer(rows, 0, 0);
        PQclear(rows);
    }
    return err;
}

int sensors_list(struct connection *connection, sensors_fn *each, void *context,
                 struct weir_error *error)
{
    PGresult *rows = NULL;
    const int err =
        connection_query(connection, SELECT_SENSOR "ORDER BY name", NULL, 0, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        struct sensors_row sensor;
        read_row(rows, row, &sensor);
        each(&sensor, context);
    }
    PQclear(rows);
    return WEIR_OK;
}

int sensors_find_key(struct connection *connection, const uint8_t public_key[SENSORS_KEY_SIZE],
                     struct sensors_row *out, struct weir_error *error)
{
    char key[KEY_TEXT_SIZE];
    key_text(public_key, key);
    const char *const values[] = {key};
    PGresult *rows = NULL;
    const int err = connection_query(connection, SELECT_SENSOR "WHERE public_key = $1::bytea",
                                     values, 1, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    const bool found = PQntuples(rows) == 1;
    if (found) {
        read_row(rows, 0, out);
    }
    PQclear(rows);
    return found ? WEIR_OK : weir_fail(error, WEIR_ENOENT, "no sensor is enrolled with this key");
}

int sensors_set_revoked(struct connection *connection, const char *name, bool revoked,
                        struct weir_error *error)
{
    const char *const values[] = {name, revoked ? "t" : "f"};
    PGresult *rows = NULL;
    const int err =
        connection_query(connection, "UPDATE weir.sensor SET revoked = $2::boolean WHERE name = $1",
                         values, 2, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    const bool found = strcmp(PQcmdTuples(rows), "1") == 0;
    PQclear(rows);
    return found ? WEIR_OK : weir_fail(error, WEIR_ENOENT, "no sensor is named %s", name);
}

int sensors_touch(struct connection *connection, uint32_t id, int64_t seen_us,
                  struct weir_error *error)
{
    char numbers[2][ROW_TEXT_SIZE];
    const char *const values[] = {row_text_of(id, numbers[0]),
                                  row_text_of((uint64_t)seen_us, numbers[1])};
    return connection_query(
        connection,
        "UPDATE weir.sensor SET last_seen = greatest(last_seen, weir.at($2)) WHERE id = $1", values,
        2, NULL, error);
}

/* The counters as a JSON object; names are ours, so nothing needs escaping. */
static int add_counters(struct weir_buffer *buffer, const struct sensors_status *status)
{
    weir_buffer_add_text(buffer, "{");
    for (size_t i = 0; i < status->count; i++) {
        const struct sensors_counter *counter = &status->counters[i];
        if (strspn(counter->name, "abcdefghijklmnopqrstuvwxyz0123456789_") !=
            strlen(counter->name)) {
            return WEIR_EINVAL;
        }
        weir_buffer_add_format(buffer, "%s\"%s\": ", i == 0 ? "" : ", ", counter->name);
        if (counter->known) {
            weir_buffer_add_format(buffer, "%" PRIu64, counter->value);
        } else {
            weir_buffer_add_text(buffer, "null");
        }
    }
    weir_buffer_add(buffer, "}", 2);
    return buffer->failed ? WEIR_ENOMEM : WEIR_OK;
}

int sensors_set_status(struct connection *connection, const struct sensors_status *status,
                       struct weir_error *error)
{
    struct weir_buffer counters = {0};
    int err = add_counters(&counters, status);
    if (err != WEIR_OK) {
        weir_buffer_fini(&counters);
        return weir_fail(error, err, "sensor status: %s", weir_err_text(err));
    }
    char numbers[3][ROW_TEXT_SIZE];
    char boot[LEDGER_BOOT_TEXT_SIZE];
    ledger_boot_text(&status->boot, boot);
    const char *const values[] = {
        row_text_of(status->sensor_id, numbers[0]),
        row_text_of((uint64_t)status->at_us, numbers[1]),
        boot,
        row_text_of((uint64_t)status->clock_offset_us, numbers[2]),
        (const char *)counters.bytes,
    };
    err = connection_query(
        connection,
        "INSERT INTO weir.sensor_status (sensor_id, minute, boot, clock_offset_us, counters) "
        "VALUES ($1, date_trunc('minute', weir.at($2)), $3, $4, $5::jsonb) "
        "ON CONFLICT (sensor_id, minute, boot) DO UPDATE SET "
        "clock_offset_us = EXCLUDED.clock_offset_us, counters = EXCLUDED.counters",
        values, 5, NULL, error);
    weir_buffer_fini(&counters);
    return err;
}

int sensors_set_model(struct connection *connection, uint32_t id, uint64_t version,
                      const char *refusal, struct weir_error *error)
{
    char numbers[2][ROW_TEXT_SIZE];
    const char *const values[] = {row_text_of(id, numbers[0]), row_text_of(version, numbers[1]),
                                  refusal};
    return connection_query(connection,
                            "UPDATE weir.sensor SET model_refusal = $3::text, model_version = "
                            "CASE WHEN $3::text IS NULL THEN nullif($2::bigint, 0) "
                            "ELSE model_version END WHERE id = $1",
                            values, 3, NULL, error);
}
