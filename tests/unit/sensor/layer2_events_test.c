/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_events.h"

#include "tests/support/weir_test.h"

struct heard {
    struct weir_l2_event last;
    size_t count;
};

static void on_event(void *context, const struct weir_l2_event *event)
{
    struct heard *heard = (struct heard *)context;
    heard->last = *event;
    heard->count++;
}

static struct layer2_events *make(struct heard *heard, size_t capacity)
{
    struct layer2_events *events = NULL;
    const struct layer2_events_options options = {.capacity = capacity,
                                                  .merge_us = 1000,
                                                  .sink = on_event,
                                                  .context = heard};
    assert_int_equal(layer2_events_new(&options, &events), WEIR_OK);
    return events;
}

static void find(struct layer2_events *events, int64_t time_us, uint8_t station, uint8_t severity)
{
    const struct weir_l2_event found = {.rule = WEIR_L2_A_MISM,
                                        .severity = severity,
                                        .mac = {station},
                                        .count = 3,
                                        .first_us = time_us,
                                        .last_us = time_us};
    const struct weir_l2_event subject = {.rule = WEIR_L2_A_MISM, .mac = {station}};
    layer2_events_tell(events, &found, &subject);
}

static void one_subject_is_told_first_tenfold_and_last(void **state)
{
    (void)state;
    struct heard heard = {.count = 0};
    struct layer2_events *events = make(&heard, 4);
    for (int i = 0; i < 30; i++) {
        find(events, i, 1, 3);
        assert_int_equal(heard.count, i < 27 ? 1 : 2); /* 3 + 27 = 30 */
    }
    assert_int_equal(heard.last.revision, 1);
    assert_int_equal(heard.last.count, 30);
    assert_int_equal(heard.last.first_us, 0);
    layer2_events_advance(events, 999);
    assert_int_equal(heard.count, 2);
    layer2_events_advance(events, 1000);
    assert_int_equal(heard.count, 3);
    assert_int_equal(heard.last.revision, 2);
    assert_int_equal(heard.last.count, 32);
    assert_int_equal(heard.last.last_us, 29);
    layer2_events_drain(events);
    assert_int_equal(heard.count, 3);
    assert_int_equal(layer2_events_told(events), 3);
    layer2_events_free(events);
}

static void after_its_time_an_event_begins_anew(void **state)
{
    (void)state;
    struct heard heard = {.count = 0};
    struct layer2_events *events = make(&heard, 4);
    find(events, 0, 1, 3);
    find(events, 999, 1, 4);
    assert_int_equal(heard.count, 1);
    find(events, 1000, 1, 3);
    assert_int_equal(heard.count, 3); /* the old one's end, the new one's beginning */
    assert_int_equal(heard.last.revision, 0);
    assert_int_equal(heard.last.count, 3);
    layer2_events_free(events);
}

static void a_full_table_closes_the_event_silent_longest(void **state)
{
    (void)state;
    struct heard heard = {.count = 0};
    struct layer2_events *events = make(&heard, 2);
    find(events, 0, 1, 3);
    find(events, 1, 1, 3);
    find(events, 2, 2, 3);
    find(events, 3, 3, 3);
    assert_int_equal(heard.count, 4); /* 1, 2, the end of 1, 3 */
    layer2_events_free(events);
}

static void options_without_sense_are_refused(void **state)
{
    (void)state;
    struct layer2_events *events = NULL;
    struct layer2_events_options options = {.capacity = 1, .merge_us = 1};
    assert_int_equal(layer2_events_new(&options, &events), WEIR_EINVAL);
    options.sink = on_event;
    options.merge_us = 0;
    assert_int_equal(layer2_events_new(&options, &events), WEIR_EINVAL);
    options.merge_us = 1;
    options.capacity = 0;
    assert_int_equal(layer2_events_new(&options, &events), WEIR_EINVAL);
    layer2_events_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_subject_is_told_first_tenfold_and_last),
        cmocka_unit_test(after_its_time_an_event_begins_anew),
        cmocka_unit_test(a_full_table_closes_the_event_silent_longest),
        cmocka_unit_test(options_without_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
