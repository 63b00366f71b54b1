/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dhcp_server_watch.h"

#include "common/base/clock.h"

#include "tests/support/layer2_scene.h"
#include "tests/support/weir_test.h"

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

/* A message of this operation and type from a server that calls itself 10.0.0.(last). */
static void send(struct layer2_scene *scene, int64_t time_us, uint8_t operation, uint8_t type,
                 uint8_t last)
{
    const struct packet_ends ends = {"10.0.0.1", "255.255.255.255", 67, 68};
    struct packet_bytes bytes = {0};
    packet_bytes_add_ethernet(&bytes, 0x0800);
    packet_bytes_add_ip(&bytes, &ends, &(struct packet_ip){.protocol = 17, .payload_bytes = 259});
    packet_bytes_add_udp(&bytes, &ends, 259);
    packet_bytes_add(&bytes, &operation, 1);
    packet_bytes_add_fill(&bytes, 0, 15);
    packet_bytes_add(&bytes, "\x0a\0\0\x63", 4);
    packet_bytes_add_fill(&bytes, 0, 216);
    packet_bytes_add(&bytes, "\x63\x82\x53\x63\0\x35\x01", 7);
    packet_bytes_add(&bytes, &type, 1);
    packet_bytes_add(&bytes, "\x36\x04\x0a\0\0", 5);
    packet_bytes_add(&bytes, &last, 1);
    packet_bytes_add(&bytes, "\xff\0", 2);
    layer2_scene_frame(scene, time_us, &bytes);
}

static void an_offer_of_a_server_off_the_list_is_told(void **state)
{
    struct layer2_scene *scene = *state;
    const struct weir_address server = {.bytes = {10, 0, 0, 7}, .size = 4};
    scene->options.dhcp_servers = &server;
    scene->options.dhcp_server_count = 1;
    layer2_scene_end(scene);
    layer2_scene_begin(scene);
    send(scene, 0, 2, 2, 7);
    send(scene, 1, 1, 2, 8); /* a client's */
    send(scene, 2, 2, 6, 8); /* a refusal */
    assert_int_equal(scene->told - layer2_scene_count(scene, WEIR_L2_M_NEW), 0);
    send(scene, 3, 2, 2, 8);
    send(scene, 4, 2, 5, 8);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_D_DHCP), 1);
    const struct weir_l2_event *event = layer2_scene_last(scene, WEIR_L2_D_DHCP);
    assert_int_equal(event->address.bytes[3], 8);
    assert_int_equal(event->asker.bytes[3], 0x63);
    assert_int_equal(event->severity, WEIR_SEVERITY_HIGH);
    layer2_watch_drain(scene->watch);
    assert_int_equal(layer2_scene_last(scene, WEIR_L2_D_DHCP)->count, 2);
}

static void without_a_list_the_servers_of_the_learning_time_are_right(void **state)
{
    struct layer2_scene *scene = *state;
    scene->options.learn_us = 10;
    layer2_scene_end(scene);
    layer2_scene_begin(scene);
    send(scene, 0, 2, 5, 7);
    send(scene, 20, 2, 5, 7);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_D_DHCP), 0);
    send(scene, 21, 2, 5, 8);
    assert_int_equal(layer2_scene_count(scene, WEIR_L2_D_DHCP), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(an_offer_of_a_server_off_the_list_is_told),
        TEST(without_a_list_the_servers_of_the_learning_time_are_right),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
