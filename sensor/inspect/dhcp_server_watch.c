/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dhcp_server_watch.h"

#include <stdlib.h>
#include <string.h>

#define SERVERS_MAX 32

enum {
    DHCP_REPLY = 2,
    DHCP_COOKIE_AT = 236,
    DHCP_OPTIONS_AT = 240,
    DHCP_YOURS_AT = 16, /* the address that is given away */
    OPTION_PAD = 0,
    OPTION_TYPE = 53,
    OPTION_SERVER = 54,
    OPTION_END = 255,
    TYPE_OFFER = 2,
    TYPE_ACKNOWLEDGEMENT = 5,
};

struct server {
    struct weir_address address;
    uint16_t vlan;
};

struct dhcp_server_watch {
    const struct layer2_options *options;
    struct layer2_events *events;
    struct layer2_stations *stations;
    struct server servers[SERVERS_MAX]; /* learned */
    size_t server_count;
};

int dhcp_server_watch_new(const struct layer2_options *options, struct layer2_events *events,
                          struct layer2_stations *stations, struct dhcp_server_watch **out)
{
    struct dhcp_server_watch *watch = (struct dhcp_server_watch *)calloc(1, sizeof(*watch));
    if (watch == NULL) {
        return WEIR_ENOMEM;
    }
    watch->options = options;
    watch->events = events;
    watch->stations = stations;
    *out = watch;
    return WEIR_OK;
}

void dhcp_server_watch_free(struct dhcp_server_watch *watch)
{
    free(watch);
}

/* Reads the message's type, and into *server the address that the server gives itself. */
static uint8_t options_read(const struct layer2_frame *frame, struct weir_address *server)
{
    uint8_t type = 0;
    uint32_t at = DHCP_OPTIONS_AT;
    while (at < frame->size && frame->bytes[at] != OPTION_END) {
        const uint8_t *option = frame->bytes + at;
        if (option[0] == OPTION_PAD) {
            at++;
            continue;
        }
        if (frame->size - at < 2 || frame->size - at - 2 < option[1]) {
            break;
        }
        if (option[0] == OPTION_TYPE && option[1] == 1) {
            type = option[2];
        } else if (option[0] == OPTION_SERVER && option[1] == 4) {
            *server = (struct weir_address){.size = 4};
            memcpy(server->bytes, option + 2, 4);
        }
        at += 2U + option[1];
    }
    return type;
}

static bool is_learned(const struct dhcp_server_watch *watch, uint16_t vlan,
                       const struct weir_address *address)
{
    for (size_t i = 0; i < watch->server_count; i++) {
        if (watch->servers[i].vlan == vlan &&
            weir_address_equal(&watch->servers[i].address, address)) {
            return true;
        }
    }
    return false;
}

static bool is_known(struct dhcp_server_watch *watch, const struct layer2_frame *frame,
                     const struct weir_address *server)
{
    if (watch->options->dhcp_server_count > 0) {
        return layer2_options_is_dhcp_server(watch->options, server);
    }
    if (is_learned(watch, frame->vlan, server)) {
        return true;
    }
    if (watch->server_count == SERVERS_MAX ||
        !layer2_stations_is_young(watch->stations, frame, watch->options->learn_us)) {
        return false;
    }
    watch->servers[watch->server_count++] =
        (struct server){.address = *server, .vlan = frame->vlan};
    return true;
}

void dhcp_server_watch_add(struct dhcp_server_watch *watch, const struct layer2_frame *frame,
                           const struct weir_address *source)
{
    static const uint8_t cookie[4] = {0x63, 0x82, 0x53, 0x63};
    if (frame->size < DHCP_OPTIONS_AT || frame->bytes[0] != DHCP_REPLY ||
        memcmp(frame->bytes + DHCP_COOKIE_AT, cookie, sizeof(cookie)) != 0) {
        return;
    }
    struct weir_address server = *source;
    const uint8_t type = options_read(frame, &server);
    if ((type != TYPE_OFFER && type != TYPE_ACKNOWLEDGEMENT) || is_known(watch, frame, &server)) {
        return;
    }
    struct weir_l2_event event = {.first_us = frame->time_us,
                                  .last_us = frame->time_us,
                                  .count = 1,
                                  .address = server,
                                  .asker = {.size = 4},
                                  .vlan = frame->vlan,
                                  .rule = WEIR_L2_D_DHCP,
                                  .severity = WEIR_SEVERITY_HIGH};
    memcpy(event.asker.bytes, frame->bytes + DHCP_YOURS_AT, 4);
    memcpy(event.mac, frame->source, sizeof(event.mac));
    struct weir_l2_event subject = {.rule = event.rule, .vlan = event.vlan, .address = server};
    memcpy(subject.mac, frame->source, sizeof(subject.mac));
    layer2_events_tell(watch->events, &event, &subject);
}
