/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/store_database.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/flow/l2_event.h"

#include "collector/store/row_text.h"
#include "collector/store/store.h"

#include "tests/support/statistics_sample.h"
#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

static struct store_result commit(struct store_database *fixture, const struct ready_batch *batch)
{
    struct store_result result = {.code = WEIR_EINVAL};
    if (store_commit(fixture->store, &batch, 1, &result, &fixture->error) != WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    return result;
}

static void a_batch_is_stored_once(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(1, 1, 100, STORE_DATABASE_START_US, 1000);
    assert_err(commit(fixture, batch).code, WEIR_OK);
    assert_true(commit(fixture, batch).skipped);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 100);
    assert_int_equal(fixture->counters.ledger_skips, 1);
    assert_int_equal(fixture->counters.flows, 100);
    batch->content_hash++;
    assert_err(commit(fixture, batch).code, WEIR_ECONFLICT);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 100);
    assert_int_equal(store_database_ask(fixture, "SELECT weir.micros(min(ts)) FROM weir.flow"),
                     STORE_DATABASE_START_US);
    store_rows_free(batch);
}

static void a_transaction_takes_many_batches_and_skips_what_it_has(void **state)
{
    struct store_database *fixture = *state;
    const struct ready_batch *batches[6];
    struct ready_batch *made[4];
    struct store_result results[6];
    for (uint32_t i = 0; i < 4; i++) {
        made[i] = store_rows_new(1 + i % 2, 1 + i / 2, 10, STORE_DATABASE_START_US + i, 1);
        batches[i] = made[i];
    }
    batches[4] = made[0]; /* twice in the same transaction */
    struct ready_batch *nameless = store_rows_new(9, 1, 3, STORE_DATABASE_START_US, 1);
    nameless->batch.stream[0] = '\0';
    batches[5] = nameless;
    assert_err(store_commit(fixture->store, batches, 6, results, &fixture->error), WEIR_OK);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 40);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.ledger"), 4);
    assert_true(results[4].skipped && !results[0].skipped);
    assert_err(results[5].code, WEIR_EFORMAT);
    for (uint32_t i = 0; i < 4; i++) {
        store_rows_free(made[i]);
    }
    store_rows_free(nameless);
}

static void an_open_flow_lives_in_flow_open_until_it_ends(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *start = store_rows_new(1, 1, 2, STORE_DATABASE_START_US, 1000);
    struct ready_batch *interim = store_rows_new(1, 2, 1, STORE_DATABASE_START_US, 1000);
    struct ready_batch *final = store_rows_new(1, 3, 1, STORE_DATABASE_START_US, 1000);
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
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_open"), 2);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT orig_bytes FROM weir.flow_open WHERE flow_id = 1"),
                     777);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT count FROM weir.flow_open WHERE flow_id = 1"),
                     120);
    assert_err(commit(fixture, final).code, WEIR_OK);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_open"), 1);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT count(*) FROM weir.flow WHERE flow_id = 1"),
                     1);
    store_rows_free(start);
    store_rows_free(interim);
    store_rows_free(final);
}

static void statistics_lie_beside_their_flow(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(1, 1, 3, STORE_DATABASE_START_US, 1000);
    struct weir_flow_statistics statistics[2];
    struct weir_rng rng;
    weir_rng_init(&rng, 3);
    for (size_t i = 0; i < 2; i++) { /* the third flow was not measured */
        statistics_sample_fill(&statistics[i], &rng);
        batch->batch.records[i].statistics = &statistics[i];
    }
    statistics[0].orig.mss = WEIR_ABSENT;
    statistics[0].sequence_count = 2;
    statistics[0].len_seq[0] = -40;
    statistics[0].iat_seq[1] = UINT32_MAX;
    statistics[0].stack_count = 1;
    statistics[1].sequence_count = 0;
    statistics[1].stack_count = 0;
    assert_err(commit(fixture, batch).code, WEIR_OK);
    assert_true(commit(fixture, batch).skipped);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_statistics"), 2);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT count(*) FROM weir.flow JOIN weir.flow_statistics "
                                        "USING (ts, sensor_id, boot, flow_id)"),
                     2);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT count(*) FROM weir.flow_statistics WHERE "
                                        "orig_mss IS NULL AND len_seq[1] = -40 AND iat_seq[2] = "
                                        "4294967295 AND header_stacks = '{eth:ipv4}'"),
                     1);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_statistics WHERE "
                                                 "len_seq = '{}' AND header_stacks = '{}'"),
                     1);
    store_rows_free(batch);
}

static void markers_and_events_are_stored_with_their_batch(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(1, 1, 0, STORE_DATABASE_START_US, 1000);
    struct weir_marker markers[2] = {
        {.number = 1, .injected_us = 1000, .clock_us = 900, .closed_us = 2000, .spooled_us = 2500},
        {.number = 2, .injected_us = 61000, .closed_us = 62000, .sent_number = 1, .sent_us = 3000}};
    struct weir_l2_event events[2] = {{.first_us = STORE_DATABASE_START_US,
                                       .last_us = STORE_DATABASE_START_US + 5,
                                       .count = 12,
                                       .address = {.bytes = {10, 0, 0, 1}, .size = 4},
                                       .vlan = 7,
                                       .rule = WEIR_L2_A_DUP,
                                       .severity = WEIR_SEVERITY_HIGH,
                                       .mac = {2, 0, 0, 0, 0, 1},
                                       .other_mac = {2, 0, 0, 0, 0, 2}}};
    events[1] = events[0];
    events[1].revision = 1;
    events[1].count = 30;
    batch->batch.markers = markers;
    batch->batch.marker_count = 2;
    batch->batch.events = events;
    batch->batch.event_count = 2;
    batch->received_us = 4000;
    batch->released_us = 5000;
    assert_err(commit(fixture, batch).code, WEIR_OK);
    assert_true(commit(fixture, batch).skipped);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.marker"), 2);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT weir.micros(sent_at) + weir.micros(released_at) "
                                        "FROM weir.marker WHERE number = 1"),
                     8000);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.marker WHERE number = "
                                                 "2 AND packet_clock IS NULL AND sent_at IS NULL"),
                     1);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.l2_event"), 2);
    assert_int_equal(store_database_ask(fixture, "SELECT count FROM weir.layer2 WHERE rule = "
                                                 "'A-DUP' AND mac = '02:00:00:00:00:01' AND "
                                                 "address = '10.0.0.1' AND asker IS NULL"),
                     30);
    store_rows_free(batch);
}

static void bad_rows_are_put_aside_and_the_rest_is_stored(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(1, 1, 50, STORE_DATABASE_START_US, 1000);
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
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 46);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_rejected"), 4);
    assert_int_equal(
        store_database_ask(fixture,
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
    struct store_database *fixture = *state;
    struct ready_batch *first =
        store_rows_new(1, 1, 5, STORE_DATABASE_START_US - 86400000000, 1000);
    struct ready_batch *second =
        store_rows_new(1, 2, 5, STORE_DATABASE_START_US - 86400000000, 1000);
    second->batch.records[4].start_us = INT64_C(100000000); /* 1970: too far away */
    second->batch.records[4].end_us = INT64_C(200000000);
    assert_err(commit(fixture, first).code, WEIR_OK);
    /* The store still believes the day is there. */
    assert_err(connection_run(fixture->admin, "SELECT weir.retire_flow_day('2025-12-31')",
                              &fixture->error),
               WEIR_OK);
    assert_err(commit(fixture, second).code, WEIR_OK);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 0);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_late"), 5);
    assert_int_equal(fixture->counters.rejected_rows, 0);
    assert_err(connection_run(fixture->admin, "SELECT weir.drop_retired_day('2025-12-31')", NULL),
               WEIR_OK);
    store_rows_free(first);
    store_rows_free(second);
}

static void another_type_of_column_is_refused_by_name(void **state)
{
    struct store_database *fixture = *state;
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
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(8, 1, 10, STORE_DATABASE_START_US, 1000);
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
    fixture->ingest = store_database_open_as("weir_ingest");
    const struct store_options options = {.counters = &fixture->counters};
    assert_err(store_new(fixture->ingest, &options, &fixture->store, &fixture->error), WEIR_OK);
    assert_err(commit(fixture, batch).code, WEIR_OK);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 10);
    store_rows_free(batch);
}

/* In a process of its own: stops itself between COPY and COMMIT. */
static void commit_and_stop(const struct ready_batch *batch)
{
    struct weir_error error = {0};
    struct store_counters counters = {0};
    struct store_result result;
    struct connection *connection = NULL;
    struct store *store = NULL;
    const struct connection_options login = {.conninfo = getenv("WEIR_TEST_CONNINFO"),
                                             .role = "weir_ingest"};
    const struct store_options options = {.counters = &counters, .stop_before_commit = 1};
    if (connection_open(&login, &connection, &error) != WEIR_OK ||
        store_new(connection, &options, &store, &error) != WEIR_OK ||
        store_commit(store, &batch, 1, &result, &error) != WEIR_OK) {
        _exit(1);
    }
    _exit(0);
}

static void a_kill_between_copy_and_commit_stores_nothing(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(8, 2, 1000, STORE_DATABASE_START_US, 1000);
    const pid_t child = fork();
    if (child == 0) {
        commit_and_stop(batch);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    const struct store_result result = commit(fixture, batch); /* waits for the dead session */
    assert_err(result.code, WEIR_OK);
    assert_false(result.skipped);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 1000);
    assert_int_equal(store_database_ask(fixture, "SELECT count(DISTINCT flow_id) FROM weir.flow"),
                     1000);
    store_rows_free(batch);
}

int main(void)
{
    if (store_database_missing()) {
        return STORE_DATABASE_SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_batch_is_stored_once, store_database_empty_tables),
        cmocka_unit_test_setup(a_transaction_takes_many_batches_and_skips_what_it_has,
                               store_database_empty_tables),
        cmocka_unit_test_setup(an_open_flow_lives_in_flow_open_until_it_ends,
                               store_database_empty_tables),
        cmocka_unit_test_setup(statistics_lie_beside_their_flow, store_database_empty_tables),
        cmocka_unit_test_setup(markers_and_events_are_stored_with_their_batch,
                               store_database_empty_tables),
        cmocka_unit_test_setup(bad_rows_are_put_aside_and_the_rest_is_stored,
                               store_database_empty_tables),
        cmocka_unit_test_setup(rows_of_a_retired_day_go_to_flow_late, store_database_empty_tables),
        cmocka_unit_test_setup(another_type_of_column_is_refused_by_name,
                               store_database_empty_tables),
        cmocka_unit_test_setup(no_server_is_a_sentence, store_database_empty_tables),
        cmocka_unit_test_setup(a_killed_session_is_a_lost_peer, store_database_empty_tables),
        cmocka_unit_test_setup(a_kill_between_copy_and_commit_stores_nothing,
                               store_database_empty_tables),
    };
    return cmocka_run_group_tests(tests, store_database_set_up, store_database_tear_down);
}
