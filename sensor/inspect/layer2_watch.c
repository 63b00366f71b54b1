/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_watch.h"

#include <stdlib.h>
#include <string.h>

#include "common/flow/flow_record.h"
#include "common/flow/tunnel.h"

#include "sensor/inspect/arp_watch.h"
#include "sensor/inspect/dhcp_server_watch.h"
#include "sensor/inspect/layer2_claims.h"
#include "sensor/inspect/layer2_gate.h"
#include "sensor/inspect/layer2_stations.h"
#include "sensor/inspect/neighbour_watch.h"

struct layer2_watch {
    const struct layer2_options *options;
    struct layer2_events *events;
    struct layer2_claims *claims;
    struct layer2_stations *stations;
    struct arp_watch *arp;
    struct neighbour_watch *neighbours;
    struct dhcp_server_watch *dhcp_servers;
    int64_t clock_us; /* the latest time that was given */
};

static int make_parts(struct layer2_watch *watch, const struct layer2_options *options,
                      const struct layer2_events_options *events)
{
    int code = layer2_events_new(events, &watch->events);
    code = code != WEIR_OK ? code : layer2_claims_new(options, &watch->claims);
    code = code != WEIR_OK ? code : layer2_stations_new(options, watch->events, &watch->stations);
    code =
        code != WEIR_OK ? code : arp_watch_new(options, watch->claims, watch->events, &watch->arp);
    if (code != WEIR_OK) {
        return code;
    }
    const struct neighbour_watch_parts parts = {.options = options,
                                                .claims = watch->claims,
                                                .events = watch->events,
                                                .stations = watch->stations};
    code = neighbour_watch_new(&parts, &watch->neighbours);
    return code != WEIR_OK ? code
                           : dhcp_server_watch_new(options, watch->events, watch->stations,
                                                   &watch->dhcp_servers);
}

int layer2_watch_new(const struct layer2_options *options, layer2_sink_fn *sink, void *context,
                     struct layer2_watch **out)
{
    struct layer2_watch *watch = (struct layer2_watch *)calloc(1, sizeof(*watch));
    if (watch == NULL) {
        return WEIR_ENOMEM;
    }
    watch->options = options;
    watch->clock_us = INT64_MIN;
    const struct layer2_events_options events = {.capacity = options->events_max,
                                                 .merge_us = options->merge_us,
                                                 .hash_key = options->hash_key,
                                                 .sink = sink,
                                                 .context = context};
    const int code = make_parts(watch, options, &events);
    if (code != WEIR_OK) {
        layer2_watch_free(watch);
        return code;
    }
    *out = watch;
    return WEIR_OK;
}

void layer2_watch_free(struct layer2_watch *watch)
{
    if (watch != NULL) {
        dhcp_server_watch_free(watch->dhcp_servers);
        neighbour_watch_free(watch->neighbours);
        arp_watch_free(watch->arp);
        layer2_stations_free(watch->stations);
        layer2_claims_free(watch->claims);
        layer2_events_free(watch->events);
        free(watch);
    }
}

static bool is_station(const struct layer2_frame *frame)
{
    static const uint8_t none[6] = {0};
    const bool is_group = (frame->source[0] & 1U) != 0;
    return !is_group && memcmp(frame->source, none, sizeof(none)) != 0;
}

void layer2_watch_add(struct layer2_watch *watch, const struct packet *packet)
{
    if ((packet->flags & PACKET_HAS_MAC) == 0 || packet->tunnel != WEIR_TUNNEL_NONE) {
        return;
    }
    watch->clock_us = packet->time_us > watch->clock_us ? packet->time_us : watch->clock_us;
    const struct layer2_frame frame = {.time_us = watch->clock_us,
                                       .source = packet->source_mac,
                                       .destination = packet->destination_mac,
                                       .bytes = packet->payload,
                                       .size = packet->payload_captured,
                                       .vlan = packet->vlan_count > 0 ? packet->vlan[0] : 0};
    if (is_station(&frame)) {
        layer2_stations_add(watch->stations, &frame);
    }
    if (packet->ip_version == 0) {
        arp_watch_add(watch->arp, &frame);
    } else if (layer2_gate_is_neighbour(packet)) {
        neighbour_watch_add(watch->neighbours, &frame, &packet->source);
    } else if (layer2_gate_is_dhcp(packet)) {
        dhcp_server_watch_add(watch->dhcp_servers, &frame, &packet->source);
    }
}

void layer2_watch_advance(struct layer2_watch *watch, int64_t now_us)
{
    watch->clock_us = now_us > watch->clock_us ? now_us : watch->clock_us;
    layer2_events_advance(watch->events, watch->clock_us);
}

void layer2_watch_drain(struct layer2_watch *watch)
{
    layer2_events_drain(watch->events);
}

void layer2_watch_counters(const struct layer2_watch *watch, struct layer2_counters *out)
{
    struct arp_watch_counters arp;
    arp_watch_counters(watch->arp, &arp);
    *out = (struct layer2_counters){
        .arp = arp.packets,
        .unread = arp.unread,
        .told = layer2_events_told(watch->events),
        .forgotten = arp.forgotten + layer2_claims_evicted(watch->claims) +
                     layer2_stations_forgotten(watch->stations),
    };
}
