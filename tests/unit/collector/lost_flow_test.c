/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/lost_flow.h"

#include <string.h>

#include "tests/support/store_database.h"
#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

#define DAY_US INT64_C(86400000000)

static void commit(struct store_database *fixture, const struct ready_batch *batch)
{
    struct store_result result = {.code = WEIR_EINVAL};
    if (store_commit(fixture->store, &batch, 1, &result, &fixture->error) != WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    assert_err(result.code, WEIR_OK);
}

/* A batch of boot `boot` with count connections that are open at start_us. */
static struct ready_batch *open_batch(uint8_t boot, uint64_t sequence, size_t count,
                                      int64_t start_us)
{
    struct ready_batch *batch = store_rows_new(1, sequence, count, start_us, 1000);
    batch->batch.boot.bytes[1] = boot;
    for (size_t i = 0; i < count; i++) {
        struct weir_flow_record *record = &batch->batch.records[i];
        record->record_type = i % 2 == 0 ? WEIR_RECORD_START : WEIR_RECORD_INTERIM;
        record->end_reason = i % 2 == 0 ? WEIR_END_NONE : WEIR_END_ACTIVE;
        record->flow_status = i % 2 == 0 ? 0 : WEIR_STATUS_INTERIM;
        record->flow_id = i + 1;
    }
    return batch;
}

static void commit_open(struct store_database *fixture, uint8_t boot, size_t count,
                        int64_t start_us)
{
    struct ready_batch *batch = open_batch(boot, 1, count, start_us);
    commit(fixture, batch);
    store_rows_free(batch);
}

static uint64_t end_boot(struct store_database *fixture, uint8_t boot)
{
    struct ready_batch *batch = open_batch(boot, 1, 1, STORE_DATABASE_START_US);
    uint64_t moved = 99;
    assert_err(lost_flow_end(fixture->ingest, 1, &batch->batch.boot, &moved, &fixture->error),
               WEIR_OK);
    store_rows_free(batch);
    return moved;
}

static void open_flows_of_a_boot_become_flows_once(void **state)
{
    struct store_database *fixture = *state;
    commit_open(fixture, 1, 4, STORE_DATABASE_START_US);
    commit_open(fixture, 2, 2, STORE_DATABASE_START_US);
    assert_int_equal(end_boot(fixture, 1), 4);
    assert_int_equal(end_boot(fixture, 1), 0);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 4);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_open"), 2);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT count(*) FROM weir.flow WHERE end_reason = 4 AND "
                                        "record_type = 3 AND flow_status = 1::bigint << 61"),
                     4);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow f WHERE "
                                                 "f.count = 120 AND f.stream = 'live'"),
                     4);
}

static void a_flow_of_a_retired_day_goes_to_flow_late(void **state)
{
    struct store_database *fixture = *state;
    commit_open(fixture, 1, 3, STORE_DATABASE_START_US - 5 * DAY_US);
    (void)store_database_ask(fixture, "SELECT weir.retire_flow_day('2025-12-27') <> ''");
    (void)end_boot(fixture, 1);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_late"), 3);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow"), 0);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_open"), 0);
}

static void what_a_dead_collector_left_is_found_in_the_ledger(void **state)
{
    struct store_database *fixture = *state;
    uint64_t moved = 99;
    commit_open(fixture, 1, 3, STORE_DATABASE_START_US);
    assert_err(lost_flow_end_all(fixture->ingest, &moved, &fixture->error), WEIR_OK);
    assert_int_equal(moved, 0); /* nothing newer: the boot may still be sending */
    commit_open(fixture, 2, 2, STORE_DATABASE_START_US);
    assert_err(lost_flow_end_all(fixture->ingest, &moved, &fixture->error), WEIR_OK);
    assert_int_equal(moved, 3);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_open"), 2);
}

static void a_newer_boot_in_another_stream_proves_nothing(void **state)
{
    struct store_database *fixture = *state;
    uint64_t moved = 99;
    commit_open(fixture, 1, 3, STORE_DATABASE_START_US);
    struct ready_batch *other = open_batch(2, 1, 2, STORE_DATABASE_START_US);
    (void)snprintf(other->batch.stream, sizeof(other->batch.stream), "replay");
    commit(fixture, other);
    store_rows_free(other);
    assert_err(lost_flow_end_all(fixture->ingest, &moved, &fixture->error), WEIR_OK);
    assert_int_equal(moved, 0);
}

static void two_boots_of_one_transaction_keep_their_order(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *older = open_batch(2, 1, 3, STORE_DATABASE_START_US);
    struct ready_batch *newer = open_batch(1, 1, 2, STORE_DATABASE_START_US);
    const struct ready_batch *batches[] = {older, newer};
    struct store_result results[2];
    uint64_t moved = 99;
    assert_err(store_commit(fixture->store, batches, 2, results, &fixture->error), WEIR_OK);
    assert_err(lost_flow_end_all(fixture->ingest, &moved, &fixture->error), WEIR_OK);
    assert_int_equal(moved, 3);
    store_rows_free(older);
    store_rows_free(newer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(open_flows_of_a_boot_become_flows_once, store_database_empty_tables),
        cmocka_unit_test_setup(a_flow_of_a_retired_day_goes_to_flow_late,
                               store_database_empty_tables),
        cmocka_unit_test_setup(what_a_dead_collector_left_is_found_in_the_ledger,
                               store_database_empty_tables),
        cmocka_unit_test_setup(a_newer_boot_in_another_stream_proves_nothing,
                               store_database_empty_tables),
        cmocka_unit_test_setup(two_boots_of_one_transaction_keep_their_order,
                               store_database_empty_tables),
    };
    if (store_database_missing()) {
        return STORE_DATABASE_SKIPPED;
    }
    return cmocka_run_group_tests(tests, store_database_set_up, store_database_tear_down);
}
