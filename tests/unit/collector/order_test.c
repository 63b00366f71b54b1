/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/order.h"

#include <string.h>

#include "tests/support/weir_test.h"

#define BASE_US INT64_C(1770000000000000)

static struct order_now at(int64_t second)
{
    return (struct order_now){.mono = {.ns = (second + 1) * WEIR_NS_PER_S},
                              .wall_us = BASE_US + second * WEIR_US_PER_S};
}

static struct weir_boot_id boot_of(uint8_t number)
{
    return (struct weir_boot_id){.bytes = {number}};
}

static struct order *new_order(void)
{
    struct order *order = NULL;
    assert_err(order_new(&order_defaults, &order), WEIR_OK);
    return order;
}

static void join(struct order *order, uint32_t sensor_id)
{
    const struct order_hello hello = {.sensor_id = sensor_id,
                                      .boot = boot_of(1),
                                      .stream = ORDER_LIVE_STREAM};
    assert_err(order_on_join(order, &hello, at(0)), WEIR_OK);
}

/* A batch of one FINAL that starts at `second`, with its low. */
static struct ready_batch *make_batch(uint32_t sensor_id, uint64_t sequence, int64_t second,
                                      int64_t low_second)
{
    struct ready_batch *batch = flow_row_batch_new(0);
    assert_non_null(batch);
    batch->sensor_id = sensor_id;
    batch->content_hash = sequence + 100;
    batch->wire_bytes = 100;
    batch->batch = (struct weir_flow_batch){
        .boot = boot_of(1),
        .sequence = sequence,
        .previous_sequence = sequence - 1,
        .low_us = BASE_US + low_second * WEIR_US_PER_S,
        .stream = ORDER_LIVE_STREAM,
        .count = 1,
    };
    batch->batch.records =
        (struct weir_flow_record *)weir_arena_take(&batch->arena, sizeof(*batch->batch.records));
    batch->batch.records[0] = (struct weir_flow_record){
        .flow_id = sequence,
        .record_no = sequence,
        .start_us = BASE_US + second * WEIR_US_PER_S,
        .record_type = WEIR_RECORD_FINAL,
        .proto = WEIR_PROTO_UDP,
        .ip_version = 4,
        .early_flag = WEIR_FLAG_SF,
        .has_vector = true,
        .orig = {.address = {.bytes = {10, 0, 0, 1}, .size = 4}, .port = 5353},
        .resp = {.address = {.bytes = {10, 0, 0, 2}, .size = 4}, .port = 53},
    };
    return batch;
}

static int give(struct order *order, struct ready_batch *batch, int64_t second)
{
    return order_on_batch(order, &batch, at(second));
}

static struct order_ack last_ack(struct order *order)
{
    struct order_ack ack = {0};
    while (order_pop_ack(order, &ack)) {
    }
    return ack;
}

static void batch_without_session_is_refused(void **state)
{
    (void)state;
    struct order *order = new_order();
    assert_err(give(order, make_batch(1, 1, 0, 1), 1), WEIR_ENOENT);
    order_free(order);
}

static void batch_waits_for_the_slowest_sensor(void **state)
{
    (void)state;
    struct order *order = new_order();
    join(order, 1);
    join(order, 2);
    assert_err(give(order, make_batch(1, 1, 0, 5), 5), WEIR_OK);
    assert_null(order_pop_ready(order));
    assert_err(give(order, make_batch(2, 1, 0, 1), 5), WEIR_OK);
    struct ready_batch *first = order_pop_ready(order);
    assert_non_null(first);
    assert_int_equal(first->rows[0].reason, FLOW_ROW_COMPLETE);
    assert_int_equal(first->rows[0].frozen.count, 1);
    struct ready_batch *second = order_pop_ready(order);
    assert_non_null(second);
    assert_int_equal(second->rows[0].frozen.count, 2);
    order_free(order);
}

static void nothing_is_acknowledged_before_its_commit(void **state)
{
    (void)state;
    struct order *order = new_order();
    join(order, 1);
    assert_err(give(order, make_batch(1, 1, 0, 5), 5), WEIR_OK);
    struct ready_batch *batch = order_pop_ready(order);
    assert_int_equal(last_ack(order).committed_sequence, 0);
    order_commit_done(order, &batch);
    assert_null(batch);
    const struct order_ack ack = last_ack(order);
    assert_int_equal(ack.committed_sequence, 1);
    assert_int_equal(ack.received_sequence, 1);
    order_free(order);
}

static void failed_commit_takes_all_credit_until_one_succeeds(void **state)
{
    (void)state;
    struct order *order = new_order();
    join(order, 1);
    assert_true(order_credit(order, 1) > 0);
    assert_err(give(order, make_batch(1, 1, 0, 5), 5), WEIR_OK);
    struct ready_batch *batch = order_pop_ready(order);
    order_commit_failed(order, &batch);
    assert_int_equal(order_credit(order, 1), 0);
    batch = order_pop_ready(order);
    assert_non_null(batch);
    order_commit_done(order, &batch);
    assert_true(order_credit(order, 1) >= order_defaults.wire_batch_max);
    order_free(order);
}

static void half_full_memory_leaves_credit_to_whoever_is_waited_for(void **state)
{
    (void)state;
    struct order_options options = order_defaults;
    options.memory_max = 2048;
    struct order *order = NULL;
    assert_err(order_new(&options, &order), WEIR_OK);
    join(order, 1);
    join(order, 2);
    assert_err(give(order, make_batch(1, 1, 3, 4), 5), WEIR_OK);
    assert_err(give(order, make_batch(2, 1, 3, 2), 5), WEIR_OK);
    assert_true(order_read_gauges(order).held_bytes >= options.memory_max / 2);
    assert_int_equal(order_credit(order, 1), 0);
    assert_true(order_credit(order, 2) >= options.wire_batch_max);
    order_free(order);
}

static void hole_asks_once_for_what_is_missing(void **state)
{
    (void)state;
    struct order *order = new_order();
    join(order, 1);
    (void)last_ack(order);
    assert_err(give(order, make_batch(1, 2, 0, 5), 5), WEIR_EAGAIN);
    const struct order_ack ack = last_ack(order);
    assert_true(ack.resend);
    assert_int_equal(ack.received_sequence, 0);
    assert_err(give(order, make_batch(1, 3, 0, 5), 5), WEIR_EAGAIN);
    assert_false(last_ack(order).resend);
    order_free(order);
}

static void same_sequence_with_other_content_is_a_conflict(void **state)
{
    (void)state;
    struct order *order = new_order();
    join(order, 1);
    assert_err(give(order, make_batch(1, 1, 0, 0), 5), WEIR_OK);
    assert_err(give(order, make_batch(1, 1, 0, 0), 5), WEIR_OK);
    struct ready_batch *other = make_batch(1, 1, 0, 0);
    other->content_hash = 1;
    assert_err(give(order, other, 5), WEIR_ECONFLICT);
    struct order_event event;
    assert_true(order_pop_event(order, &event));
    assert_int_equal(event.kind, ORDER_EVENT_CONFLICT);
    order_free(order);
}

static void conflict_in_the_ledger_drops_the_boot_unacknowledged(void **state)
{
    (void)state;
    struct order *order = new_order();
    join(order, 1);
    assert_err(give(order, make_batch(1, 1, 0, 5), 5), WEIR_OK);
    assert_err(give(order, make_batch(1, 2, 6, 9), 9), WEIR_OK);
    struct ready_batch *batch = order_pop_ready(order);
    order_commit_conflict(order, &batch);
    assert_null(order_pop_ready(order));
    assert_int_equal(order_read_gauges(order).held_bytes, 0);
    assert_int_equal(last_ack(order).committed_sequence, 0);
    assert_err(give(order, make_batch(1, 3, 9, 12), 12), WEIR_ECONFLICT);
    order_free(order);
}

static void malformed_batches_are_refused(void **state)
{
    (void)state;
    struct order *order = new_order();
    join(order, 1);
    struct ready_batch *nameless = make_batch(1, 1, 0, 5);
    nameless->batch.stream[0] = '\0';
    assert_err(give(order, nameless, 5), WEIR_EINVAL);
    struct ready_batch *endless = make_batch(1, 1, 0, 5);
    memset(endless->batch.stream, 'x', sizeof(endless->batch.stream));
    assert_err(give(order, endless, 5), WEIR_EINVAL);
    struct ready_batch *backwards = make_batch(1, 1, 0, 5);
    backwards->batch.previous_sequence = 1;
    assert_err(give(order, backwards, 5), WEIR_EINVAL);
    const struct order_hello hello = {.sensor_id = 1, .boot = boot_of(1), .stream = ""};
    assert_err(order_on_join(order, &hello, at(5)), WEIR_EINVAL);
    order_free(order);
}

static void start_in_the_future_is_a_suspect_clock(void **state)
{
    (void)state;
    struct order *order = new_order();
    join(order, 1);
    assert_err(give(order, make_batch(1, 1, 60, 4), 5), WEIR_OK);
    const struct ready_batch *batch = order_pop_ready(order);
    assert_non_null(batch);
    assert_int_equal(batch->rows[0].reason, FLOW_ROW_CLOCK_SUSPECT);
    order_free(order);
}

static void silent_sensor_is_left_out_after_thirty_seconds(void **state)
{
    (void)state;
    struct order *order = new_order();
    join(order, 1);
    join(order, 2);
    assert_err(give(order, make_batch(1, 1, 0, 5), 29), WEIR_OK);
    assert_null(order_pop_ready(order));
    order_advance(order, at(31));
    assert_non_null(order_pop_ready(order));
    assert_int_equal(order_watermark(order, ORDER_LIVE_STREAM), BASE_US + 5 * WEIR_US_PER_S);
    order_free(order);
}

/* Sensor 1 is at 100 s; sensor 2 is 90 s behind and gives `gain` seconds in the next eleven. */
static bool is_set_aside(int64_t gain)
{
    struct order *order = new_order();
    join(order, 1);
    join(order, 2);
    assert_err(give(order, make_batch(2, 1, 5, 10), 100), WEIR_OK);
    assert_err(give(order, make_batch(1, 1, 50, 100), 100), WEIR_OK);
    assert_err(give(order, make_batch(2, 2, 11, 10 + gain), 105), WEIR_OK);
    order_advance(order, at(111));
    struct order_event event;
    bool set_aside = false;
    while (order_pop_event(order, &event)) {
        set_aside = set_aside || (event.kind == ORDER_EVENT_LAGGARD && event.sensor_id == 2);
    }
    order_free(order);
    return set_aside;
}

static void sensor_far_behind_is_set_aside_unless_it_catches_up(void **state)
{
    (void)state;
    assert_true(is_set_aside(5));
    assert_false(is_set_aside(25));
}

static void default_windows_are_the_operators(void **state)
{
    (void)state;
    assert_memory_equal(&order_defaults.window, &weir_kdd_window_defaults,
                        sizeof(weir_kdd_window_defaults));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_without_session_is_refused),
        cmocka_unit_test(batch_waits_for_the_slowest_sensor),
        cmocka_unit_test(nothing_is_acknowledged_before_its_commit),
        cmocka_unit_test(failed_commit_takes_all_credit_until_one_succeeds),
        cmocka_unit_test(half_full_memory_leaves_credit_to_whoever_is_waited_for),
        cmocka_unit_test(hole_asks_once_for_what_is_missing),
        cmocka_unit_test(same_sequence_with_other_content_is_a_conflict),
        cmocka_unit_test(conflict_in_the_ledger_drops_the_boot_unacknowledged),
        cmocka_unit_test(malformed_batches_are_refused),
        cmocka_unit_test(start_in_the_future_is_a_suspect_clock),
        cmocka_unit_test(silent_sensor_is_left_out_after_thirty_seconds),
        cmocka_unit_test(sensor_far_behind_is_set_aside_unless_it_catches_up),
        cmocka_unit_test(default_windows_are_the_operators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
