/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/arp_watch.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "sensor/inspect/layer2_recent.h"
#include "sensor/inspect/layer2_table.h"

/* Numbers of the rules, and their times. */
enum {
    GRATUITOUS_MIN = 10,
    GRATUITOUS_VLAN_MIN = 50,
    UNSOLICITED_MIN = 5,
    MULTIPLE_MIN = 5,
    MISMATCH_MIN = 3,
    SCAN_MIN = 50,
    OUTSIDE_MIN = 5,
};
#define GRATUITOUS_US  (10 * WEIR_US_PER_S)
#define UNSOLICITED_US (60 * WEIR_US_PER_S)
#define ANSWER_US      (5 * WEIR_US_PER_S) /* a reply this late was asked for */
#define MULTIPLE_US    (300 * WEIR_US_PER_S)
#define MISMATCH_US    (60 * WEIR_US_PER_S)
#define SCAN_US        (30 * WEIR_US_PER_S)
#define OUTSIDE_US     (300 * WEIR_US_PER_S)

enum {
    ARP_BYTES = 28,
    ARP_REQUEST = 1,
    ARP_REPLY = 2,
};

/* What one station did lately. */
struct station {
    struct layer2_distinct scan[SCAN_MIN];      /* addresses it asked for */
    struct layer2_distinct claim[MULTIPLE_MIN]; /* addresses it claimed */
    int64_t gratuitous_us[GRATUITOUS_MIN];
    int64_t unsolicited_us[UNSOLICITED_MIN];
    int64_t outside_us[OUTSIDE_MIN];
    int64_t mismatch_us[MISMATCH_MIN];
    struct layer2_recent gratuitous, unsolicited, outside, mismatch;
};

struct network { /* a VLAN */
    int64_t gratuitous_us[GRATUITOUS_VLAN_MIN];
    struct layer2_recent gratuitous;
};

struct request {
    int64_t last_us;
};

struct arp_watch {
    const struct layer2_options *options;
    struct layer2_claims *claims;
    struct layer2_events *events;
    struct layer2_table *stations, *networks, *requests;
    uint64_t packets, unread;
};

/* One ARP packet, read. */
struct arp {
    struct weir_address sender_ip, target_ip;
    const uint8_t *sender, *target;
    bool is_request, is_gratuitous;
};

int arp_watch_new(const struct layer2_options *options, struct layer2_claims *claims,
                  struct layer2_events *events, struct arp_watch **out)
{
    struct arp_watch *watch = (struct arp_watch *)calloc(1, sizeof(*watch));
    if (watch == NULL) {
        return WEIR_ENOMEM;
    }
    watch->options = options;
    watch->claims = claims;
    watch->events = events;
    const uint64_t hash_key = options->hash_key;
    int code =
        layer2_table_new(options->senders_max, sizeof(struct station), hash_key, &watch->stations);
    code = code != WEIR_OK ? code
                           : layer2_table_new(options->vlans_max, sizeof(struct network), hash_key,
                                              &watch->networks);
    code = code != WEIR_OK ? code
                           : layer2_table_new(options->requests_max, sizeof(struct request),
                                              hash_key, &watch->requests);
    if (code != WEIR_OK) {
        arp_watch_free(watch);
        return code;
    }
    *out = watch;
    return WEIR_OK;
}

void arp_watch_free(struct arp_watch *watch)
{
    if (watch != NULL) {
        layer2_table_free(watch->stations);
        layer2_table_free(watch->networks);
        layer2_table_free(watch->requests);
        free(watch);
    }
}

static struct weir_address ipv4_at(const uint8_t *at)
{
    struct weir_address address = {.size = 4};
    memcpy(address.bytes, at, 4);
    return address;
}

static bool is_none(const struct weir_address *address)
{
    return memcmp(address->bytes, "\0\0\0\0", 4) == 0;
}

static uint32_t number_of(const struct weir_address *address)
{
    return ((uint32_t)address->bytes[0] << 24) | ((uint32_t)address->bytes[1] << 16) |
           ((uint32_t)address->bytes[2] << 8) | address->bytes[3];
}

static bool arp_read(const struct layer2_frame *frame, struct arp *out)
{
    static const uint8_t kind[] = {0, 1, 8, 0, 6, 4, 0}; /* Ethernet, IPv4, their sizes */
    const uint8_t *at = frame->bytes;
    if (frame->size < ARP_BYTES || memcmp(at, kind, sizeof(kind)) != 0 ||
        (at[7] != ARP_REQUEST && at[7] != ARP_REPLY)) {
        return false;
    }
    out->is_request = at[7] == ARP_REQUEST;
    out->sender = at + 8;
    out->sender_ip = ipv4_at(at + 14);
    out->target = at + 18;
    out->target_ip = ipv4_at(at + 24);
    out->is_gratuitous =
        !is_none(&out->sender_ip) && weir_address_equal(&out->sender_ip, &out->target_ip);
    return true;
}

static struct station *station_of(struct arp_watch *watch, uint16_t vlan, const uint8_t *mac)
{
    struct layer2_key key = {.vlan = vlan};
    memcpy(key.mac, mac, sizeof(key.mac));
    return (struct station *)layer2_table_touch(watch->stations, &key, NULL);
}

/* The event of a rule about a station; its subject is the station alone. */
static struct weir_l2_event event_of(enum weir_l2_rule rule, const struct layer2_frame *frame,
                                     const uint8_t *mac, int64_t first_us, uint64_t count)
{
    struct weir_l2_event event = {.first_us = first_us,
                                  .last_us = frame->time_us,
                                  .count = count,
                                  .vlan = frame->vlan,
                                  .rule = (uint8_t)rule,
                                  .severity = WEIR_SEVERITY_MEDIUM};
    memcpy(event.mac, mac, sizeof(event.mac));
    return event;
}

static void tell_of_station(struct arp_watch *watch, const struct weir_l2_event *event)
{
    struct weir_l2_event subject = {.rule = event->rule, .vlan = event->vlan};
    memcpy(subject.mac, event->mac, sizeof(subject.mac));
    layer2_events_tell(watch->events, event, &subject);
}

static void add_gratuitous(struct arp_watch *watch, const struct layer2_frame *frame,
                           const struct arp *arp)
{
    int64_t first_us = 0;
    struct station *station = station_of(watch, frame->vlan, arp->sender);
    if (layer2_recent_add(&station->gratuitous, station->gratuitous_us, GRATUITOUS_MIN,
                          frame->time_us, GRATUITOUS_US, &first_us)) {
        struct weir_l2_event event =
            event_of(WEIR_L2_A_GARP, frame, arp->sender, first_us, GRATUITOUS_MIN);
        event.address = arp->sender_ip;
        tell_of_station(watch, &event);
    }
    const struct layer2_key key = {.vlan = frame->vlan};
    struct network *network = (struct network *)layer2_table_touch(watch->networks, &key, NULL);
    if (layer2_recent_add(&network->gratuitous, network->gratuitous_us, GRATUITOUS_VLAN_MIN,
                          frame->time_us, GRATUITOUS_US, &first_us)) {
        const struct weir_l2_event event =
            event_of(WEIR_L2_A_GARP_VLAN, frame, arp->sender, first_us, GRATUITOUS_VLAN_MIN);
        const struct weir_l2_event subject = {.rule = event.rule, .vlan = event.vlan};
        layer2_events_tell(watch->events, &event, &subject);
    }
}

/* Two stations, one address: the subject is the address. */
static void tell_of_conflict(struct arp_watch *watch, const struct layer2_frame *frame,
                             const struct arp *arp, const struct layer2_conflict *conflict)
{
    const bool critical = layer2_options_is_critical(watch->options, &arp->sender_ip);
    struct weir_l2_event event =
        event_of(WEIR_L2_A_DUP, frame, arp->sender, conflict->duplicate_first_us, 2);
    event.severity = critical ? WEIR_SEVERITY_CRITICAL : WEIR_SEVERITY_HIGH;
    event.address = arp->sender_ip;
    memcpy(event.other_mac, conflict->rival, sizeof(event.other_mac));
    struct weir_l2_event subject = {.rule = event.rule,
                                    .vlan = event.vlan,
                                    .address = arp->sender_ip};
    if (conflict->is_duplicate) {
        layer2_events_tell(watch->events, &event, &subject);
    }
    if (conflict->flips) {
        event.rule = WEIR_L2_A_FLIP;
        event.severity = WEIR_SEVERITY_HIGH;
        event.first_us = conflict->flip_first_us;
        event.count = 4;
        subject.rule = event.rule;
        layer2_events_tell(watch->events, &event, &subject);
    }
}

static void add_claim(struct arp_watch *watch, const struct layer2_frame *frame,
                      const struct arp *arp)
{
    struct layer2_conflict conflict;
    const struct layer2_claim claim = {.time_us = frame->time_us,
                                       .address = &arp->sender_ip,
                                       .mac = arp->sender,
                                       .vlan = frame->vlan};
    layer2_claims_add(watch->claims, &claim, &conflict);
    if (conflict.is_duplicate || conflict.flips) {
        tell_of_conflict(watch, frame, arp, &conflict);
    }
    if (layer2_options_is_router(watch->options, arp->sender) ||
        layer2_options_is_proxy(watch->options, arp->sender) ||
        layer2_options_is_shared(watch->options, arp->sender)) {
        return;
    }
    int64_t first_us = 0;
    struct station *station = station_of(watch, frame->vlan, arp->sender);
    const struct layer2_distinct thing = {.time_us = frame->time_us,
                                          .what = number_of(&arp->sender_ip)};
    if (layer2_distinct_add(station->claim, MULTIPLE_MIN, thing, MULTIPLE_US, &first_us)) {
        struct weir_l2_event event =
            event_of(WEIR_L2_A_MULTI, frame, arp->sender, first_us, MULTIPLE_MIN);
        event.address = arp->sender_ip;
        tell_of_station(watch, &event);
    }
}

static struct layer2_key request_key(uint16_t vlan, const uint8_t *asker,
                                     const struct weir_address *target)
{
    struct layer2_key key = {.vlan = vlan};
    memcpy(key.mac, asker, sizeof(key.mac));
    memcpy(key.address, target->bytes, sizeof(key.address));
    return key;
}

static void add_outside(struct arp_watch *watch, const struct layer2_frame *frame,
                        const struct arp *arp, struct station *station)
{
    int64_t first_us = 0;
    if (layer2_options_is_outside(watch->options, frame->vlan, &arp->target_ip) &&
        layer2_recent_add(&station->outside, station->outside_us, OUTSIDE_MIN, frame->time_us,
                          OUTSIDE_US, &first_us)) {
        struct weir_l2_event event =
            event_of(WEIR_L2_A_OUT, frame, arp->sender, first_us, OUTSIDE_MIN);
        event.severity = WEIR_SEVERITY_LOW;
        event.address = arp->target_ip;
        event.asker = arp->sender_ip;
        tell_of_station(watch, &event);
    }
}

static void add_request(struct arp_watch *watch, const struct layer2_frame *frame,
                        const struct arp *arp)
{
    const struct layer2_key key = request_key(frame->vlan, arp->sender, &arp->target_ip);
    struct request *request = (struct request *)layer2_table_touch(watch->requests, &key, NULL);
    request->last_us = frame->time_us;
    int64_t first_us = 0;
    struct station *station = station_of(watch, frame->vlan, arp->sender);
    const struct layer2_distinct thing = {.time_us = frame->time_us,
                                          .what = number_of(&arp->target_ip)};
    if (layer2_distinct_add(station->scan, SCAN_MIN, thing, SCAN_US, &first_us)) {
        struct weir_l2_event event =
            event_of(WEIR_L2_A_SCAN, frame, arp->sender, first_us, SCAN_MIN);
        event.address = arp->target_ip;
        event.asker = arp->sender_ip;
        tell_of_station(watch, &event);
    }
    add_outside(watch, frame, arp, station);
}

/* A reply to one station counts double: that is how a cache is poisoned quietly. */
static void add_reply(struct arp_watch *watch, const struct layer2_frame *frame,
                      const struct arp *arp)
{
    const struct layer2_key key = request_key(frame->vlan, arp->target, &arp->sender_ip);
    const struct request *request =
        (const struct request *)layer2_table_find(watch->requests, &key);
    if (request != NULL && frame->time_us - request->last_us < ANSWER_US) {
        return;
    }
    struct station *station = station_of(watch, frame->vlan, arp->sender);
    static const uint8_t unknown[6] = {0}; /* links that name the sender alone */
    const bool unicast =
        (frame->destination[0] & 1U) == 0 && memcmp(frame->destination, unknown, 6) != 0;
    int64_t first_us = 0;
    bool fires = false;
    for (int i = 0; i < (unicast ? 2 : 1); i++) {
        fires = layer2_recent_add(&station->unsolicited, station->unsolicited_us, UNSOLICITED_MIN,
                                  frame->time_us, UNSOLICITED_US, &first_us) ||
                fires;
    }
    if (fires) {
        struct weir_l2_event event =
            event_of(WEIR_L2_A_UNSOL, frame, arp->sender, first_us, UNSOLICITED_MIN);
        event.address = arp->sender_ip;
        event.asker = arp->target_ip;
        tell_of_station(watch, &event);
    }
}

static void add_mismatch(struct arp_watch *watch, const struct layer2_frame *frame,
                         const struct arp *arp)
{
    int64_t first_us = 0;
    struct station *station = station_of(watch, frame->vlan, frame->source);
    if (layer2_recent_add(&station->mismatch, station->mismatch_us, MISMATCH_MIN, frame->time_us,
                          MISMATCH_US, &first_us)) {
        struct weir_l2_event event =
            event_of(WEIR_L2_A_MISM, frame, frame->source, first_us, MISMATCH_MIN);
        event.address = arp->sender_ip;
        memcpy(event.other_mac, arp->sender, sizeof(event.other_mac));
        tell_of_station(watch, &event);
    }
}

void arp_watch_add(struct arp_watch *watch, const struct layer2_frame *frame)
{
    struct arp arp;
    watch->packets++;
    if (!arp_read(frame, &arp)) {
        watch->unread++;
        return;
    }
    if (memcmp(frame->source, arp.sender, 6) != 0) {
        add_mismatch(watch, frame, &arp);
    }
    if (!is_none(&arp.sender_ip)) { /* a probe claims nothing (RFC 5227) */
        add_claim(watch, frame, &arp);
    }
    if (arp.is_gratuitous) {
        add_gratuitous(watch, frame, &arp);
    }
    if (!arp.is_request) {
        add_reply(watch, frame, &arp);
    } else if (!arp.is_gratuitous) {
        add_request(watch, frame, &arp);
    }
}

void arp_watch_counters(const struct arp_watch *watch, struct arp_watch_counters *out)
{
    *out = (struct arp_watch_counters){
        .packets = watch->packets,
        .unread = watch->unread,
        .forgotten = layer2_table_evicted(watch->stations) + layer2_table_evicted(watch->networks) +
                     layer2_table_evicted(watch->requests),
    };
}
