/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_watch.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "common/flow/flow_record.h"
#include "common/flow/tunnel.h"

#include "sensor/inspect/arp_watch.h"
#include "sensor/inspect/dhcp_server_watch.h"
#include "sensor/inspect/layer2_claims.h"
#include "sensor/inspect/layer2_stations.h"
#include "sensor/inspect/neighbour_watch.h"

#define CACHE_PLACES 256
#define CACHE_US     WEIR_US_PER_S

#define HOP_LIMIT_LOCAL 255 /* no router has passed it on (RFC 4861) */

struct cached_station {
    uint64_t who; /* MAC and VLAN */
    int64_t until_us;
};

struct layer2_watch {
    const struct layer2_options *options;
    struct layer2_events *events;
    struct layer2_claims *claims;
    struct layer2_stations *stations;
    struct arp_watch *arp;
    struct neighbour_watch *neighbours;
    struct dhcp_server_watch *dhcp_servers;
    struct cached_station cache[CACHE_PLACES];
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

static uint64_t who_of(const struct layer2_frame *frame)
{
    uint64_t who = frame->vlan;
    for (int i = 0; i < 6; i++) {
        who = (who << 8) | frame->source[i];
    }
    return who;
}

/* Only stations that were silent for a second, or are new, reach the table. */
static void see_station(struct layer2_watch *watch, const struct layer2_frame *frame)
{
    const uint64_t who = who_of(frame);
    struct cached_station *cached = &watch->cache[(who ^ (who >> 8)) % CACHE_PLACES];
    if (cached->who == who && frame->time_us < cached->until_us) {
        return;
    }
    cached->who = who;
    cached->until_us = frame->time_us + CACHE_US;
    const bool is_group = (frame->source[0] & 1U) != 0;
    if (!is_group && (who & UINT64_C(0xffffffffffff)) != 0) { /* else it is no station's address */
        layer2_stations_add(watch->stations, frame);
    }
}

static void see_content(struct layer2_watch *watch, struct layer2_frame *frame,
                        const struct packet *packet)
{
    const bool is_whole =
        (packet->flags & PACKET_HAS_TRANSPORT) != 0 && (packet->flags & PACKET_IS_FRAGMENT) == 0;
    if (!is_whole) {
        return;
    }
    if (packet->protocol == WEIR_PROTO_ICMPV6 && packet->ttl == HOP_LIMIT_LOCAL) {
        neighbour_watch_add(watch->neighbours, frame, &packet->source);
    } else if (packet->protocol == WEIR_PROTO_UDP &&
               packet->source_port == DHCP_SERVER_WATCH_PORT &&
               packet->destination_port == DHCP_SERVER_WATCH_CLIENT_PORT) {
        dhcp_server_watch_add(watch->dhcp_servers, frame, &packet->source);
    }
}

void layer2_watch_add(struct layer2_watch *watch, const struct packet *packet)
{
    if ((packet->flags & PACKET_HAS_MAC) == 0 || packet->tunnel != WEIR_TUNNEL_NONE) {
        return;
    }
    struct layer2_frame frame = {.time_us = packet->time_us,
                                 .source = packet->source_mac,
                                 .destination = packet->destination_mac,
                                 .bytes = packet->payload,
                                 .size = packet->payload_captured,
                                 .vlan = packet->vlan_count > 0 ? packet->vlan[0] : 0};
    see_station(watch, &frame);
    if (packet->ip_version == 0) {
        arp_watch_add(watch->arp, &frame);
    } else if (packet->protocol != WEIR_PROTO_TCP) {
        see_content(watch, &frame, packet);
    }
}

void layer2_watch_advance(struct layer2_watch *watch, int64_t now_us)
{
    layer2_events_advance(watch->events, now_us);
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
