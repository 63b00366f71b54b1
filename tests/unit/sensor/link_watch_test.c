/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/link_watch.h"

#include "tests/support/weir_test.h"

#define ENDPOINT "tcp://127.0.0.1:1"

static struct weir_mono at(int64_t seconds)
{
    return (struct weir_mono){.ns = (1 + seconds) * 1000000000};
}

static void add(struct link_watch *watch, enum weir_channel_event_kind kind, int64_t seconds)
{
    const struct weir_channel_event event = {.kind = kind, .sentence = "so it is"};
    link_watch_add(watch, &event, at(seconds));
}

static void who_never_connects_is_told_once_after_a_while(void **state)
{
    (void)state;
    struct link_watch watch;
    link_watch_init(&watch, at(0));
    link_watch_advance(&watch, ENDPOINT, at(4));
    assert_false(watch.apart_is_told);
    link_watch_advance(&watch, ENDPOINT, at(5));
    assert_true(watch.apart_is_told);
    add(&watch, WEIR_CHANNEL_CONNECTED, 6);
    assert_true(watch.is_connected);
    assert_false(watch.apart_is_told);
    link_watch_advance(&watch, ENDPOINT, at(60));
    assert_false(watch.apart_is_told);
}

static void a_cut_counts_from_its_own_time(void **state)
{
    (void)state;
    struct link_watch watch;
    link_watch_init(&watch, at(0));
    add(&watch, WEIR_CHANNEL_CONNECTED, 1);
    add(&watch, WEIR_CHANNEL_DISCONNECTED, 100);
    assert_false(watch.is_connected);
    link_watch_advance(&watch, ENDPOINT, at(104));
    assert_false(watch.apart_is_told);
    add(&watch, WEIR_CHANNEL_DISCONNECTED, 104); /* a try that failed: no new cut */
    link_watch_advance(&watch, ENDPOINT, at(105));
    assert_true(watch.apart_is_told);
}

static void a_rejection_explains_itself_and_is_tried_every_five_seconds(void **state)
{
    (void)state;
    struct link_watch watch;
    link_watch_init(&watch, at(0));
    add(&watch, WEIR_CHANNEL_REJECTED, 1);
    add(&watch, WEIR_CHANNEL_DISCONNECTED, 1); /* what follows it says less */
    assert_int_equal(watch.told, WEIR_CHANNEL_REJECTED);
    assert_false(link_watch_is_to_knock(&watch, at(5)));
    assert_true(link_watch_is_to_knock(&watch, at(6)));
    assert_false(link_watch_is_to_knock(&watch, at(60)));
    link_watch_advance(&watch, ENDPOINT, at(60));
    assert_false(watch.apart_is_told);
    add(&watch, WEIR_CHANNEL_CONNECTED, 61);
    assert_false(link_watch_is_to_knock(&watch, at(100)));
}

static void a_connection_that_ends_early_again_speaks_of_a_wrong_key(void **state)
{
    (void)state;
    struct link_watch watch;
    link_watch_init(&watch, at(0));
    add(&watch, WEIR_CHANNEL_DISCONNECTED, 1);
    assert_int_equal(watch.told, WEIR_CHANNEL_DISCONNECTED);
    add(&watch, WEIR_CHANNEL_DISCONNECTED, 2);
    assert_int_equal(watch.told, WEIR_CHANNEL_HANDSHAKE_FAILED);
    add(&watch, WEIR_CHANNEL_CONNECTED, 3);
    add(&watch, WEIR_CHANNEL_DISCONNECTED, 4);
    assert_int_equal(watch.told, WEIR_CHANNEL_DISCONNECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_never_connects_is_told_once_after_a_while),
        cmocka_unit_test(a_cut_counts_from_its_own_time),
        cmocka_unit_test(a_connection_that_ends_early_again_speaks_of_a_wrong_key),
        cmocka_unit_test(a_rejection_explains_itself_and_is_tried_every_five_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
