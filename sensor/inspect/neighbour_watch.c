/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/neighbour_watch.h"

#include <stdlib.h>
#include <string.h>

#define ROUTERS_MAX 32

enum {
    MESSAGE_BYTES = 24, /* of a solicitation or advertisement, before its options */
    TARGET_AT = 8,
    FLAG_OVERRIDE = 0x20,
    OPTION_SOURCE = 1, /* link-layer addresses */
    OPTION_TARGET = 2,
    OPTIONS_MAX = 16,
};

struct router {
    uint8_t mac[6];
    uint16_t vlan;
};

struct neighbour_watch {
    struct neighbour_watch_parts parts;
    struct router routers[ROUTERS_MAX]; /* learned */
    size_t router_count;
};

int neighbour_watch_new(const struct neighbour_watch_parts *parts, struct neighbour_watch **out)
{
    struct neighbour_watch *watch = (struct neighbour_watch *)calloc(1, sizeof(*watch));
    if (watch == NULL) {
        return WEIR_ENOMEM;
    }
    watch->parts = *parts;
    *out = watch;
    return WEIR_OK;
}

void neighbour_watch_free(struct neighbour_watch *watch)
{
    free(watch);
}

static bool is_learned(const struct neighbour_watch *watch, const struct layer2_frame *frame)
{
    for (size_t i = 0; i < watch->router_count; i++) {
        const struct router *router = &watch->routers[i];
        if (router->vlan == frame->vlan && memcmp(router->mac, frame->source, 6) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_router(struct neighbour_watch *watch, const struct layer2_frame *frame)
{
    const struct layer2_options *options = watch->parts.options;
    if (layer2_options_is_router(options, frame->source) ||
        layer2_options_is_shared(options, frame->source)) {
        return true;
    }
    if (options->router_count > 0) {
        return false;
    }
    if (is_learned(watch, frame)) {
        return true;
    }
    if (watch->router_count == ROUTERS_MAX ||
        !layer2_stations_is_young(watch->parts.stations, frame, options->learn_us)) {
        return false;
    }
    struct router *router = &watch->routers[watch->router_count++];
    memcpy(router->mac, frame->source, sizeof(router->mac));
    router->vlan = frame->vlan;
    return true;
}

static void add_router(struct neighbour_watch *watch, const struct layer2_frame *frame,
                       const struct weir_address *source)
{
    if (is_router(watch, frame)) {
        return;
    }
    struct weir_l2_event event = {.first_us = frame->time_us,
                                  .last_us = frame->time_us,
                                  .count = 1,
                                  .address = *source,
                                  .vlan = frame->vlan,
                                  .rule = WEIR_L2_N_RA,
                                  .severity = WEIR_SEVERITY_HIGH};
    memcpy(event.mac, frame->source, sizeof(event.mac));
    struct weir_l2_event subject = {.rule = event.rule, .vlan = event.vlan};
    memcpy(subject.mac, frame->source, sizeof(subject.mac));
    layer2_events_tell(watch->parts.events, &event, &subject);
}

/* The link-layer address that the message states, else the frame's. */
static const uint8_t *stated_mac(const struct layer2_frame *frame, uint8_t option)
{
    uint32_t at = MESSAGE_BYTES;
    for (int i = 0; i < OPTIONS_MAX && at + 8 <= frame->size && frame->bytes[at + 1] != 0; i++) {
        if (frame->bytes[at] == option) {
            return frame->bytes + at + 2;
        }
        at += frame->bytes[at + 1] * 8U;
    }
    return frame->source;
}

static void add_claim(struct neighbour_watch *watch, const struct layer2_frame *frame,
                      const struct layer2_claim *claim, bool overrides)
{
    struct layer2_conflict conflict;
    layer2_claims_add(watch->parts.claims, claim, &conflict);
    if (!conflict.is_duplicate || !overrides) {
        return;
    }
    const bool critical = layer2_options_is_critical(watch->parts.options, claim->address);
    struct weir_l2_event event = {.first_us = conflict.duplicate_first_us,
                                  .last_us = frame->time_us,
                                  .count = 2,
                                  .address = *claim->address,
                                  .vlan = frame->vlan,
                                  .rule = WEIR_L2_N_NA,
                                  .severity =
                                      critical ? WEIR_SEVERITY_CRITICAL : WEIR_SEVERITY_HIGH};
    memcpy(event.mac, claim->mac, sizeof(event.mac));
    memcpy(event.other_mac, conflict.rival, sizeof(event.other_mac));
    const struct weir_l2_event subject = {.rule = event.rule,
                                          .vlan = event.vlan,
                                          .address = event.address};
    layer2_events_tell(watch->parts.events, &event, &subject);
}

static void add_advertisement(struct neighbour_watch *watch, const struct layer2_frame *frame)
{
    struct weir_address target = {.size = 16};
    memcpy(target.bytes, frame->bytes + TARGET_AT, sizeof(target.bytes));
    const struct layer2_claim claim = {.time_us = frame->time_us,
                                       .address = &target,
                                       .mac = stated_mac(frame, OPTION_TARGET),
                                       .vlan = frame->vlan};
    add_claim(watch, frame, &claim, (frame->bytes[4] & FLAG_OVERRIDE) != 0);
}

/* Who asks says who he is, unless he is only about to take an address (source ::). */
static void add_solicitation(struct neighbour_watch *watch, const struct layer2_frame *frame,
                             const struct weir_address *source)
{
    static const uint8_t unspecified[16] = {0};
    if (memcmp(source->bytes, unspecified, sizeof(unspecified)) == 0) {
        return;
    }
    const struct layer2_claim claim = {.time_us = frame->time_us,
                                       .address = source,
                                       .mac = stated_mac(frame, OPTION_SOURCE),
                                       .vlan = frame->vlan};
    add_claim(watch, frame, &claim, false);
}

void neighbour_watch_add(struct neighbour_watch *watch, const struct layer2_frame *frame,
                         const struct weir_address *source)
{
    if (frame->size < 1) {
        return;
    }
    switch (frame->bytes[0]) {
    case NEIGHBOUR_WATCH_ROUTER_ADVERTISEMENT:
        add_router(watch, frame, source);
        break;
    case NEIGHBOUR_WATCH_SOLICITATION:
        if (frame->size >= MESSAGE_BYTES) {
            add_solicitation(watch, frame, source);
        }
        break;
    case NEIGHBOUR_WATCH_ADVERTISEMENT:
        if (frame->size >= MESSAGE_BYTES) {
            add_advertisement(watch, frame);
        }
        break;
    default:
        break;
    }
}
