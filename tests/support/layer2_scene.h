/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_scene: a network in front of a layer2_watch, and what the watch told of it.
 *
 * Shape:   station n has MAC 02:00:00:00:xx:yy and address 10.0.xx.yy, n = 256 xx + yy.
 * Errors:  what cannot happen aborts the test.
 */
#ifndef WEIR_TESTS_SUPPORT_LAYER2_SCENE_H
#define WEIR_TESTS_SUPPORT_LAYER2_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include "common/flow/l2_event.h"

#include "sensor/inspect/layer2_watch.h"

#include "tests/support/packet_bytes.h"

#define LAYER2_SCENE_EVENTS 256 /* kept; `told` counts on */

struct layer2_scene {
    struct layer2_options options;
    struct layer2_watch *watch;
    struct weir_l2_event events[LAYER2_SCENE_EVENTS];
    size_t told;
};

struct layer2_arp {
    uint16_t operation;    /* 1 request, 2 reply */
    unsigned sender, ip;   /* the MAC and the address that are stated; ip 0 = 0.0.0.0 */
    unsigned target;       /* address asked for, or of the one who gets the reply */
    unsigned receiver;     /* frame and target MAC; 0 = everybody */
    unsigned frame_sender; /* of the frame; 0 = sender */
    uint16_t vlan;         /* 0 = untagged */
};

/* Options are the defaults with learning and grace of 0; change them, then begin. */
void layer2_scene_init(struct layer2_scene *scene);
void layer2_scene_begin(struct layer2_scene *scene);
void layer2_scene_end(struct layer2_scene *scene);

void layer2_scene_arp(struct layer2_scene *scene, int64_t time_us, const struct layer2_arp *arp);

/* Any frame. */
void layer2_scene_frame(struct layer2_scene *scene, int64_t time_us,
                        const struct packet_bytes *bytes);

/* First tellings of events of the rule; the last one told, or NULL. */
size_t layer2_scene_count(const struct layer2_scene *scene, enum weir_l2_rule rule);
const struct weir_l2_event *layer2_scene_last(const struct layer2_scene *scene,
                                              enum weir_l2_rule rule);

#endif
