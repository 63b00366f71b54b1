/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/neighbour_watch.h"

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

struct message {
    uint8_t type, flags, station;
    uint8_t target; /* last byte of the address */
    uint8_t hop_limit;
    uint8_t option; /* link-layer address of station 9; 0 = none */
};

static void send(struct layer2_scene *scene, int64_t time_us, const struct message *message)
{
    const struct packet_ends ends = {"fe80::1", "ff02::1", 0, 0};
    const uint16_t size = message->option != 0 ? 32 : 24;
    struct packet_bytes bytes = {0};
    packet_bytes_add_ethernet(&bytes, 0x86dd);
    bytes.bytes[11] = message->station;
    packet_bytes_add_ip(&bytes, &ends, &(struct packet_ip){.protocol = 58, .payload_bytes = size});
    bytes.bytes[21] = message->hop_limit;
    packet_bytes_add(&bytes, &message->type, 1);
    packet_bytes_add_fill(&bytes, 0, 3);
    packet_bytes_add(&bytes, &message->flags, 1);
    packet_bytes_add_fill(&bytes, 0, 3);
    packet_bytes_add(&bytes, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
    packet_bytes_add(&bytes, &message->target, 1);
    if (message->option != 0) {
        packet_bytes_add(&bytes, &message->option, 1);
        packet_bytes_add(&bytes, "\x01\x02\0\0\0\0\x09", 7);
    }
    layer2_scene_frame(scene, time_us, &bytes);
}

static void advertise(struct layer2_scene *scene, int64_t time_us, uint8_t station, uint8_t flags)
{
    send(scene, time_us,
         &(struct message){
             .type = 136, .flags = flags, .station = station, .target = 5, .hop_limit = 255});
}

static void a_router_that_is_not_on_the_list_is_told(void **state)
{
    struct layer2_scene *scene = *state;
    const struct layer2_mac router = {{2, 0, 0, 0, 0, 1}};
    scene->options.routers = &router;
    scene->options.router_count = 1;
    layer2_scene_end(scene);
    layer2_scene_begin(scene);
    send(scene, 0, &(struct message){.type = 134, .station = 1, .hop_limit = 255});
    send(scene, 1, &(struct message){.type = 134, .station = 2, .hop_limit = 254}); /* from afar */
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_N_RA), 0);
    send(scene, 2, &(struct message){.type = 134, .station = 2, .hop_limit = 255});
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_N_RA), 1);
    const struct weir_l2_event *event = layer2_scene_last(scene, WEIR_L2_N_RA);
    assert_int_equal(event->mac[5], 2);
    assert_int_equal(event->address.size, 16);
    assert_int_equal(event->severity, WEIR_SEVERITY_HIGH);
}

static void without_a_list_the_routers_of_the_learning_time_are_right(void **state)
{
    struct layer2_scene *scene = *state;
    scene->options.learn_us = 10 * S;
    layer2_scene_end(scene);
    layer2_scene_begin(scene);
    send(scene, 0, &(struct message){.type = 134, .station = 1, .hop_limit = 255});
    send(scene, 20 * S, &(struct message){.type = 134, .station = 1, .hop_limit = 255});
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_N_RA), 0);
    send(scene, 20 * S, &(struct message){.type = 134, .station = 2, .hop_limit = 255});
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_N_RA), 1);
}

static void an_override_for_anothers_address_is_told_within_300_s(void **state)
{
    struct layer2_scene *scene = *state;
    advertise(scene, 0, 1, 0x60);
    advertise(scene, 300 * S, 2, 0x20); /* the first was silent */
    advertise(scene, 301 * S, 1, 0x40); /* without override */
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_N_NA), 0);
    advertise(scene, 302 * S, 2, 0x20);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_N_NA), 1);
    const struct weir_l2_event *event = layer2_scene_last(scene, WEIR_L2_N_NA);
    assert_int_equal(event->mac[5], 2);
    assert_int_equal(event->other_mac[5], 1);
    assert_int_equal(event->address.bytes[15], 5);
}

static void the_stated_address_counts_and_who_asks_claims_his_own(void **state)
{
    struct layer2_scene *scene = *state;
    /* station 3 asks, from fe80::1 and for another address */
    send(scene, 0, &(struct message){.type = 135, .station = 3, .target = 7, .hop_limit = 255});
    send(scene, 1,
         &(struct message){
             .type = 136, .flags = 0x20, .station = 4, .target = 1, .hop_limit = 255, .option = 2});
    const struct weir_l2_event *event = layer2_scene_last(scene, WEIR_L2_N_NA);
    assert_non_null(event);
    assert_int_equal(event->mac[5], 9);
    assert_int_equal(event->other_mac[5], 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_router_that_is_not_on_the_list_is_told),
        TEST(without_a_list_the_routers_of_the_learning_time_are_right),
        TEST(an_override_for_anothers_address_is_told_within_300_s),
        TEST(the_stated_address_counts_and_who_asks_claims_his_own),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
