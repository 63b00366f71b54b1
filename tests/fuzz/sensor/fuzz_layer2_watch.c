/* SPDX-License-Identifier: Apache-2.0
 *
 * A script of frames. Each: two bytes of time step in 10 ms, one of size, the frame's bytes. Tables
 * are tiny, so that they overflow. Every event is valid.
 */
#include "common/base/check.h"

#include "common/flow/l2_event.h"

#include "sensor/inspect/layer2_watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_event(void *context, const struct weir_l2_event *event)
{
    int64_t *last_us = (int64_t *)context;
    weir_check(weir_l2_event_valid(event, NULL));
    weir_check(event->last_us <= *last_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t now_us = 0;
    struct layer2_watch *watch = NULL;
    struct layer2_options options = layer2_options_defaults;
    options.learn_us = 1000;
    options.flood_grace_us = 0;
    options.stations_max = 3;
    options.bindings_max = 3;
    options.requests_max = 3;
    options.senders_max = 2;
    options.vlans_max = 2;
    options.events_max = 2;
    if (layer2_watch_new(&options, on_event, &now_us, &watch) != WEIR_OK) {
        return 0;
    }
    for (size_t at = 0; at + 3 <= size;) {
        const size_t left = size - at - 3;
        const size_t bytes = data[at + 2] < left ? data[at + 2] : left;
        struct packet packet;
        now_us += (((int64_t)data[at] << 8) | data[at + 1]) * 10000;
        const struct captured_frame frame = {.time_us = now_us,
                                             .bytes = data + at + 3,
                                             .captured_bytes = (uint32_t)bytes,
                                             .wire_bytes = (uint32_t)bytes,
                                             .link_type = 1};
        const enum packet_result result = packet_decode(&frame, &packet_decode_defaults, &packet);
        if (result == PACKET_OK || result == PACKET_ARP) {
            layer2_watch_add(watch, &packet);
        }
        layer2_watch_advance(watch, now_us);
        at += 3 + bytes;
    }
    layer2_watch_drain(watch);
    layer2_watch_free(watch);
    return 0;
}
