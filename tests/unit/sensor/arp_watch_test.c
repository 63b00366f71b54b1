/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/arp_watch.h"

#include <string.h>

#include "common/base/clock.h"

#include "tests/support/layer2_scene.h"
#include "tests/support/weir_test.h"

#define S WEIR_US_PER_S

static int begin(void **state)
{
    static struct layer2_scene scene;
    layer2_scene_init(&scene);
    layer2_scene_begin(&scene);
    *state = &scene;
    return 0;
}

static int end(void **state)
{
    layer2_scene_end(*state);
    return 0;
}

/* Begins anew with the options as they are now. */
static void restart(struct layer2_scene *scene)
{
    layer2_scene_end(scene);
    layer2_scene_begin(scene);
}

static void announce(struct layer2_scene *scene, int64_t time_us, unsigned sender, unsigned ip)
{
    layer2_scene_arp(
        scene, time_us,
        &(struct layer2_arp){.operation = 1, .sender = sender, .ip = ip, .target = ip});
}

static void ask(struct layer2_scene *scene, int64_t time_us, unsigned sender, unsigned target)
{
    layer2_scene_arp(
        scene, time_us,
        &(struct layer2_arp){.operation = 1, .sender = sender, .ip = sender, .target = target});
}

static void answer(struct layer2_scene *scene, int64_t time_us, unsigned sender, unsigned receiver)
{
    layer2_scene_arp(scene, time_us,
                     &(struct layer2_arp){.operation = 2,
                                          .sender = sender,
                                          .ip = sender,
                                          .target = receiver,
                                          .receiver = receiver});
}

static void ten_gratuitous_arps_within_ten_seconds_are_told(void **state)
{
    struct layer2_scene *scene = *state;
    for (int i = 0; i < 9; i++) {
        announce(scene, i * S, 1, 1);
    }
    announce(scene, 10 * S, 1, 1); /* the tenth, 10 s after the first */
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_GARP), 0);
    announce(scene, 11 * S - 1, 1, 1); /* ten within less than 10 s of the second */
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_GARP), 1);
    const struct weir_l2_event *event = layer2_scene_last(scene, WEIR_L2_A_GARP);
    assert_int_equal(event->count, 10);
    assert_int_equal(event->first_us, 1 * S);
    assert_int_equal(event->last_us, 11 * S - 1);
    assert_int_equal(event->severity, WEIR_SEVERITY_MEDIUM);
    assert_memory_equal(event->mac, "\x02\0\0\0\0\x01", 6);
    assert_memory_equal(event->address.bytes, "\x0a\0\0\x01", 4);
}

static void fifty_gratuitous_arps_in_a_vlan_are_told_of_the_vlan(void **state)
{
    struct layer2_scene *scene = *state;
    for (unsigned i = 1; i <= 49; i++) {
        announce(scene, i, i, i);
    }
    layer2_scene_arp(
        scene, 50,
        &(struct layer2_arp){.operation = 1, .sender = 50, .ip = 50, .target = 50, .vlan = 7});
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_GARP_VLAN), 0);
    announce(scene, 51, 51, 51);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_GARP_VLAN), 1);
    assert_int_equal(layer2_scene_last(scene, WEIR_L2_A_GARP_VLAN)->count, 50);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_GARP), 0);
}

static void two_stations_with_one_address_are_told_within_300_s(void **state)
{
    struct layer2_scene *scene = *state;
    announce(scene, 0, 1, 9);
    announce(scene, 300 * S, 2, 9); /* the first was silent for 300 s: a change-over */
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_DUP), 0);
    announce(scene, 600 * S - 1, 1, 9);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_DUP), 1);
    const struct weir_l2_event *event = layer2_scene_last(scene, WEIR_L2_A_DUP);
    assert_int_equal(event->severity, WEIR_SEVERITY_HIGH);
    assert_int_equal(event->first_us, 300 * S);
    assert_int_equal(event->mac[5], 1);
    assert_int_equal(event->other_mac[5], 2);
    assert_int_equal(event->address.bytes[3], 9);
}

static void a_gateways_address_makes_it_critical_and_a_shared_mac_nothing(void **state)
{
    struct layer2_scene *scene = *state;
    const struct weir_address gateway = {.bytes = {10, 0, 0, 9}, .size = 4};
    const struct layer2_mac cluster = {{2, 0, 0, 0, 0, 3}};
    scene->options.critical = &gateway;
    scene->options.critical_count = 1;
    scene->options.cluster_macs = &cluster;
    scene->options.cluster_count = 1;
    restart(scene);
    announce(scene, 0, 1, 9);
    announce(scene, 1, 3, 9);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_DUP), 0);
    announce(scene, 2, 2, 9);
    assert_int_equal(layer2_scene_last(scene, WEIR_L2_A_DUP)->severity, WEIR_SEVERITY_CRITICAL);
}

static void an_address_that_goes_back_and_forth_twice_in_a_minute_is_told(void **state)
{
    struct layer2_scene *scene = *state;
    announce(scene, 0, 1, 9);
    announce(scene, 1 * S, 2, 9);
    announce(scene, 2 * S, 1, 9);
    announce(scene, 3 * S, 2, 9);
    announce(scene, 61 * S, 1, 9); /* 60 s after the first change */
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_FLIP), 0);
    announce(scene, 62 * S - 1, 2, 9);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_FLIP), 1);
    assert_int_equal(layer2_scene_last(scene, WEIR_L2_A_FLIP)->first_us, 2 * S);
}

static void three_stations_in_turn_are_no_flip(void **state)
{
    struct layer2_scene *scene = *state;
    for (unsigned i = 0; i < 30; i++) {
        announce(scene, i, 1 + i % 3, 9);
    }
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_FLIP), 0);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_DUP), 1);
}

static void replies_to_one_station_that_nobody_asked_for_count_double(void **state)
{
    struct layer2_scene *scene = *state;
    answer(scene, 0, 1, 2);
    answer(scene, 1, 1, 2);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_UNSOL), 0);
    answer(scene, 2, 1, 2);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_UNSOL), 1);
    for (int i = 0; i < 4; i++) { /* to everybody they count once */
        layer2_scene_arp(scene, 10 + i,
                         &(struct layer2_arp){.operation = 2, .sender = 5, .ip = 5, .target = 6});
    }
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_UNSOL), 1);
    layer2_scene_arp(scene, 20,
                     &(struct layer2_arp){.operation = 2, .sender = 5, .ip = 5, .target = 6});
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_UNSOL), 2);
}

static void replies_within_five_seconds_of_their_request_are_asked_for(void **state)
{
    struct layer2_scene *scene = *state;
    for (int i = 0; i < 20; i++) {
        ask(scene, i * 2 * S, 2, 1);
        answer(scene, i * 2 * S + 5, 1, 2);
    }
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_UNSOL), 0);
    ask(scene, 100 * S, 2, 1);
    for (int i = 0; i < 3; i++) {
        answer(scene, 105 * S + i, 1, 2); /* too late for the question */
    }
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_UNSOL), 1);
}

static void a_station_with_five_addresses_is_told_unless_it_is_listed(void **state)
{
    struct layer2_scene *scene = *state;
    const struct layer2_mac router = {{2, 0, 0, 0, 0, 2}};
    const struct layer2_mac proxy = {{2, 0, 0, 0, 0, 3}};
    scene->options.routers = &router;
    scene->options.router_count = 1;
    scene->options.proxies = &proxy;
    scene->options.proxy_count = 1;
    restart(scene);
    for (unsigned i = 0; i < 4; i++) {
        announce(scene, i, 1, 10 + i);
        announce(scene, i, 1, 10 + i); /* again is no other one */
    }
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_MULTI), 0);
    announce(scene, 300 * S - 1, 1, 14);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_MULTI), 1);
    for (unsigned i = 0; i < 9; i++) {
        announce(scene, 300 * S + i, 2, 30 + i);
        announce(scene, 300 * S + i, 3, 50 + i);
    }
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_MULTI), 1);
}

static void three_frames_with_another_sender_inside_are_told(void **state)
{
    struct layer2_scene *scene = *state;
    const struct layer2_arp forged = {
        .operation = 1, .sender = 1, .ip = 1, .target = 2, .frame_sender = 3};
    layer2_scene_arp(scene, 0, &forged);
    layer2_scene_arp(scene, 1, &forged);
    layer2_scene_arp(scene, 60 * S, &forged);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_MISM), 0);
    layer2_scene_arp(scene, 60 * S, &forged);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_MISM), 1);
    const struct weir_l2_event *event = layer2_scene_last(scene, WEIR_L2_A_MISM);
    assert_int_equal(event->mac[5], 3);
    assert_int_equal(event->other_mac[5], 1);
    assert_int_equal(event->first_us, 1);
}

static void fifty_addresses_asked_for_within_thirty_seconds_are_a_scan(void **state)
{
    struct layer2_scene *scene = *state;
    ask(scene, 0, 1, 1000);
    for (unsigned i = 1; i <= 48; i++) {
        ask(scene, i, 1, 1000 + i);
        ask(scene, i, 1, 1000 + i);
    }
    ask(scene, 30 * S, 1, 2000); /* the fiftieth, but the first is forgotten */
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_SCAN), 0);
    ask(scene, 30 * S, 1, 2001);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_SCAN), 1);
    assert_int_equal(layer2_scene_last(scene, WEIR_L2_A_SCAN)->count, 50);
    for (unsigned i = 0; i < 10; i++) {
        ask(scene, 30 * S, 1, 3000 + i);
    }
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_SCAN), 1); /* merged */
    layer2_watch_drain(scene->watch);
    assert_int_equal(layer2_scene_last(scene, WEIR_L2_A_SCAN)->count, 60);
    assert_int_equal(layer2_scene_last(scene, WEIR_L2_A_SCAN)->revision, 1);
}

static void five_questions_for_addresses_outside_the_network_are_told(void **state)
{
    struct layer2_scene *scene = *state;
    const struct layer2_prefix prefix = {.address = {.bytes = {10, 0, 0, 0}, .size = 4},
                                         .bits = 25,
                                         .vlan = LAYER2_ANY_VLAN};
    scene->options.prefixes = &prefix;
    scene->options.prefix_count = 1;
    restart(scene);
    for (int i = 0; i < 9; i++) {
        ask(scene, i, 1, 127);
    }
    for (int i = 0; i < 4; i++) {
        ask(scene, 10 + i, 1, 128);
    }
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_OUT), 0);
    ask(scene, 20, 1, 128);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_OUT), 1);
    assert_int_equal(layer2_scene_last(scene, WEIR_L2_A_OUT)->severity, WEIR_SEVERITY_LOW);
}

static void vlans_are_apart(void **state)
{
    struct layer2_scene *scene = *state;
    for (uint16_t i = 0; i < 18; i++) {
        layer2_scene_arp(scene, i,
                         &(struct layer2_arp){.operation = 1,
                                              .sender = 1,
                                              .ip = 1,
                                              .target = 1,
                                              .vlan = (uint16_t)(1 + i % 2)});
    }
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_GARP), 0);
}

static void a_probe_claims_nothing_and_another_protocol_is_counted(void **state)
{
    struct layer2_scene *scene = *state;
    struct layer2_counters counters;
    announce(scene, 0, 1, 9);
    layer2_scene_arp(scene, 1, &(struct layer2_arp){.operation = 1, .sender = 2, .target = 9});
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_A_DUP), 0);
    layer2_scene_arp(scene, 2, &(struct layer2_arp){.operation = 9, .sender = 2, .target = 9});
    struct packet_bytes cut = {0};
    packet_bytes_add_ethernet(&cut, 0x0806);
    packet_bytes_add_fill(&cut, 0, 27);
    layer2_scene_frame(scene, 3, &cut);
    layer2_watch_counters(scene->watch, &counters);
    assert_int_equal(counters.arp, 4);
    assert_int_equal(counters.unread, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(ten_gratuitous_arps_within_ten_seconds_are_told),
        TEST(fifty_gratuitous_arps_in_a_vlan_are_told_of_the_vlan),
        TEST(two_stations_with_one_address_are_told_within_300_s),
        TEST(a_gateways_address_makes_it_critical_and_a_shared_mac_nothing),
        TEST(an_address_that_goes_back_and_forth_twice_in_a_minute_is_told),
        TEST(three_stations_in_turn_are_no_flip),
        TEST(replies_to_one_station_that_nobody_asked_for_count_double),
        TEST(replies_within_five_seconds_of_their_request_are_asked_for),
        TEST(a_station_with_five_addresses_is_told_unless_it_is_listed),
        TEST(three_frames_with_another_sender_inside_are_told),
        TEST(fifty_addresses_asked_for_within_thirty_seconds_are_a_scan),
        TEST(five_questions_for_addresses_outside_the_network_are_told),
        TEST(vlans_are_apart),
        TEST(a_probe_claims_nothing_and_another_protocol_is_counted),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
