/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/layer2_shared.h"

#include <pthread.h>

#include "common/base/log.h"

#include "common/flow/l2_event.h"

#include "tests/support/weir_test.h"

#define S        INT64_C(1000000)
#define STATIONS 2000U

struct lane_of_test {
    struct layer2_shared *shared;
    struct layer2_caller caller;
    unsigned told;
    int64_t last_us;
};

static void on_event(void *context, const struct weir_l2_event *event)
{
    struct lane_of_test *lane = (struct lane_of_test *)context;
    lane->told++;
    lane->last_us = event->last_us;
}

static struct layer2_shared *open_shared(size_t lanes, bool enabled)
{
    struct layer2_shared *shared = NULL;
    const struct sensor_options options = {.layer2_enabled = enabled};
    assert_err(layer2_shared_new(&options, lanes, 1, &shared, NULL), WEIR_OK);
    return shared;
}

static void join(struct lane_of_test *lane, struct layer2_shared *shared)
{
    *lane = (struct lane_of_test){.shared = shared, .caller = {.sink = on_event, .context = lane}};
}

static void show(struct lane_of_test *lane, int64_t time_us, unsigned station)
{
    struct packet packet = {.time_us = time_us, .flags = PACKET_HAS_MAC, .ip_version = 4};
    packet.source_mac[0] = 2;
    packet.source_mac[4] = (uint8_t)(station >> 8);
    packet.source_mac[5] = (uint8_t)station;
    layer2_shared_add(lane->shared, &lane->caller, &packet);
}

static void a_station_that_two_lanes_see_is_news_once(void **state)
{
    (void)state;
    struct lane_of_test lanes[2];
    struct layer2_shared *shared = open_shared(2, true);
    join(&lanes[0], shared);
    join(&lanes[1], shared);
    show(&lanes[0], 0, 1);
    show(&lanes[1], 0, 1);
    show(&lanes[1], S, 2);
    show(&lanes[0], S, 2);
    assert_int_equal(lanes[0].told, 1);
    assert_int_equal(lanes[1].told, 1);
    layer2_shared_free(shared);
}

static void a_lane_that_is_behind_does_not_turn_time_back(void **state)
{
    (void)state;
    struct lane_of_test lanes[2];
    struct layer2_shared *shared = open_shared(2, true);
    join(&lanes[0], shared);
    join(&lanes[1], shared);
    show(&lanes[0], 10 * S, 1);
    show(&lanes[1], 9 * S, 2);
    assert_int_equal(lanes[1].last_us, 10 * S);
    layer2_shared_advance(shared, &lanes[0].caller, 20 * S);
    show(&lanes[1], 11 * S, 3);
    assert_int_equal(lanes[1].last_us, 20 * S);
    layer2_shared_free(shared);
}

static void the_last_lane_to_end_gets_what_is_left(void **state)
{
    (void)state;
    struct lane_of_test lanes[2];
    struct layer2_shared *shared = open_shared(2, true);
    join(&lanes[0], shared);
    join(&lanes[1], shared);
    show(&lanes[0], 0, STATIONS);
    for (unsigned i = 0; i < 250; i++) { /* a flood, which more follow than were told of */
        show(&lanes[0], 100 * S, i);
    }
    const unsigned told = lanes[0].told;
    layer2_shared_drain(shared, &lanes[0].caller);
    assert_int_equal(lanes[0].told, told);
    assert_int_equal(lanes[1].told, 0);
    layer2_shared_drain(shared, &lanes[1].caller);
    assert_int_equal(lanes[1].told, 1);
    layer2_shared_free(shared);
}

static void *show_all(void *context)
{
    struct lane_of_test *lane = (struct lane_of_test *)context;
    for (unsigned i = 0; i < STATIONS; i++) {
        show(lane, i * S, i);
    }
    return NULL;
}

static void lanes_at_the_same_time_tell_of_everything_once(void **state)
{
    (void)state;
    struct lane_of_test lanes[2];
    pthread_t threads[2];
    struct layer2_counters counters;
    struct layer2_shared *shared = open_shared(2, true);
    for (int i = 0; i < 2; i++) {
        join(&lanes[i], shared);
        assert_int_equal(pthread_create(&threads[i], NULL, show_all, &lanes[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(lanes[0].told + lanes[1].told, STATIONS);
    layer2_shared_counters(shared, &counters);
    assert_int_equal(counters.told, STATIONS);
    layer2_shared_free(shared);
}

static void what_is_not_watched_is_nothing(void **state)
{
    (void)state;
    struct lane_of_test lane;
    struct layer2_counters counters;
    assert_null(open_shared(1, false));
    join(&lane, NULL);
    show(&lane, 0, 1);
    layer2_shared_advance(NULL, &lane.caller, S);
    layer2_shared_drain(NULL, &lane.caller);
    layer2_shared_counters(NULL, &counters);
    assert_int_equal(counters.told, 0);
    layer2_shared_free(NULL);
}

static void a_wrong_list_is_refused(void **state)
{
    (void)state;
    char word[] = "router";
    char *words[] = {word};
    struct layer2_shared *shared = NULL;
    struct weir_error error = {0};
    const struct sensor_options options = {.layer2_enabled = true,
                                           .layer2_routers = {.at = words, .count = 1}};
    assert_err(layer2_shared_new(&options, 1, 1, &shared, &error), WEIR_EINVAL);
    assert_non_null(strstr(error.text, "layer2.routers"));
}

int main(void)
{
    weir_log_set_level(WEIR_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_station_that_two_lanes_see_is_news_once),
        cmocka_unit_test(a_lane_that_is_behind_does_not_turn_time_back),
        cmocka_unit_test(the_last_lane_to_end_gets_what_is_left),
        cmocka_unit_test(lanes_at_the_same_time_tell_of_everything_once),
        cmocka_unit_test(what_is_not_watched_is_nothing),
        cmocka_unit_test(a_wrong_list_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
