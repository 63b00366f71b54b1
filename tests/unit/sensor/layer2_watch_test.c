/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules have tests of their own; here is what the watch promises as a whole, and what it says
 * of captures, when the folder of captures is there (WEIR_DATA, else ../shared/data).
 */
#include "sensor/inspect/layer2_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/clock.h"

#include "sensor/capture/capture.h"

#include "tests/support/layer2_scene.h"
#include "tests/support/weir_test.h"

static void limits_of_zero_and_a_missing_sink_are_refused(void **state)
{
    (void)state;
    struct layer2_scene scene;
    struct layer2_watch *watch = NULL;
    layer2_scene_init(&scene);
    assert_int_equal(layer2_watch_new(&scene.options, NULL, NULL, &watch), WEIR_EINVAL);
    layer2_scene_begin(&scene);
    layer2_scene_end(&scene);
    layer2_watch_free(NULL);
}

static void tables_of_one_entry_still_work(void **state)
{
    (void)state;
    static struct layer2_scene scene;
    layer2_scene_init(&scene);
    scene.options.stations_max = 1;
    scene.options.bindings_max = 1;
    scene.options.requests_max = 1;
    scene.options.senders_max = 1;
    scene.options.vlans_max = 1;
    scene.options.events_max = 1;
    layer2_scene_begin(&scene);
    for (unsigned i = 0; i < 2000; i++) {
        const struct layer2_arp arp = {.operation = (uint16_t)(1 + i % 2),
                                       .sender = 1 + i % 7,
                                       .ip = 1 + i % 3,
                                       .target = 1 + i % 5,
                                       .receiver = i % 4,
                                       .vlan = (uint16_t)(i % 3)};
        layer2_scene_arp(&scene, i, &arp);
        layer2_watch_advance(scene.watch, i);
    }
    layer2_watch_drain(scene.watch);
    assert_true(scene.told > 0);
    layer2_scene_end(&scene);
}

static int read_capture(const char *name, struct layer2_scene *scene)
{
    char path[512];
    const char *paths[] = {path};
    const char *data = getenv("WEIR_DATA");
    const char *root = data != NULL ? data : WEIR_TESTS_DIR "/../../shared/data";
    struct capture *capture = NULL;
    struct weir_error error = {0};
    (void)snprintf(path, sizeof(path), "%s/pcap/%s", root, name);
    if (access(path, R_OK) != 0) {
        print_message("no capture %s: set WEIR_DATA\n", path);
        return 0;
    }
    assert_int_equal(capture_open_files(paths, 1, &capture_defaults, &capture, &error), WEIR_OK);
    struct captured_frame frame;
    enum capture_result got = CAPTURE_PACKET;
    layer2_scene_begin(scene);
    while ((got = capture_next(capture, &frame, &error)) != CAPTURE_END) {
        struct packet packet;
        assert_int_equal(got, CAPTURE_PACKET);
        const enum packet_result result = packet_decode(&frame, &packet_decode_defaults, &packet);
        if (result == PACKET_OK || result == PACKET_ARP) {
            layer2_watch_add(scene->watch, &packet);
        }
    }
    layer2_watch_drain(scene->watch);
    capture_close(capture);
    layer2_scene_end(scene);
    return 1;
}

/* One station asks for 256 addresses in a second. */
static void the_scan_of_a_network_is_one_event(void **state)
{
    (void)state;
    static struct layer2_scene scene;
    layer2_scene_init(&scene);
    scene.options.learn_us = layer2_options_defaults.learn_us;
    if (read_capture("scan-arp.pcap", &scene) == 0) {
        skip();
    }
    assert_int_equal(layer2_scene_count(&scene, WEIR_L2_A_SCAN), 1);
    assert_memory_equal(scene.events[0].mac, "\x00\x0c\x29\x20\xa8\x7f", 6);
    for (size_t i = 0; i < scene.told; i++) {
        assert_int_equal(scene.events[i].rule, WEIR_L2_A_SCAN);
    }
    assert_true(layer2_scene_last(&scene, WEIR_L2_A_SCAN)->count >= 400);
}

/* The poisoned cache shows one unasked reply and one false question: below every threshold on
 * purpose, for the true owner never speaks ARP in it. */
static void one_quiet_poisoning_stays_below_the_thresholds(void **state)
{
    (void)state;
    static struct layer2_scene scene;
    layer2_scene_init(&scene);
    scene.options.learn_us = layer2_options_defaults.learn_us;
    if (read_capture("arp-poison-ppa3.pcapng", &scene) == 0) {
        skip();
    }
    assert_int_equal(scene.told, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_of_zero_and_a_missing_sink_are_refused),
        cmocka_unit_test(tables_of_one_entry_still_work),
        cmocka_unit_test(the_scan_of_a_network_is_one_event),
        cmocka_unit_test(one_quiet_poisoning_stays_below_the_thresholds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
