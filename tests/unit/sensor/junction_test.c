/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/junction.h"

#include <stdlib.h>

#include "sensor/export/outbox.h"

#include "tests/support/weir_test.h"

#define ROOM 4

struct fixture {
    struct weir_ring *ring;
    struct junction *junction;
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_err(weir_ring_new(ROOM, &f->ring), WEIR_OK);
    assert_err(junction_new(f->ring, 2, &f->junction), WEIR_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    void *item = NULL;
    while ((item = weir_ring_pop(f->ring)) != NULL) {
        outbox_item_free((struct outbox_item *)item);
    }
    junction_free(f->junction);
    weir_ring_free(f->ring);
    free(f);
    return 0;
}

static struct outbox_item *new_item(enum outbox_kind kind, int64_t low_us, size_t records)
{
    struct outbox_item *item =
        (struct outbox_item *)calloc(1, sizeof(*item) + records * sizeof(struct weir_flow_record));
    assert_non_null(item);
    item->kind = kind;
    item->low_us = low_us;
    item->count = records;
    for (size_t i = 0; i < records; i++) {
        item->records[i].record_no = 1 + i; /* every lane numbers its own */
    }
    return item;
}

static void push(struct fixture *f, size_t lane, enum outbox_kind kind, int64_t low_us,
                 size_t records)
{
    struct outbox_item *item = new_item(kind, low_us, records);
    assert_true(junction_push(f->junction, lane, &item));
    assert_null(item);
}

static void expect(struct fixture *f, enum outbox_kind kind, int64_t low_us, uint64_t last_no)
{
    struct outbox_item *item = (struct outbox_item *)weir_ring_pop(f->ring);
    assert_non_null(item);
    assert_int_equal(item->kind, kind);
    assert_true(item->low_us == low_us);
    if (item->count > 0) {
        assert_int_equal(item->records[item->count - 1].record_no, last_no);
    }
    outbox_item_free(item);
}

static void an_item_bears_the_least_low_of_all_lanes(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    push(f, 0, OUTBOX_NOTE, 50, 0);
    push(f, 1, OUTBOX_NOTE, 40, 0);
    push(f, 1, OUTBOX_NOTE, 70, 0);
    expect(f, OUTBOX_NOTE, INT64_MIN, 0); /* the other lane has not said anything */
    expect(f, OUTBOX_NOTE, 40, 0);
    expect(f, OUTBOX_NOTE, 50, 0);
}

static void records_of_several_lanes_are_numbered_as_they_join(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    push(f, 0, OUTBOX_BATCH, 1, 3);
    push(f, 1, OUTBOX_BATCH, 1, 2);
    push(f, 0, OUTBOX_BATCH, 1, 1);
    expect(f, OUTBOX_BATCH, INT64_MIN, 3);
    expect(f, OUTBOX_BATCH, 1, 5);
    expect(f, OUTBOX_BATCH, 1, 6);
}

static void only_the_last_lane_ends_the_stream(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    push(f, 1, OUTBOX_NOTE, 40, 0);
    push(f, 0, OUTBOX_END, WEIR_LOW_END, 0);
    push(f, 1, OUTBOX_END, WEIR_LOW_END, 0);
    expect(f, OUTBOX_NOTE, INT64_MIN, 0);
    expect(f, OUTBOX_NOTE, 40, 0);
    expect(f, OUTBOX_END, WEIR_LOW_END, 0);
}

static void a_full_ring_changes_nothing(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    for (int i = 0; i < ROOM; i++) {
        push(f, 0, OUTBOX_BATCH, 10, 1);
    }
    struct outbox_item *item = new_item(OUTBOX_BATCH, 20, 2);
    assert_false(junction_push(f->junction, 1, &item));
    assert_non_null(item);
    assert_true(item->low_us == 20);
    expect(f, OUTBOX_BATCH, INT64_MIN, 1);
    assert_true(junction_push(f->junction, 1, &item));
    for (uint64_t i = 2; i <= ROOM; i++) {
        expect(f, OUTBOX_BATCH, INT64_MIN, i);
    }
    expect(f, OUTBOX_BATCH, 10, ROOM + 2);
}

static void what_is_dropped_is_counted_and_its_numbers_stay_unused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct outbox_item *item = new_item(OUTBOX_BATCH, 20, 2);
    junction_drop(f->junction, 0, &item);
    assert_null(item);
    push(f, 1, OUTBOX_BATCH, 30, 1);
    expect(f, OUTBOX_BATCH, 20, 3);
    const struct junction_counts counts = junction_counts(f->junction);
    assert_int_equal(counts.lost_batches, 1);
    assert_int_equal(counts.lost_records, 2);
}

static void a_single_lane_keeps_its_numbers(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    junction_free(f->junction);
    assert_err(junction_new(f->ring, 1, &f->junction), WEIR_OK);
    push(f, 0, OUTBOX_BATCH, 5, 2);
    push(f, 0, OUTBOX_BATCH, 6, 2);
    expect(f, OUTBOX_BATCH, 5, 2);
    expect(f, OUTBOX_BATCH, 6, 2);
}

static void there_is_at_least_one_lane(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct junction *junction = NULL;
    assert_err(junction_new(f->ring, 0, &junction), WEIR_EINVAL);
    assert_err(junction_new(f->ring, JUNCTION_LANES_MAX + 1, &junction), WEIR_EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_item_bears_the_least_low_of_all_lanes),
        TEST(records_of_several_lanes_are_numbered_as_they_join),
        TEST(only_the_last_lane_ends_the_stream),
        TEST(a_full_ring_changes_nothing),
        TEST(what_is_dropped_is_counted_and_its_numbers_stay_unused),
        TEST(a_single_lane_keeps_its_numbers),
        TEST(there_is_at_least_one_lane),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
