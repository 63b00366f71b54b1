/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_stations.h"

#include "common/base/clock.h"

#include "tests/support/layer2_scene.h"
#include "tests/support/weir_test.h"

#define S WEIR_US_PER_S

static const struct packet_ends ends = {"10.0.0.1", "10.0.0.2", 40000, 80};

static int begin(void **state)
{
    static struct layer2_scene scene;
    layer2_scene_init(&scene);
    scene.options.learn_us = 1000 * S;
    scene.options.flood_grace_us = 60 * S;
    layer2_scene_begin(&scene);
    *state = &scene;
    return 0;
}

static int end(void **state)
{
    layer2_scene_end(*state);
    return 0;
}

static void send(struct layer2_scene *scene, int64_t time_us, unsigned station)
{
    struct packet_bytes bytes = packet_bytes_udp(&ends, 1);
    bytes.bytes[10] = (uint8_t)(station >> 8);
    bytes.bytes[11] = (uint8_t)station;
    layer2_scene_frame(scene, time_us, &bytes);
}

static void two_hundred_new_stations_within_ten_seconds_are_a_flood(void **state)
{
    struct layer2_scene *scene = *state;
    for (unsigned i = 0; i < 500; i++) { /* when the network is new, so are its stations */
        send(scene, i, i);
    }
    for (unsigned i = 0; i < 199; i++) {
        send(scene, 100 * S + i, 1000 + i);
        send(scene, 100 * S + i, 1000 + i);
    }
    send(scene, 110 * S, 2000); /* the first of the 200 is 10 s old */
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_M_FLOOD), 0);
    send(scene, 110 * S, 2001);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_M_FLOOD), 1);
    const struct weir_l2_event *event = layer2_scene_last(scene, WEIR_L2_M_FLOOD);
    assert_int_equal(event->count, 200);
    assert_int_equal(event->severity, WEIR_SEVERITY_HIGH);
    assert_int_equal(scene->told, 1);
}

static void a_station_first_seen_after_learning_is_news_once(void **state)
{
    struct layer2_scene *scene = *state;
    send(scene, 0, 1);
    send(scene, 1000 * S - 1, 2);
    assert_int_equal(scene->told, 0);
    send(scene, 1000 * S, 3);
    send(scene, 1010 * S, 3);
    send(scene, 1010 * S, 1);
    assert_int_equal(scene->told, 1);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_M_NEW), 1);
    assert_int_equal(scene->events[0].mac[5], 3);
    assert_int_equal(scene->events[0].severity, WEIR_SEVERITY_INFO);
}

static void a_station_forgotten_for_lack_of_room_is_counted(void **state)
{
    struct layer2_scene *scene = *state;
    struct layer2_counters counters;
    scene->options.stations_max = 4;
    layer2_scene_end(scene);
    layer2_scene_begin(scene);
    for (unsigned i = 1; i <= 6; i++) {
        send(scene, i, i);
    }
    layer2_watch_counters(scene->watch, &counters);
    assert_int_equal(counters.forgotten, 2);
}

static void what_comes_out_of_a_tunnel_is_no_station_of_this_link(void **state)
{
    struct layer2_scene *scene = *state;
    struct packet packet = {.flags = PACKET_HAS_MAC, .tunnel = 5, .ip_version = 4};
    scene->options.learn_us = 0;
    layer2_scene_end(scene);
    layer2_scene_begin(scene);
    packet.source_mac[5] = 1;
    layer2_watch_add(scene->watch, &packet);
    packet.tunnel = 0;
    packet.flags = 0;
    layer2_watch_add(scene->watch, &packet);
    assert_int_equal(scene->told, 0);
    packet.flags = PACKET_HAS_MAC;
    layer2_watch_add(scene->watch, &packet);
    assert_int_equal(scene->told, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(two_hundred_new_stations_within_ten_seconds_are_a_flood),
        TEST(a_station_first_seen_after_learning_is_news_once),
        TEST(a_station_forgotten_for_lack_of_room_is_counted),
        TEST(what_comes_out_of_a_tunnel_is_no_station_of_this_link),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
