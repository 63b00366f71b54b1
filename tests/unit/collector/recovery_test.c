/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/recovery.h"

#include <string.h>

#include "collector/order/order_restore.h"
#include "collector/store/restore.h"
#include "collector/store/sensor_session.h"

#include "tests/support/store_database.h"
#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

#define STEP_US INT64_C(1000)

static void commit(struct store_database *fixture, struct ready_batch *batch)
{
    const struct ready_batch *batches[] = {batch};
    struct store_result result = {.code = WEIR_EINVAL};
    if (store_commit(fixture->store, batches, 1, &result, &fixture->error) != WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    assert_err(result.code, WEIR_OK);
    store_rows_free(batch);
}

static void put_session(struct store_database *fixture, uint32_t sensor_id, const char *stream,
                        uint8_t boot, int64_t offset_us)
{
    struct sensor_session session = {.sensor_id = sensor_id,
                                     .boot = {.bytes = {0xb0, boot}},
                                     .clock_offset_us = offset_us};
    session.boot.bytes[15] = (uint8_t)sensor_id;
    (void)snprintf(session.stream, sizeof(session.stream), "%s", stream);
    assert_err(sensor_session_put(fixture->ingest, &session, &fixture->error), WEIR_OK);
}

/* What a new order says of stream after recovery. */
static int64_t watermark_after_recovery(struct store_database *fixture, const char *stream,
                                        struct order_gauges *gauges)
{
    const struct connection_options connection = {.conninfo = getenv("WEIR_TEST_CONNINFO"),
                                                  .role = "weir_ingest",
                                                  .application_name = "recovery_test"};
    const struct order_now now = {.mono = weir_mono_now(), .wall_us = weir_wall_now_us()};
    struct order_options options = order_defaults;
    struct order *order = NULL;
    options.hash_key = 7;
    options.window.hash_key = 7;
    assert_err(order_new(&options, &order), WEIR_OK);
    if (recovery_run(&connection, order, now, &fixture->error) != WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    const int64_t watermark_us = order_watermark(order, stream);
    *gauges = order_read_gauges(order);
    order_free(order);
    return watermark_us;
}

static void an_empty_database_restores_an_empty_order(void **state)
{
    struct order_gauges gauges;
    assert_true(watermark_after_recovery(*state, "replay", &gauges) == INT64_MIN);
    assert_int_equal(gauges.released + gauges.open_flows + gauges.entries, 0);
}

static void flows_and_open_flows_come_back(void **state)
{
    struct store_database *fixture = *state;
    struct order_gauges gauges;
    struct ready_batch *batch = store_rows_new(1, 1, 50, STORE_DATABASE_START_US, STEP_US);
    batch->batch.records[3].record_type = WEIR_RECORD_START;
    batch->batch.records[3].end_reason = WEIR_END_NONE;
    commit(fixture, batch);
    assert_true(watermark_after_recovery(fixture, "live", &gauges) ==
                STORE_DATABASE_START_US + 50 * STEP_US);
    assert_int_equal(gauges.released, 50);
    assert_int_equal(gauges.open_flows, 1);
    assert_int_equal(gauges.restore_late, 0);
}

static struct ready_batch *replay_batch(uint32_t sensor_id)
{
    struct ready_batch *batch = store_rows_new(sensor_id, 1, 5, STORE_DATABASE_START_US, STEP_US);
    (void)snprintf(batch->batch.stream, sizeof(batch->batch.stream), "replay");
    return batch;
}

static void a_sensor_that_committed_nothing_is_waited_for(void **state)
{
    struct store_database *fixture = *state;
    struct order_gauges gauges;
    commit(fixture, replay_batch(1));
    put_session(fixture, 1, "replay", 0, 0);
    assert_true(watermark_after_recovery(fixture, "replay", &gauges) > 0);
    put_session(fixture, 2, "replay", 0, 0);
    assert_true(watermark_after_recovery(fixture, "replay", &gauges) == INT64_MIN);
    commit(fixture, replay_batch(2));
    assert_true(watermark_after_recovery(fixture, "replay", &gauges) > 0);
}

static void a_revoked_sensor_is_not_waited_for(void **state)
{
    struct store_database *fixture = *state;
    struct order_gauges gauges;
    commit(fixture, replay_batch(1));
    assert_err(connection_run(fixture->admin,
                              "INSERT INTO weir.branch (name) VALUES ('b') ON CONFLICT DO NOTHING;"
                              "INSERT INTO weir.sensor (id, name, branch, public_key, revoked) "
                              "OVERRIDING SYSTEM VALUE VALUES (77, 'gone', 'b', "
                              "decode(repeat('ab', 32), 'hex'), true)",
                              &fixture->error),
               WEIR_OK);
    put_session(fixture, 77, "replay", 0, 0);
    assert_true(watermark_after_recovery(fixture, "replay", &gauges) > 0);
    assert_err(connection_run(fixture->admin, "DELETE FROM weir.sensor WHERE id = 77", NULL),
               WEIR_OK);
}

struct seen {
    struct restore_position at[8];
    size_t count;
};

static void see(const struct restore_position *position, void *context)
{
    struct seen *seen = (struct seen *)context;
    assert_true(seen->count < 8);
    seen->at[seen->count++] = *position;
}

static void positions_carry_the_clock_and_the_newest_boot_last(void **state)
{
    struct store_database *fixture = *state;
    struct seen seen = {0};
    commit(fixture, store_rows_new(1, 1, 5, STORE_DATABASE_START_US, STEP_US));
    put_session(fixture, 1, "live", 9, 250000);
    put_session(fixture, 1, "live", 9, 300000); /* replaces */
    assert_err(restore_positions(fixture->ingest, see, &seen, &fixture->error), WEIR_OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.at[0].sequence, 1);
    assert_int_equal(seen.at[0].clock_offset_us, 300000);
    assert_int_equal(seen.at[1].sequence, 0);
    assert_true(seen.at[1].low_us == INT64_MIN);
    assert_int_equal(seen.at[1].boot.bytes[1], 9);
    assert_int_equal(seen.at[1].clock_offset_us, 300000);
}

static void an_unreachable_database_may_be_tried_again(void **state)
{
    const struct connection_options connection = {.conninfo = "host=/nonexistent dbname=none"};
    const struct order_now now = {.mono = weir_mono_now(), .wall_us = weir_wall_now_us()};
    struct weir_error error = {0};
    struct order *order = NULL;
    (void)state;
    assert_err(order_new(&order_defaults, &order), WEIR_OK);
    assert_err(recovery_run(&connection, order, now, &error), WEIR_EPEER);
    assert_true(strlen(error.text) > 0);
    order_free(order);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_database_restores_an_empty_order,
                               store_database_empty_tables),
        cmocka_unit_test_setup(flows_and_open_flows_come_back, store_database_empty_tables),
        cmocka_unit_test_setup(a_sensor_that_committed_nothing_is_waited_for,
                               store_database_empty_tables),
        cmocka_unit_test_setup(a_revoked_sensor_is_not_waited_for, store_database_empty_tables),
        cmocka_unit_test_setup(positions_carry_the_clock_and_the_newest_boot_last,
                               store_database_empty_tables),
        cmocka_unit_test(an_unreachable_database_may_be_tried_again),
    };
    if (store_database_missing()) {
        return STORE_DATABASE_SKIPPED;
    }
    return cmocka_run_group_tests(tests, store_database_set_up, store_database_tear_down);
}
