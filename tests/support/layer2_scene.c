/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/layer2_scene.h"

#include <string.h>

#include "common/base/check.h"

static void on_event(void *context, const struct weir_l2_event *event)
{
    struct layer2_scene *scene = (struct layer2_scene *)context;
    weir_check(weir_l2_event_valid(event, NULL));
    if (scene->told < LAYER2_SCENE_EVENTS) {
        scene->events[scene->told] = *event;
    }
    scene->told++;
}

void layer2_scene_init(struct layer2_scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    scene->options = layer2_options_defaults;
    scene->options.learn_us = 0;
    scene->options.flood_grace_us = 0;
}

void layer2_scene_begin(struct layer2_scene *scene)
{
    weir_check(layer2_watch_new(&scene->options, on_event, scene, &scene->watch) == WEIR_OK);
}

void layer2_scene_end(struct layer2_scene *scene)
{
    layer2_watch_free(scene->watch);
    scene->watch = NULL;
}

static void add_mac(struct packet_bytes *bytes, unsigned station)
{
    if (station == 0) {
        packet_bytes_add_fill(bytes, 0xff, 6);
        return;
    }
    packet_bytes_add(bytes, "\x02\0\0\0", 4);
    packet_bytes_add_u16(bytes, (uint16_t)station);
}

static void add_ip(struct packet_bytes *bytes, unsigned station)
{
    packet_bytes_add_u16(bytes, station == 0 ? 0 : 0x0a00);
    packet_bytes_add_u16(bytes, (uint16_t)station);
}

void layer2_scene_frame(struct layer2_scene *scene, int64_t time_us,
                        const struct packet_bytes *bytes)
{
    struct packet packet;
    const struct captured_frame frame = packet_bytes_frame(bytes, 1, time_us);
    const enum packet_result result = packet_decode(&frame, &packet_decode_defaults, &packet);
    weir_check(result == PACKET_OK || result == PACKET_ARP);
    layer2_watch_add(scene->watch, &packet);
}

void layer2_scene_arp(struct layer2_scene *scene, int64_t time_us, const struct layer2_arp *arp)
{
    struct packet_bytes bytes = {0};
    add_mac(&bytes, arp->receiver);
    add_mac(&bytes, arp->frame_sender != 0 ? arp->frame_sender : arp->sender);
    if (arp->vlan != 0) {
        packet_bytes_add_u16(&bytes, 0x8100);
        packet_bytes_add_u16(&bytes, arp->vlan);
    }
    packet_bytes_add(&bytes, "\x08\x06\0\x01\x08\0\x06\x04", 8);
    packet_bytes_add_u16(&bytes, arp->operation);
    add_mac(&bytes, arp->sender);
    add_ip(&bytes, arp->ip);
    add_mac(&bytes, arp->receiver);
    add_ip(&bytes, arp->target);
    layer2_scene_frame(scene, time_us, &bytes);
}

size_t layer2_scene_count(const struct layer2_scene *scene, enum weir_l2_rule rule)
{
    size_t count = 0;
    for (size_t i = 0; i < scene->told && i < LAYER2_SCENE_EVENTS; i++) {
        count += scene->events[i].rule == rule && scene->events[i].revision == 0 ? 1U : 0U;
    }
    return count;
}

const struct weir_l2_event *layer2_scene_last(const struct layer2_scene *scene,
                                              enum weir_l2_rule rule)
{
    const struct weir_l2_event *last = NULL;
    for (size_t i = 0; i < scene->told && i < LAYER2_SCENE_EVENTS; i++) {
        last = scene->events[i].rule == rule ? &scene->events[i] : last;
    }
    return last;
}
