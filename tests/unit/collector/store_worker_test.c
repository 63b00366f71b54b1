/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/store_worker.h"

#include <poll.h>
#include <string.h>

#include "common/base/clock.h"

#include "collector/store/flagged_row.h"
#include "collector/store/models.h"
#include "collector/store/sensors.h"

#include "tests/support/store_database.h"
#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

#define ROUNDS   1000
#define ROUND_MS 10

static struct store_worker *start(const char *conninfo)
{
    const struct store_worker_options options = {.connection = {.conninfo = conninfo,
                                                                .role = "weir_ingest",
                                                                .application_name = "worker_test"},
                                                 .roster_us = 200000};
    struct store_worker *worker = NULL;
    struct weir_error error = {0};
    if (store_worker_start(&options, &worker, &error) != WEIR_OK) {
        fail_msg("%s", error.text);
    }
    return worker;
}

static struct store_worker *start_here(void)
{
    return start(getenv("WEIR_TEST_CONNINFO"));
}

static struct store_job *new_job(enum store_job_kind kind)
{
    struct store_job *job = (struct store_job *)calloc(1, sizeof(*job));
    assert_non_null(job);
    job->kind = kind;
    job->sensor_id = 1;
    return job;
}

static struct store_job *wait_for_answer(struct store_worker *worker)
{
    struct store_job *job = NULL;
    for (int i = 0; i < ROUNDS && (job = store_worker_take(worker)) == NULL; i++) {
        struct pollfd polled = {.fd = store_worker_fd(worker), .events = POLLIN};
        (void)poll(&polled, 1, ROUND_MS);
    }
    assert_non_null(job);
    return job;
}

static struct store_roster *wait_for_roster(struct store_worker *worker)
{
    struct store_roster *roster = NULL;
    for (int i = 0; i < ROUNDS && (roster = store_worker_take_roster(worker)) == NULL; i++) {
        struct pollfd polled = {.fd = store_worker_roster_fd(worker), .events = POLLIN};
        (void)poll(&polled, 1, ROUND_MS);
    }
    assert_non_null(roster);
    return roster;
}

static void give(struct store_worker *worker, struct store_job *job)
{
    assert_true(store_worker_give(worker, &job));
    assert_null(job);
}

/* Waits until the query says so. */
static void wait_until(struct store_database *fixture, const char *sql, int64_t wanted)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (store_database_ask(fixture, sql) == wanted) {
            return;
        }
        (void)poll(NULL, 0, ROUND_MS);
    }
    fail_msg("never %lld: %s", (long long)wanted, sql);
}

static struct store_job *session_job(uint8_t boot, int64_t offset_us)
{
    struct store_job *job = new_job(STORE_JOB_SESSION);
    job->session = (struct sensor_session){.sensor_id = 1,
                                           .stream = "live",
                                           .boot = {.bytes = {boot}},
                                           .clock_offset_us = offset_us};
    return job;
}

static void a_commit_is_answered_and_counted(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(1, 1, 100, STORE_DATABASE_START_US, 1000);
    struct store_worker *worker = start_here();
    for (int round = 0; round < 2; round++) {
        struct store_job *job = new_job(STORE_JOB_COMMIT);
        job->batches[0] = batch;
        job->count = 1;
        give(worker, job);
        job = wait_for_answer(worker);
        assert_err(job->code, WEIR_OK);
        assert_err(job->results[0].code, WEIR_OK);
        assert_int_equal(job->results[0].skipped, round == 1);
        free(job);
    }
    assert_int_equal(store_worker_counters(worker).flows, 100);
    assert_int_equal(store_worker_counters(worker).ledger_skips, 1);
    store_worker_stop(worker);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 100);
    store_rows_free(batch);
}

static void sessions_and_lost_flows_are_written_in_the_order_given(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(1, 1, 3, STORE_DATABASE_START_US, 1000);
    struct store_worker *worker = start_here();
    for (size_t i = 0; i < 3; i++) {
        batch->batch.records[i].record_type = WEIR_RECORD_START;
        batch->batch.records[i].end_reason = WEIR_END_NONE;
    }
    struct store_job *commit = new_job(STORE_JOB_COMMIT);
    commit->batches[0] = batch;
    commit->count = 1;
    struct store_job *lost = new_job(STORE_JOB_LOST);
    lost->boot = batch->batch.boot;
    give(worker, session_job(1, 0));
    give(worker, commit);
    give(worker, lost);
    give(worker, session_job(2, 77));
    wait_until(fixture, "SELECT clock_offset_us FROM weir.sensor_session", 77);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_open"), 0);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT count(*) FROM weir.flow WHERE end_reason = 4"),
                     3);
    free(wait_for_answer(worker));
    store_worker_stop(worker);
    store_rows_free(batch);
}

static void a_broken_session_is_noticed_and_mended(void **state)
{
    struct store_database *fixture = *state;
    struct store_worker *worker = start_here();
    store_roster_free(wait_for_roster(worker));
    for (int round = 1; round <= 3; round++) {
        (void)store_database_ask(fixture, "SELECT count(pg_terminate_backend(pid)) FROM "
                                          "pg_stat_activity WHERE application_name = "
                                          "'worker_test'");
        give(worker, session_job((uint8_t)round, round * 1000));
    }
    wait_until(fixture, "SELECT clock_offset_us FROM weir.sensor_session", 3000);
    store_worker_stop(worker);
}

static void a_commit_over_a_broken_session_is_given_back(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(1, 1, 10, STORE_DATABASE_START_US, 1000);
    struct store_worker *worker = start_here();
    int code = WEIR_EPEER;
    store_roster_free(wait_for_roster(worker));
    (void)store_database_ask(fixture, "SELECT count(pg_terminate_backend(pid)) FROM "
                                      "pg_stat_activity WHERE application_name = 'worker_test'");
    for (int round = 0; round < 5 && code != WEIR_OK; round++) {
        struct store_job *job = new_job(STORE_JOB_COMMIT);
        job->batches[0] = batch;
        job->count = 1;
        give(worker, job);
        job = wait_for_answer(worker);
        code = job->code;
        free(job);
    }
    assert_err(code, WEIR_OK);
    store_worker_stop(worker);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 10);
    store_rows_free(batch);
}

static void what_a_dead_collector_left_is_ended_at_the_start(void **state)
{
    struct store_database *fixture = *state;
    for (uint64_t i = 1; i <= 2; i++) {
        struct ready_batch *batch = store_rows_new(1, 1, 3, STORE_DATABASE_START_US, 1000);
        const struct ready_batch *batches[] = {batch};
        struct store_result result;
        batch->batch.boot.bytes[1] = (uint8_t)i;
        batch->batch.records[0].record_type = WEIR_RECORD_START;
        batch->batch.records[0].end_reason = WEIR_END_NONE;
        assert_err(store_commit(fixture->store, batches, 1, &result, &fixture->error), WEIR_OK);
        store_rows_free(batch);
    }
    struct store_worker *worker = start_here();
    wait_until(fixture, "SELECT count(*) FROM weir.flow WHERE end_reason = 4", 1);
    store_worker_stop(worker);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_open"), 1);
}

static void a_status_that_cannot_be_stored_is_dropped_and_the_rest_goes_on(void **state)
{
    struct store_database *fixture = *state;
    struct store_worker *worker = start_here();
    const struct weir_mono since = weir_mono_now();
    for (int i = 0; i < 20; i++) {
        struct store_job *job = new_job(STORE_JOB_STATUS);
        job->sensor_id = 424242; /* no such sensor */
        give(worker, job);
    }
    give(worker, session_job(1, 5));
    wait_until(fixture, "SELECT clock_offset_us FROM weir.sensor_session", 5);
    assert_true(weir_mono_since_us(weir_mono_now(), since) < INT64_C(5000000));
    store_worker_stop(worker);
}

static void the_roster_names_sensors_and_gives_each_model_once(void **state)
{
    struct store_database *fixture = *state;
    uint8_t key[SENSORS_KEY_SIZE] = {1, 2, 3};
    uint8_t bytes[] = {9, 8, 7};
    uint32_t id = 0;
    struct models_row row = {.name = "m", .kind = "forest", .schema_name = "sensor"};
    row.created_us = STORE_DATABASE_START_US;
    struct models_artifact artifact = {.bytes = bytes, .size = sizeof(bytes)};
    struct store_worker *worker = start_here();
    store_roster_free(wait_for_roster(worker));
    assert_err(sensors_enrol(fixture->admin, "s1", "b1", key, &id, &fixture->error), WEIR_OK);
    assert_err(models_next_version(fixture->admin, &artifact.version, &fixture->error), WEIR_OK);
    row.version = artifact.version;
    (void)snprintf(row.data_digest, sizeof(row.data_digest), "00");
    if (models_register(fixture->admin, &row, &artifact, NULL, 0, &fixture->error) != WEIR_OK ||
        models_activate(fixture->admin, artifact.version, MODELS_TARGET_SENSOR, &fixture->error) !=
            WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    struct store_roster *roster = wait_for_roster(worker);
    while (roster->sensor_model.version == 0) {
        store_roster_free(roster);
        roster = wait_for_roster(worker);
    }
    assert_int_equal(roster->count, 1);
    assert_string_equal(roster->sensors[0].name, "s1");
    assert_int_equal(roster->sensor_model.version, artifact.version);
    assert_non_null(roster->sensor_model.bytes);
    assert_memory_equal(roster->sensor_model.bytes, bytes, sizeof(bytes));
    assert_int_equal(roster->fleet_model.version, 0);
    store_roster_free(roster);
    for (int i = 0; i < 3; i++) { /* until the notification has surely been seen */
        roster = wait_for_roster(worker);
        assert_int_equal(roster->sensor_model.version, artifact.version);
        if (i == 2) {
            assert_null(roster->sensor_model.bytes);
        }
        store_roster_free(roster);
    }
    store_worker_stop(worker);
}

static void a_roster_that_nobody_took_leaves_its_models_to_the_next(void **state)
{
    struct store_roster *older = (struct store_roster *)calloc(1, sizeof(*older));
    struct store_roster *newer = (struct store_roster *)calloc(1, sizeof(*newer));
    (void)state;
    assert_true(older != NULL && newer != NULL);
    older->sensor_model = (struct models_artifact){.version = 3, .bytes = malloc(4), .size = 4};
    older->fleet_model = (struct models_artifact){.version = 4, .bytes = malloc(4), .size = 4};
    newer->sensor_model.version = 3;
    newer->fleet_model.version = 5;
    store_roster_inherit(newer, older);
    assert_non_null(newer->sensor_model.bytes);
    assert_null(older->sensor_model.bytes);
    assert_null(newer->fleet_model.bytes);
    store_roster_free(older);
    store_roster_free(newer);
}

static void a_worker_without_a_database_stops_at_once(void **state)
{
    struct store_worker *worker = start("host=/nonexistent dbname=none");
    const struct weir_mono since = weir_mono_now();
    (void)state;
    for (int i = 0; i < 3; i++) {
        give(worker, new_job(STORE_JOB_STATUS));
    }
    (void)poll(NULL, 0, 5 * ROUND_MS);
    store_worker_stop(worker);
    assert_true(weir_mono_since_us(weir_mono_now(), since) < INT64_C(5000000));
    store_worker_stop(NULL);
}

#define TEST(name) cmocka_unit_test_setup(name, store_database_empty_tables)

static void flagged_flows_are_there_at_once_and_for_a_day(void **state)
{
    struct store_database *fixture = *state;
    struct store_worker *worker = start_here();
    struct ready_batch *batch = flow_row_batch_new(0);
    struct ready_batch *made = store_rows_new(1, 1, 3, STORE_DATABASE_START_US, 1000);
    struct weir_error error = {0};
    assert_non_null(batch);
    batch->batch.records = weir_arena_take(&batch->arena, 3 * sizeof(made->batch.records[0]));
    assert_non_null(batch->batch.records);
    memcpy(batch->batch.records, made->batch.records, 3 * sizeof(made->batch.records[0]));
    batch->batch.records[2].start_us = -1; /* no column can hold it */
    batch->batch.count = 3;
    batch->sensor_id = 1;
    memcpy(batch->batch.stream, "live", 5);
    struct store_job *job = new_job(STORE_JOB_FLAGGED);
    job->batches[0] = batch;
    job->count = 1;
    give(worker, job);
    wait_until(fixture, "SELECT count(*) FROM weir.flagged_flow", 2);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flagged_now WHERE "
                                                 "sensor_score = 0.25 AND stream = 'live'"),
                     2);
    assert_err(connection_run(fixture->admin,
                              "UPDATE weir.flagged_flow SET received_at = now() - "
                              "interval '25 hours' WHERE flow_id % 2 = 0",
                              &error),
               WEIR_OK);
    assert_err(flagged_row_forget(fixture->ingest, &error), WEIR_OK);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flagged_flow"), 1);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 0);
    store_worker_stop(worker);
    store_rows_free(made);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_commit_is_answered_and_counted),
        TEST(sessions_and_lost_flows_are_written_in_the_order_given),
        TEST(a_broken_session_is_noticed_and_mended),
        TEST(a_commit_over_a_broken_session_is_given_back),
        TEST(what_a_dead_collector_left_is_ended_at_the_start),
        TEST(a_status_that_cannot_be_stored_is_dropped_and_the_rest_goes_on),
        TEST(the_roster_names_sensors_and_gives_each_model_once),
        TEST(a_roster_that_nobody_took_leaves_its_models_to_the_next),
        TEST(flagged_flows_are_there_at_once_and_for_a_day),
        TEST(a_worker_without_a_database_stops_at_once),
    };
    if (store_database_missing()) {
        return STORE_DATABASE_SKIPPED;
    }
    return cmocka_run_group_tests(tests, store_database_set_up, store_database_tear_down);
}
