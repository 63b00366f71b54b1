/* SPDX-License-Identifier: Apache-2.0
 *
 * The store against a real database, named by environment WEIR_TEST_CONNINFO (a superuser's login
 * into an empty database); tests/integration/store_test.py gives one. Skipped (77) without it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "common/flow/kdd_counts.h"

#include "collector/store/flows_query.h"
#include "collector/store/labels.h"
#include "collector/store/migration.h"
#include "collector/store/models.h"
#include "collector/store/restore.h"
#include "collector/store/row_text.h"
#include "collector/store/sensors.h"
#include "collector/store/store.h"
#include "collector/store/training_set.h"

#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

#define START_US INT64_C(1767225600123456) /* 2026-01-01 00:00:00.123456 UTC */
#define SKIPPED  77

struct fixture {
    struct connection *admin; /* as logged in */
    struct connection *ingest;
    struct store *store;
    struct store_counters counters;
    struct weir_error error;
};

static struct connection *open_as(const char *role)
{
    struct weir_error error = {0};
    struct connection *connection = NULL;
    const struct connection_options options = {.conninfo = getenv("WEIR_TEST_CONNINFO"),
                                               .role = role,
                                               .application_name = "store_test"};
    if (connection_open(&options, &connection, &error) != WEIR_OK) {
        fail_msg("%s", error.text);
    }
    return connection;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->admin = open_as(NULL);
    if (migration_apply(fixture->admin, migration_folder(NULL), NULL, NULL, &fixture->error) !=
        WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    fixture->ingest = open_as("weir_ingest");
    const struct store_options options = {.counters = &fixture->counters};
    if (store_new(fixture->ingest, &options, &fixture->store, &fixture->error) != WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    store_free(fixture->store);
    connection_close(fixture->ingest);
    connection_close(fixture->admin);
    free(fixture);
    return 0;
}

static int empty_tables(void **state)
{
    struct fixture *fixture = *state;
    fixture->counters = (struct store_counters){0};
    return connection_run(fixture->admin,
                          "TRUNCATE weir.flow, weir.flow_open, weir.flow_late, weir.flow_rejected, "
                          "weir.ledger, weir.ledger_position, weir.label, weir.retired_day",
                          NULL);
}

static int64_t ask(struct fixture *fixture, const char *sql)
{
    char text[32];
    if (connection_value(fixture->admin, sql, text, sizeof(text), &fixture->error) != WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    return strtoll(text, NULL, 10);
}

static struct store_result commit(struct fixture *fixture, const struct ready_batch *batch)
{
    struct store_result result = {.code = WEIR_EINVAL};
    if (store_commit(fixture->store, &batch, 1, &result, &fixture->error) != WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    return result;
}

static void a_batch_is_stored_once(void **state)
{
    struct fixture *fixture = *state;
    struct ready_batch *batch = store_rows_new(1, 1, 100, START_US, 1000);
    assert_err(commit(fixture, batch).code, WEIR_OK);
    assert_true(commit(fixture, batch).skipped);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow"), 100);
    assert_int_equal(fixture->counters.ledger_skips, 1);
    assert_int_equal(fixture->counters.flows, 100);
    batch->content_hash++;
    assert_err(commit(fixture, batch).code, WEIR_ECONFLICT);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow"), 100);
    assert_int_equal(ask(fixture, "SELECT " ROW_TEXT_MICROS("min(ts)") " FROM weir.flow"),
                     START_US);
    store_rows_free(batch);
}

static void a_transaction_takes_many_batches_and_skips_what_it_has(void **state)
{
    struct fixture *fixture = *state;
    const struct ready_batch *batches[6];
    struct ready_batch *made[4];
    struct store_result results[6];
    for (uint32_t i = 0; i < 4; i++) {
        made[i] = store_rows_new(1 + i % 2, 1 + i / 2, 10, START_US + i, 1);
        batches[i] = made[i];
    }
    batches[4] = made[0]; /* twice in the same transaction */
    struct ready_batch *nameless = store_rows_new(9, 1, 3, START_US, 1);
    nameless->batch.stream[0] = '\0';
    batches[5] = nameless;
    assert_err(store_commit(fixture->store, batches, 6, results, &fixture->error), WEIR_OK);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow"), 40);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.ledger"), 4);
    assert_true(results[4].skipped && !results[0].skipped);
    assert_err(results[5].code, WEIR_EFORMAT);
    for (uint32_t i = 0; i < 4; i++) {
        store_rows_free(made[i]);
    }
    store_rows_free(nameless);
}

static void an_open_flow_lives_in_flow_open_until_it_ends(void **state)
{
    struct fixture *fixture = *state;
    struct ready_batch *start = store_rows_new(1, 1, 2, START_US, 1000);
    struct ready_batch *interim = store_rows_new(1, 2, 1, START_US, 1000);
    struct ready_batch *final = store_rows_new(1, 3, 1, START_US, 1000);
    for (size_t i = 0; i < 2; i++) {
        start->batch.records[i].record_type = WEIR_RECORD_START;
        start->batch.records[i].end_reason = WEIR_END_NONE;
        start->batch.records[i].flow_id = i + 1;
    }
    interim->batch.records[0].record_type = WEIR_RECORD_INTERIM;
    interim->batch.records[0].end_reason = WEIR_END_ACTIVE;
    interim->batch.records[0].flow_id = 1;
    interim->batch.records[0].orig.bytes = 777;
    interim->rows[0].frozen = (struct weir_kdd_counts){0};
    final->batch.records[0].flow_id = 1;
    final->batch.records[0].end_reason = WEIR_END_IDLE;
    assert_err(commit(fixture, start).code, WEIR_OK);
    assert_err(commit(fixture, interim).code, WEIR_OK);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow_open"), 2);
    assert_int_equal(ask(fixture, "SELECT orig_bytes FROM weir.flow_open WHERE flow_id = 1"), 777);
    assert_int_equal(ask(fixture, "SELECT count FROM weir.flow_open WHERE flow_id = 1"), 120);
    assert_err(commit(fixture, final).code, WEIR_OK);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow_open"), 1);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow WHERE flow_id = 1"), 1);
    store_rows_free(start);
    store_rows_free(interim);
    store_rows_free(final);
}

static void bad_rows_are_put_aside_and_the_rest_is_stored(void **state)
{
    struct fixture *fixture = *state;
    struct ready_batch *batch = store_rows_new(1, 1, 50, START_US, 1000);
    batch->batch.records[7].orig.bytes = UINT64_MAX; /* found before */
    /* Found by PostgreSQL alone: a rule this program does not know of. */
    if (connection_run(fixture->admin,
                       "ALTER TABLE weir.flow ADD CONSTRAINT no_31 CHECK (resp_p <> 31)",
                       &fixture->error) != WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    batch->batch.records[12].resp.port = 31;
    batch->batch.records[13].resp.port = 31;
    batch->batch.records[49].resp.port = 31;
    assert_err(commit(fixture, batch).code, WEIR_OK);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow"), 46);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow_rejected"), 4);
    assert_int_equal(ask(fixture,
                         "SELECT count(*) FROM weir.flow_rejected WHERE reason LIKE '%no_31%'"),
                     3);
    assert_int_equal(fixture->counters.rejected_rows, 4);
    assert_int_equal(fixture->counters.flows, 46);
    assert_int_equal(fixture->counters.bisections, 1);
    assert_err(connection_run(fixture->admin, "ALTER TABLE weir.flow DROP CONSTRAINT no_31", NULL),
               WEIR_OK);
    store_rows_free(batch);
}

static void rows_of_a_retired_day_go_to_flow_late(void **state)
{
    struct fixture *fixture = *state;
    struct ready_batch *first = store_rows_new(1, 1, 5, START_US - 86400000000, 1000);
    struct ready_batch *second = store_rows_new(1, 2, 5, START_US - 86400000000, 1000);
    second->batch.records[4].start_us = INT64_C(100000000); /* 1970: too far away */
    second->batch.records[4].end_us = INT64_C(200000000);
    assert_err(commit(fixture, first).code, WEIR_OK);
    /* The store still believes the day is there. */
    assert_err(connection_run(fixture->admin, "SELECT weir.retire_flow_day('2025-12-31')",
                              &fixture->error),
               WEIR_OK);
    assert_err(commit(fixture, second).code, WEIR_OK);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow"), 0);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow_late"), 5);
    assert_int_equal(fixture->counters.rejected_rows, 0);
    assert_err(connection_run(fixture->admin, "SELECT weir.drop_retired_day('2025-12-31')", NULL),
               WEIR_OK);
    store_rows_free(first);
    store_rows_free(second);
}

static bool count_flow(const struct stored_flow *flow, void *context)
{
    size_t *seen = context;
    (void)flow;
    *seen += 1;
    return true;
}

static void keep_position(const struct restore_position *position, void *context)
{
    *(struct restore_position *)context = *position;
}

static void restore_gives_positions_and_recent_flows(void **state)
{
    struct fixture *fixture = *state;
    struct ready_batch *batch = store_rows_new(3, 5, 100, START_US, 1000000);
    assert_err(commit(fixture, batch).code, WEIR_OK);
    struct restore_position position = {0};
    assert_err(restore_positions(fixture->ingest, keep_position, &position, &fixture->error),
               WEIR_OK);
    assert_int_equal(position.sensor_id, 3);
    assert_int_equal(position.sequence, 5);
    assert_true(position.low_us == batch->batch.low_us);
    assert_true(position.last_record_no == batch->batch.last_record_no);
    assert_memory_equal(&position.boot, &batch->batch.boot, sizeof(position.boot));
    assert_string_equal(position.stream, "live");
    size_t seen = 0;
    assert_err(restore_recent_flows(fixture->ingest, 10 * WEIR_US_PER_S, count_flow, &seen,
                                    &fixture->error),
               WEIR_OK);
    assert_int_equal(seen, 10); /* start > newest - 10 s */
    store_rows_free(batch);
}

static bool stop_at_once(const struct stored_flow *flow, void *context)
{
    *(struct stored_flow *)context = *flow;
    return false;
}

static void flows_come_back_whole_and_filtered(void **state)
{
    struct fixture *fixture = *state;
    struct ready_batch *batch = store_rows_new(3, 5, 2000, START_US, 1000);
    batch->batch.records[5].resp.port = 61234;
    assert_err(commit(fixture, batch).code, WEIR_OK);
    struct stored_flow got = {0};
    struct flows_query query = {.port = 61234, .host = "10.0.0.0/8", .flagged = true};
    assert_err(flows_query_run(fixture->ingest, &query, stop_at_once, &got, &fixture->error),
               WEIR_OK);
    assert_memory_equal(&got.record, &batch->batch.records[5], sizeof(got.record));
    assert_memory_equal(&got.row.frozen, &batch->rows[5].frozen, sizeof(got.row.frozen));
    uint64_t count = 0;
    assert_err(flows_query_count(fixture->ingest, &query, &count, &fixture->error), WEIR_OK);
    assert_int_equal(count, 1);
    query.host = "10.0.0.300";
    assert_err(flows_query_count(fixture->ingest, &query, &count, &fixture->error), WEIR_EINVAL);
    /* Stopping early leaves the session usable. */
    const struct flows_query all = {0};
    assert_err(flows_query_run(fixture->ingest, &all, stop_at_once, &got, &fixture->error),
               WEIR_OK);
    size_t seen = 0;
    assert_err(flows_query_run(fixture->ingest, &all, count_flow, &seen, &fixture->error), WEIR_OK);
    assert_int_equal(seen, 2000);
    store_rows_free(batch);
}

struct tally {
    size_t rows, scans, normal;
};

static bool tally_label(const struct stored_flow *flow, const struct weir_kdd_counts *counts,
                        void *context)
{
    struct tally *tally = context;
    assert_true(counts->count != 0);
    tally->rows++;
    tally->scans += strcmp(flow->label, "scan") == 0 ? 1U : 0U;
    tally->normal += strcmp(flow->label, LABELS_NORMAL) == 0 ? 1U : 0U;
    return true;
}

static void the_label_of_a_flow_beats_the_pattern(void **state)
{
    struct fixture *fixture = *state;
    struct ready_batch *batch = store_rows_new(3, 5, 20, START_US, 1000);
    batch->batch.records[2].immediate = (struct weir_kdd_counts){0};
    assert_err(commit(fixture, batch).code, WEIR_OK);
    const struct labels_row rows[] = {
        {.label = "scan", .resp_p = -1, .proto = 6, .from_us = START_US, .to_us = START_US + 9500},
        {.label = LABELS_NORMAL,
         .of_flow = true,
         .sensor_id = 3,
         .boot = batch->batch.boot,
         .flow_id = batch->batch.records[1].flow_id,
         .resp_p = -1,
         .proto = -1},
    };
    assert_err(labels_add(fixture->admin, rows, 2, &fixture->error), WEIR_OK);
    const struct labels_row empty = {.label = "x", .resp_p = -1, .proto = -1};
    assert_err(labels_add(fixture->admin, &empty, 1, &fixture->error), WEIR_EINVAL);
    struct tally tally = {0};
    uint64_t skipped = 0;
    const struct weir_feature_schema schema = {.name = "sensor"};
    struct training_set_query query = {.schema = &schema};
    assert_err(training_set_read(fixture->admin, &query, tally_label, &tally, &skipped,
                                 &fixture->error),
               WEIR_OK);
    assert_int_equal(tally.rows, 9);
    assert_int_equal(tally.scans, 8);
    assert_int_equal(skipped, 1);
    query.unlabelled = LABELS_NORMAL;
    tally = (struct tally){0};
    assert_err(training_set_read(fixture->admin, &query, tally_label, &tally, NULL,
                                 &fixture->error),
               WEIR_OK);
    assert_int_equal(tally.normal, 11);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow_label WHERE attack"), 9);
    uint64_t removed = 0;
    assert_err(labels_retract(fixture->admin, "scan", NULL, &removed, &fixture->error), WEIR_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow_label"), 1);
    store_rows_free(batch);
}

static void sensors_are_enrolled_found_and_revoked(void **state)
{
    struct fixture *fixture = *state;
    uint8_t key[SENSORS_KEY_SIZE] = {0, 1, 2, 255};
    uint32_t id = 0;
    assert_err(sensors_enrol(fixture->admin, "gate-1", "bonn", key, &id, &fixture->error), WEIR_OK);
    assert_err(sensors_enrol(fixture->admin, "gate-2", "bonn", key, &id, &fixture->error),
               WEIR_ECONFLICT);
    const struct sensors_counter counters[] = {{"packets", UINT64_MAX, true}, {"lost", 0, false}};
    const struct sensors_status status = {.sensor_id = id,
                                          .at_us = START_US,
                                          .counters = counters,
                                          .count = 2};
    assert_err(sensors_set_status(fixture->ingest, &status, &fixture->error), WEIR_OK);
    assert_err(sensors_set_status(fixture->ingest, &status, &fixture->error), WEIR_OK);
    assert_err(sensors_touch(fixture->ingest, id, START_US, &fixture->error), WEIR_OK);
    assert_err(sensors_set_model(fixture->ingest, id, 4, NULL, &fixture->error), WEIR_OK);
    assert_err(sensors_set_model(fixture->ingest, id, 5, "schema kdd41", &fixture->error), WEIR_OK);
    assert_err(sensors_set_revoked(fixture->admin, "gate-1", true, &fixture->error), WEIR_OK);
    assert_err(sensors_set_revoked(fixture->admin, "gate-9", true, &fixture->error), WEIR_ENOENT);
    struct sensors_row row;
    assert_err(sensors_find_key(fixture->ingest, key, &row, &fixture->error), WEIR_OK);
    assert_true(row.id == id && row.revoked && row.last_seen_us == START_US);
    assert_string_equal(row.branch, "bonn");
    assert_int_equal(row.model_version, 4);
    assert_string_equal(row.model_refusal, "schema kdd41");
    assert_memory_equal(row.public_key, key, sizeof(key));
    key[0] = 9;
    assert_err(sensors_find_key(fixture->ingest, key, &row, &fixture->error), WEIR_ENOENT);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.sensor_status "
                                  "WHERE counters->>'packets' = '18446744073709551615'"),
                     1);
}

static void keep_model(const struct models_row *row, void *context)
{
    *(struct models_row *)context = *row;
}

static void keep_metric(const struct models_metric *metric, void *context)
{
    *(double *)context = metric->value + (isnan(metric->low) ? 0 : 100);
}

static void a_model_is_registered_activated_and_announced(void **state)
{
    struct fixture *fixture = *state;
    struct models_row row = {.name = "branch",
                             .kind = "random_forest",
                             .schema_name = "sensor",
                             .schema_hash = UINT64_MAX - 1,
                             .created_us = START_US,
                             .threshold = 0.1};
    uint8_t bytes[] = {0, 1, 0, 255};
    assert_err(models_next_version(fixture->admin, &row.version, &fixture->error), WEIR_OK);
    const struct models_artifact artifact = {.version = row.version,
                                             .bytes = bytes,
                                             .size = sizeof(bytes)};
    const struct models_metric metric = {
        .part = "cv", .metric = "auc", .value = 0.5, .low = (double)NAN, .high = (double)NAN};
    assert_err(models_register(fixture->admin, &row, &artifact, &metric, 1, &fixture->error),
               WEIR_OK);
    assert_err(models_register(fixture->admin, &row, &artifact, NULL, 0, &fixture->error),
               WEIR_ECONFLICT);
    uint64_t version = 0;
    char target[32];
    assert_err(models_active(fixture->ingest, MODELS_TARGET_SENSOR, &version, &fixture->error),
               WEIR_ENOENT);
    assert_err(connection_listen(fixture->ingest, MODELS_CHANNEL, &fixture->error), WEIR_OK);
    assert_err(models_activate(fixture->admin, row.version, MODELS_TARGET_SENSOR, &fixture->error),
               WEIR_OK);
    assert_err(models_activate(fixture->admin, 999, MODELS_TARGET_SENSOR, &fixture->error),
               WEIR_ENOENT);
    assert_err(models_active(fixture->ingest, MODELS_TARGET_SENSOR, &version, &fixture->error),
               WEIR_OK);
    assert_true(version == row.version);
    assert_err(connection_notification(fixture->ingest, target, sizeof(target)), WEIR_OK);
    assert_string_equal(target, "sensor");
    assert_err(connection_notification(fixture->ingest, target, sizeof(target)), WEIR_ENOENT);
    struct models_artifact got = {0};
    assert_err(models_fetch(fixture->ingest, version, &got, &fixture->error), WEIR_OK);
    assert_int_equal(got.size, sizeof(bytes));
    assert_memory_equal(got.bytes, bytes, sizeof(bytes));
    models_artifact_fini(&got);
    struct models_row listed;
    assert_err(models_list(fixture->admin, keep_model, &listed, &fixture->error), WEIR_OK);
    assert_true(listed.active_sensor && !listed.active_fleet);
    assert_true(listed.schema_hash == row.schema_hash && listed.created_us == START_US);
    double value = 0;
    assert_err(models_metrics(fixture->admin, version, keep_metric, &value, &fixture->error),
               WEIR_OK);
    assert_true(value == 0.5);
    assert_err(models_newest(fixture->admin, "branch", &version, &fixture->error), WEIR_OK);
    assert_err(models_activate(fixture->admin, 0, MODELS_TARGET_SENSOR, &fixture->error), WEIR_OK);
    assert_err(models_active(fixture->ingest, MODELS_TARGET_SENSOR, &version, &fixture->error),
               WEIR_ENOENT);
}

static void rates_in_sql_are_the_rates_in_c(void **state)
{
    struct fixture *fixture = *state;
    const size_t size = 1024 * 1024;
    char *text = malloc(size);
    assert_non_null(text);
    assert_err(connection_value(fixture->admin,
                                "SELECT string_agg(weir.kdd_rate(k, n)::text, ' ' ORDER BY n, k) "
                                "FROM generate_series(1, 511) n, generate_series(0, n) k",
                                text, size, &fixture->error),
               WEIR_OK);
    char *at = text;
    for (uint16_t n = 1; n <= 511; n++) {
        for (uint16_t k = 0; k <= n; k++) {
            char *end = NULL;
            const float want = weir_kdd_rate(k, n);
            const float got = strtof(at, &end);
            if (end == at || memcmp(&got, &want, sizeof(got)) != 0) {
                fail_msg("R(%d, %d): SQL says %.9g", k, n, (double)got);
            }
            at = end;
        }
    }
    assert_int_equal(*at, 0);
    free(text);
}

static void another_type_of_column_is_refused_by_name(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = NULL;
    const struct store_options options = {.counters = &fixture->counters};
    assert_err(connection_run(fixture->admin,
                              "ALTER TABLE weir.flow_late ALTER COLUMN orig_p TYPE bigint", NULL),
               WEIR_OK);
    assert_err(store_new(fixture->ingest, &options, &store, &fixture->error), WEIR_ESCHEMA);
    assert_non_null(strstr(fixture->error.text, "weir.flow_late.orig_p is bigint"));
    assert_err(connection_run(fixture->admin,
                              "ALTER TABLE weir.flow_late ALTER COLUMN orig_p TYPE integer", NULL),
               WEIR_OK);
}

static void no_server_is_a_sentence(void **state)
{
    (void)state;
    struct weir_error error = {0};
    struct connection *connection = NULL;
    const struct connection_options options = {.conninfo = "host=/nonexistent"};
    assert_err(connection_open(&options, &connection, &error), WEIR_EPEER);
    assert_non_null(strstr(error.text, "cannot connect to PostgreSQL at /nonexistent"));
}

static void a_killed_session_is_a_lost_peer(void **state)
{
    struct fixture *fixture = *state;
    struct ready_batch *batch = store_rows_new(8, 1, 10, START_US, 1000);
    const struct ready_batch *const batches[] = {batch};
    struct store_result result;
    assert_err(connection_run(fixture->admin,
                              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                              "WHERE application_name = 'store_test' AND pid <> pg_backend_pid()",
                              NULL),
               WEIR_OK);
    assert_err(store_commit(fixture->store, batches, 1, &result, &fixture->error), WEIR_EPEER);
    store_free(fixture->store);
    connection_close(fixture->ingest);
    fixture->ingest = open_as("weir_ingest");
    const struct store_options options = {.counters = &fixture->counters};
    assert_err(store_new(fixture->ingest, &options, &fixture->store, &fixture->error), WEIR_OK);
    assert_err(commit(fixture, batch).code, WEIR_OK);
    assert_int_equal(ask(fixture, "SELECT count(*) FROM weir.flow"), 10);
    store_rows_free(batch);
}

int main(void)
{
    if (getenv("WEIR_TEST_CONNINFO") == NULL) {
        (void)puts("skipped: WEIR_TEST_CONNINFO names no database (tests/integration/store_test.py "
                   "runs this with one)");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_batch_is_stored_once, empty_tables),
        cmocka_unit_test_setup(a_transaction_takes_many_batches_and_skips_what_it_has,
                               empty_tables),
        cmocka_unit_test_setup(an_open_flow_lives_in_flow_open_until_it_ends, empty_tables),
        cmocka_unit_test_setup(bad_rows_are_put_aside_and_the_rest_is_stored, empty_tables),
        cmocka_unit_test_setup(rows_of_a_retired_day_go_to_flow_late, empty_tables),
        cmocka_unit_test_setup(restore_gives_positions_and_recent_flows, empty_tables),
        cmocka_unit_test_setup(flows_come_back_whole_and_filtered, empty_tables),
        cmocka_unit_test_setup(the_label_of_a_flow_beats_the_pattern, empty_tables),
        cmocka_unit_test_setup(sensors_are_enrolled_found_and_revoked, empty_tables),
        cmocka_unit_test_setup(a_model_is_registered_activated_and_announced, empty_tables),
        cmocka_unit_test(rates_in_sql_are_the_rates_in_c),
        cmocka_unit_test(another_type_of_column_is_refused_by_name),
        cmocka_unit_test(no_server_is_a_sentence),
        cmocka_unit_test_setup(a_killed_session_is_a_lost_peer, empty_tables),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
