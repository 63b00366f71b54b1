/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/outbox.h"

#include <stdlib.h>

#include "common/flow/flow_details.h"
#include "common/flow/flow_statistics.h"
#include "common/flow/l2_event.h"

#include "sensor/export/junction.h"

#include "tests/support/weir_test.h"

#define SECOND INT64_C(1000000)
#define ROOM   4

struct fixture {
    struct weir_ring *ring;
    struct junction *junction;
    struct outbox *outbox;
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_err(weir_ring_new(ROOM, &f->ring), 0);
    assert_err(junction_new(f->ring, 1, &f->junction), 0);
    const struct outbox_options options = {.junction = f->junction,
                                           .skip_record_no = 10,
                                           .skip_event_no = 2};
    assert_err(outbox_new(&options, &f->outbox), 0);
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
    outbox_free(f->outbox);
    junction_free(f->junction);
    weir_ring_free(f->ring);
    free(f);
    return 0;
}

static void add(struct fixture *f, uint64_t record_no)
{
    const struct weir_flow_record record = {.record_no = record_no};
    assert_err(outbox_add(f->outbox, &record), 0);
}

/* The next item, which must be of this kind and bear this low; gives its record count. */
static size_t take(struct fixture *f, enum outbox_kind kind, int64_t low_us)
{
    struct outbox_item *item = (struct outbox_item *)weir_ring_pop(f->ring);
    assert_non_null(item);
    assert_int_equal(item->kind, kind);
    assert_true(item->low_us == low_us);
    const size_t count = kind == OUTBOX_BATCH ? item->count : 0;
    outbox_item_free(item);
    return count;
}

static void a_batch_closes_after_a_second_of_packet_time(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_true(outbox_is_due(f->outbox, 5 * SECOND));
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 4 * SECOND), 0);
    add(f, 11);
    add(f, 12);
    assert_false(outbox_is_due(f->outbox, 6 * SECOND - 1));
    assert_err(outbox_advance(f->outbox, 6 * SECOND - 1, 4 * SECOND), 0);
    assert_null(weir_ring_pop(f->ring));
    assert_true(outbox_is_due(f->outbox, 6 * SECOND));
    assert_err(outbox_advance(f->outbox, 6 * SECOND, 4 * SECOND + 1), 0);
    assert_int_equal(take(f, OUTBOX_BATCH, 4 * SECOND + 1), 2);
}

static void a_full_batch_closes_at_once_with_the_low_known_then(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 4 * SECOND), 0);
    for (uint64_t i = 0; i < OUTBOX_RECORDS_MAX; i++) {
        add(f, 11 + i);
    }
    assert_int_equal(take(f, OUTBOX_BATCH, 4 * SECOND), OUTBOX_RECORDS_MAX);
    assert_null(weir_ring_pop(f->ring));
}

static void without_records_a_note_says_how_far_the_meter_came(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 4 * SECOND), 0);
    assert_err(outbox_advance(f->outbox, 7 * SECOND, 6 * SECOND), 0);
    (void)take(f, OUTBOX_NOTE, 6 * SECOND);
}

static void records_spooled_before_a_restart_are_passed_over(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    add(f, 9);
    add(f, 10);
    add(f, 11);
    assert_err(outbox_finish(f->outbox, 5 * SECOND), 0);
    assert_int_equal(take(f, OUTBOX_BATCH, INT64_MIN), 1);
    (void)take(f, OUTBOX_END, WEIR_LOW_END);
}

static void the_end_comes_after_the_last_batch(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_err(outbox_finish(f->outbox, 5 * SECOND), 0);
    (void)take(f, OUTBOX_END, WEIR_LOW_END);
    assert_null(weir_ring_pop(f->ring));
}

static void a_stopped_outbox_gives_up_when_the_ring_is_full(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    int code = WEIR_OK;
    junction_stop(f->junction);
    for (int i = 0; i <= 2 * ROOM && code == WEIR_OK; i++) {
        code = outbox_advance(f->outbox, (5 + i) * SECOND, 0);
    }
    assert_err(code, WEIR_EAGAIN);
}

static void what_is_given_up_is_counted_in_records(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    int code = WEIR_OK;
    junction_stop(f->junction);
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 0), WEIR_OK);
    for (uint64_t i = 1; i <= 2 * ROOM && code == WEIR_OK; i++) {
        add(f, 100 + i);
        code = outbox_advance(f->outbox, (int64_t)(5 + i) * SECOND, 0);
    }
    assert_err(code, WEIR_EAGAIN);
    assert_int_equal(junction_counts(f->junction).lost_records, 1);
}

static void where_nobody_may_wait_a_batch_without_room_is_counted_and_given_up(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct outbox_options options = {.junction = f->junction, .drops = true};
    outbox_free(f->outbox);
    assert_err(outbox_new(&options, &f->outbox), WEIR_OK);
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 0), WEIR_OK);
    for (uint64_t i = 1; i <= ROOM + 3; i++) {
        add(f, i);
        assert_err(outbox_advance(f->outbox, (int64_t)(5 + i) * SECOND, 0), WEIR_OK);
    }
    assert_int_equal(junction_counts(f->junction).lost_records, 3);
    assert_int_equal(junction_counts(f->junction).lost_batches, 3);
}

static bool asked_for_the_third_time(void *context)
{
    int *asked = (int *)context;
    return ++*asked >= 3;
}

static void a_full_ring_is_not_waited_for_when_the_program_ends(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    int code = WEIR_OK;
    int asked = 0;
    outbox_set_ends(f->outbox, asked_for_the_third_time, &asked, 0);
    for (int i = 0; i <= 2 * ROOM && code == WEIR_OK; i++) {
        code = outbox_advance(f->outbox, (5 + i) * SECOND, 0);
    }
    assert_err(code, WEIR_EAGAIN);
    assert_int_equal(asked, 3);
}

/* What the meter lends with a record is gone after the call. */
static void a_batch_has_its_own_statistics_and_details(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_flow_statistics statistics;
    struct weir_flow_details details = {.present = 1U << WEIR_DETAIL_DNS};
    weir_flow_statistics_init(&statistics);
    statistics.orig.ttl_min = 57;
    details.dns.qtype = 28;
    const struct weir_flow_record record = {.record_no = 11,
                                            .statistics = &statistics,
                                            .details = &details};
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 0), 0);
    assert_err(outbox_add(f->outbox, &record), 0);
    statistics.orig.ttl_min = 0;
    details.dns.qtype = 0;
    assert_err(outbox_advance(f->outbox, 6 * SECOND, 0), 0);
    struct outbox_item *item = (struct outbox_item *)weir_ring_pop(f->ring);
    assert_non_null(item);
    assert_int_equal(item->records[0].statistics->orig.ttl_min, 57);
    assert_int_equal(item->records[0].details->dns.qtype, 28);
    outbox_item_free(item);
}

static void a_batch_of_much_detail_closes_before_it_is_full(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct weir_flow_details details = {.present = 1U << WEIR_DETAIL_DHCP};
    struct weir_flow_statistics statistics;
    struct weir_flow_record record = {.record_no = 10,
                                      .statistics = &statistics,
                                      .details = &details};
    weir_flow_statistics_init(&statistics);
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 4 * SECOND), 0);
    while (record.record_no < 10 + OUTBOX_RECORDS_MAX + 1) {
        record.record_no++;
        assert_err(outbox_add(f->outbox, &record), 0);
    }
    const size_t most = OUTBOX_EXTRA_MAX / (sizeof(details) + sizeof(statistics));
    assert_true(most < OUTBOX_RECORDS_MAX);
    const size_t count = take(f, OUTBOX_BATCH, 4 * SECOND);
    assert_true(count <= most && count > most - most / 10);
}

static void events_spooled_before_a_restart_are_passed_over(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct weir_l2_event event = {.rule = WEIR_L2_A_DUP, .severity = 3, .count = 1};
    for (int i = 0; i < 4; i++) {
        assert_err(outbox_add_event(f->outbox, &event), 0);
    }
    assert_err(outbox_finish(f->outbox, 5 * SECOND), 0);
    struct outbox_item *item = (struct outbox_item *)weir_ring_pop(f->ring);
    assert_int_equal(item->event_count, 2);
    assert_int_equal(item->last_event_no, 4);
    outbox_item_free(item);
}

static void pass_over_spooled_events(struct fixture *f)
{
    const struct weir_l2_event event = {.rule = WEIR_L2_A_DUP, .severity = 3, .count = 1};
    assert_err(outbox_add_event(f->outbox, &event), 0);
    assert_err(outbox_add_event(f->outbox, &event), 0);
}

static void events_and_markers_travel_in_the_open_batch(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct weir_l2_event event = {.rule = WEIR_L2_A_DUP, .severity = 3, .count = 1};
    pass_over_spooled_events(f);
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 0), 0);
    assert_err(outbox_add_marker(f->outbox, 7 * SECOND, 5 * SECOND), 0);
    assert_err(outbox_add_event(f->outbox, &event), 0);
    assert_err(outbox_add_marker(f->outbox, 8 * SECOND, 6 * SECOND), 0);
    assert_err(outbox_advance(f->outbox, 6 * SECOND, 0), 0);
    struct outbox_item *item = (struct outbox_item *)weir_ring_pop(f->ring);
    assert_non_null(item);
    assert_int_equal(item->kind, OUTBOX_BATCH);
    assert_int_equal(item->count, 0);
    assert_int_equal(item->event_count, 1);
    assert_int_equal(item->events[0].rule, WEIR_L2_A_DUP);
    assert_int_equal(item->marker_count, 2);
    assert_true(item->markers[1].number == 2 && item->markers[1].injected_us == 8 * SECOND);
    assert_true(item->markers[0].clock_us == 5 * SECOND && item->markers[0].closed_us > 0);
    outbox_item_free(item);
}

static void a_full_list_of_events_closes_the_batch(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct weir_l2_event event = {.rule = WEIR_L2_A_DUP, .severity = 3, .count = 1};
    pass_over_spooled_events(f);
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 3), 0);
    for (int i = 0; i < OUTBOX_EVENTS_MAX + 1; i++) {
        assert_err(outbox_add_event(f->outbox, &event), 0);
    }
    assert_int_equal(take(f, OUTBOX_BATCH, 3), 0);
    assert_null(weir_ring_pop(f->ring));
}

static void a_flagged_record_goes_ahead_and_its_batch_is_closed(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct weir_flow_record record = {.record_no = 12,
                                            .flow_id = 99,
                                            .verdict = {.model_version = 1, .flagged = true}};
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 4), 0);
    add(f, 11);
    assert_err(outbox_add(f->outbox, &record), 0);
    assert_int_equal(take(f, OUTBOX_BATCH, 4), 2); /* once more, in its place */
    struct outbox_item *item = junction_pop_flagged(f->junction);
    assert_non_null(item);
    assert_true(item->kind == OUTBOX_FLAGGED && item->count == 1);
    assert_true(item->records[0].flow_id == 99);
    outbox_item_free(item);
    assert_null(junction_pop_flagged(f->junction));
}

static void too_many_flagged_records_wait_for_their_batch(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_flow_record record = {.record_no = 10,
                                      .verdict = {.model_version = 1, .flagged = true}};
    struct outbox_item *item = NULL;
    size_t ahead = 0;
    assert_err(outbox_advance(f->outbox, 5 * SECOND, 4), 0);
    for (int i = 0; i < 2 * OUTBOX_FLAGGED_BURST; i++) {
        record.record_no++;
        assert_err(outbox_add(f->outbox, &record), 0);
        while ((item = (struct outbox_item *)weir_ring_pop(f->ring)) != NULL) {
            outbox_item_free(item);
        }
    }
    while ((item = junction_pop_flagged(f->junction)) != NULL) {
        outbox_item_free(item);
        ahead++;
    }
    const struct junction_counts counts = junction_counts(f->junction);
    assert_int_equal(ahead, OUTBOX_FLAGGED_BURST);
    assert_true(counts.flagged == 2 * OUTBOX_FLAGGED_BURST);
    assert_true(counts.flagged_left_out == OUTBOX_FLAGGED_BURST);
    /* What was left out is one batch, which goes on as ever. */
    assert_err(outbox_advance(f->outbox, 6 * SECOND, 4), 0);
    assert_int_equal(take(f, OUTBOX_BATCH, 4), OUTBOX_FLAGGED_BURST);
    record.record_no++;
    assert_err(outbox_add(f->outbox, &record), 0);
    item = junction_pop_flagged(f->junction);
    assert_non_null(item);
    outbox_item_free(item);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_batch_closes_after_a_second_of_packet_time),
        TEST(a_full_batch_closes_at_once_with_the_low_known_then),
        TEST(without_records_a_note_says_how_far_the_meter_came),
        TEST(records_spooled_before_a_restart_are_passed_over),
        TEST(the_end_comes_after_the_last_batch),
        TEST(a_stopped_outbox_gives_up_when_the_ring_is_full),
        TEST(what_is_given_up_is_counted_in_records),
        TEST(where_nobody_may_wait_a_batch_without_room_is_counted_and_given_up),
        TEST(a_full_ring_is_not_waited_for_when_the_program_ends),
        TEST(a_batch_has_its_own_statistics_and_details),
        TEST(a_batch_of_much_detail_closes_before_it_is_full),
        TEST(events_spooled_before_a_restart_are_passed_over),
        TEST(events_and_markers_travel_in_the_open_batch),
        TEST(a_full_list_of_events_closes_the_batch),
        TEST(a_flagged_record_goes_ahead_and_its_batch_is_closed),
        TEST(too_many_flagged_records_wait_for_their_batch),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
