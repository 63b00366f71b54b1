/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_stations.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "sensor/inspect/layer2_recent.h"
#include "sensor/inspect/layer2_table.h"

#define FLOOD_MIN 200
#define FLOOD_US  (10 * WEIR_US_PER_S)

struct known_station {
    int64_t first_us;
};

struct network {
    int64_t first_us;
    int64_t new_us[FLOOD_MIN]; /* when new stations came */
    struct layer2_recent news;
};

struct layer2_stations {
    const struct layer2_options *options;
    struct layer2_events *events;
    struct layer2_table *stations, *networks;
};

int layer2_stations_new(const struct layer2_options *options, struct layer2_events *events,
                        struct layer2_stations **out)
{
    struct layer2_stations *stations = (struct layer2_stations *)calloc(1, sizeof(*stations));
    if (stations == NULL) {
        return WEIR_ENOMEM;
    }
    stations->options = options;
    stations->events = events;
    int code = layer2_table_new(options->stations_max, sizeof(struct known_station),
                                options->hash_key, &stations->stations);
    code = code != WEIR_OK ? code
                           : layer2_table_new(options->vlans_max, sizeof(struct network),
                                              options->hash_key, &stations->networks);
    if (code != WEIR_OK) {
        layer2_stations_free(stations);
        return code;
    }
    *out = stations;
    return WEIR_OK;
}

void layer2_stations_free(struct layer2_stations *stations)
{
    if (stations != NULL) {
        layer2_table_free(stations->stations);
        layer2_table_free(stations->networks);
        free(stations);
    }
}

static struct network *network_of(struct layer2_stations *stations,
                                  const struct layer2_frame *frame)
{
    bool is_new = false;
    const struct layer2_key key = {.vlan = frame->vlan};
    struct network *network =
        (struct network *)layer2_table_touch(stations->networks, &key, &is_new);
    if (is_new) {
        network->first_us = frame->time_us;
    }
    return network;
}

static void tell(struct layer2_stations *stations, struct weir_l2_event *event,
                 const struct layer2_frame *frame)
{
    struct weir_l2_event subject = {.rule = event->rule, .vlan = event->vlan};
    memcpy(event->mac, frame->source, sizeof(event->mac));
    if (event->rule == WEIR_L2_M_NEW) {
        memcpy(subject.mac, frame->source, sizeof(subject.mac));
    }
    layer2_events_tell(stations->events, event, &subject);
}

void layer2_stations_add(struct layer2_stations *stations, const struct layer2_frame *frame)
{
    bool is_new = false;
    struct layer2_key key = {.vlan = frame->vlan};
    memcpy(key.mac, frame->source, sizeof(key.mac));
    struct known_station *station =
        (struct known_station *)layer2_table_touch(stations->stations, &key, &is_new);
    struct network *network = network_of(stations, frame);
    if (!is_new) {
        return;
    }
    station->first_us = frame->time_us;
    const int64_t age_us = frame->time_us - network->first_us;
    struct weir_l2_event event = {.first_us = frame->time_us,
                                  .last_us = frame->time_us,
                                  .count = 1,
                                  .vlan = frame->vlan,
                                  .rule = WEIR_L2_M_NEW,
                                  .severity = WEIR_SEVERITY_INFO};
    int64_t first_us = 0;
    const bool is_flood = age_us >= stations->options->flood_grace_us &&
                          layer2_recent_add(&network->news, network->new_us, FLOOD_MIN,
                                            frame->time_us, FLOOD_US, &first_us);
    if (is_flood) { /* then one more new station is no news of its own */
        event.rule = WEIR_L2_M_FLOOD;
        event.severity = WEIR_SEVERITY_HIGH;
        event.first_us = first_us;
        event.count = FLOOD_MIN;
    }
    if (is_flood || age_us >= stations->options->learn_us) {
        tell(stations, &event, frame);
    }
}

bool layer2_stations_is_young(struct layer2_stations *stations, const struct layer2_frame *frame,
                              int64_t span_us)
{
    return frame->time_us - network_of(stations, frame)->first_us < span_us;
}

uint64_t layer2_stations_forgotten(const struct layer2_stations *stations)
{
    return layer2_table_evicted(stations->stations) + layer2_table_evicted(stations->networks);
}
