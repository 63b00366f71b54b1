/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/marker_watch.h"

#include "tests/support/weir_test.h"

static void the_newest_marker_that_was_sent_is_told(void **state)
{
    (void)state;
    struct marker_watch watch = {0};
    marker_watch_on_sent(&watch, 3, 50);
    assert_true(watch.sent_number == 0 && watch.sent_us == 0);
    marker_watch_add(&watch, 5, 1);
    marker_watch_add(&watch, 8, 2);
    marker_watch_on_sent(&watch, 4, 60);
    assert_true(watch.sent_number == 0);
    marker_watch_on_sent(&watch, 5, 70);
    assert_true(watch.sent_number == 1 && watch.sent_us == 70);
    marker_watch_on_sent(&watch, 9, 80); /* the batch of 8 was dropped or came before */
    assert_true(watch.sent_number == 2 && watch.sent_us == 80);
}

static void of_too_many_the_oldest_is_forgotten(void **state)
{
    (void)state;
    struct marker_watch watch = {0};
    for (uint64_t i = 1; i <= 3 * MARKER_WATCH_MAX; i++) {
        marker_watch_add(&watch, i, i);
    }
    marker_watch_on_sent(&watch, 2 * MARKER_WATCH_MAX, 5);
    assert_true(watch.sent_number == 0);
    marker_watch_on_sent(&watch, 2 * MARKER_WATCH_MAX + 1, 6);
    assert_true(watch.sent_number == 2 * MARKER_WATCH_MAX + 1 && watch.sent_us == 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_marker_that_was_sent_is_told),
        cmocka_unit_test(of_too_many_the_oldest_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
