/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/meter.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/decode/fragment_table.h"
#include "sensor/meter/flow_content.h"
#include "sensor/meter/flow_life.h"
#include "sensor/meter/flow_status.h"
#include "sensor/meter/tcp_anomaly.h"
#include "sensor/meter/tcp_flow.h"

const struct meter_options meter_defaults = {
    .flows_max = 1000000,
    .flip = true,
    .statistics_max = 262144,
    .payload_statistics = true,
};

struct meter {
    struct flow_life life;
    struct fragment_table *fragments;
    int64_t clock_us;
    int64_t low_us;
};

/* How a packet reaches its flow. */
struct arrival {
    const struct packet *packet;
    int64_t start_us;       /* of a new flow */
    uint64_t payload_bytes; /* not TCP: to add to the flow */
    bool later_fragment;    /* no header of its own */
    bool unseen;            /* the packet only stands for others that were counted */
};

/* What a segment's header and payload were. */
struct segment {
    struct tcp_options options;
    struct tcp_bytes_step step;
};

/* False when the segment is not one to learn from. */
static bool add_tcp(struct meter *meter, struct flow *flow, const struct arrival *arrival,
                    bool from_orig, struct segment *out)
{
    const struct packet *packet = arrival->packet;
    if ((packet->flags & PACKET_BAD_CHECKSUM) != 0 && !meter->life.options.ignore_checksums) {
        flow->tcp_anomaly |=
            (packet->flags & PACKET_BAD_L4_CHECKSUM) != 0 ? TCP_ANOMALY_BAD_CHECKSUM : 0;
        history_add(&flow->history, &flow->side[from_orig ? 0 : 1].letters, from_orig, 'c');
        return false;
    }
    if ((packet->flags & PACKET_HAS_TRANSPORT) == 0 || arrival->later_fragment) {
        flow->tcp_anomaly |=
            (packet->flags & PACKET_BAD_TCP_OFFSET) != 0 ? TCP_ANOMALY_BAD_OFFSET : 0;
        return false;
    }
    const bool followed = meter->life.measure.level < WEIR_DETAIL_COUNTERS;
    if (followed) {
        tcp_options_of(packet, &out->options);
        tcp_anomaly_add(flow, packet, from_orig, &out->options);
        tcp_flow_add(flow, meter->life.holes, packet, from_orig, &out->step);
    } else {
        tcp_flow_count(flow, meter->life.holes, packet, from_orig);
    }
    if (meter->life.measure.level == WEIR_DETAIL_FULL && out->step.fresh > 0 &&
        flow_content_wanted(flow, from_orig)) {
        flow_content_add(flow, meter->life.inspector, packet, from_orig);
    }
    const uint8_t turning = PACKET_TCP_SYN | PACKET_TCP_FIN | PACKET_TCP_RST;
    if ((packet->tcp_flags & turning) == 0) {
        return followed;
    }
    if (flow->conn_tag == 0) {
        flow->conn_tag = tcp_flow_tag(packet, from_orig, meter->life.options.tag_key);
    }
    if (!flow->decided && tcp_state_decided(&flow->tcp)) {
        flow_life_decide(flow, packet->time_us);
    }
    return followed;
}

static void add_udp(struct meter *meter, struct flow *flow, const struct arrival *arrival,
                    bool from_orig)
{
    const struct packet *packet = arrival->packet;
    struct flow_side *side = &flow->side[from_orig ? 0 : 1];
    const bool bad = (packet->flags & PACKET_BAD_CHECKSUM) != 0;
    side->bytes += arrival->payload_bytes;
    if (arrival->payload_bytes > 0) {
        history_add(&flow->history, &side->letters, from_orig, bad ? 'c' : 'd');
    }
    if (meter->life.measure.level == WEIR_DETAIL_FULL && arrival->payload_bytes > 0 &&
        !arrival->later_fragment && !bad && flow_content_wanted(flow, from_orig)) {
        flow_content_add(flow, meter->life.inspector, packet, from_orig);
    }
    if (flow->resp_port == 53 && !flow->decided && !arrival->later_fragment &&
        packet->payload != NULL &&
        dns_pending_add(&flow->dns, from_orig, packet->payload, packet->payload_captured)) {
        flow_life_decide(flow, packet->time_us);
    }
}

static void add_icmp(struct meter *meter, struct flow *flow, const struct arrival *arrival,
                     bool from_orig)
{
    const struct packet *packet = arrival->packet;
    struct flow_side *side = &flow->side[from_orig ? 0 : 1];
    side->bytes += arrival->payload_bytes;
    if (arrival->later_fragment || (packet->flags & PACKET_HAS_PORTS) == 0) {
        return;
    }
    if (side->icmp.messages == 0) {
        side->icmp.first_us = packet->time_us;
        side->icmp.type = (uint8_t)packet->source_port;
        side->icmp.code = (uint8_t)packet->destination_port;
    }
    side->icmp.messages++;
    side->icmp.last_us = packet->time_us;
    flow_life_add_window(&meter->life, flow, from_orig ? 0 : 1, packet->time_us);
}

static void count_packet(struct flow *flow, const struct packet *packet, bool from_orig)
{
    struct flow_side *side = &flow->side[from_orig ? 0 : 1];
    side->packets++;
    side->ip_bytes += packet->ip_total_bytes;
    if (!side->has_mac && (packet->flags & PACKET_HAS_MAC) != 0) {
        struct flow_side *peer = &flow->side[from_orig ? 1 : 0];
        memcpy(side->mac, packet->source_mac, sizeof(side->mac));
        side->has_mac = true;
        if (!peer->has_mac && peer->packets == 0) {
            memcpy(peer->mac, packet->destination_mac, sizeof(peer->mac));
        }
    }
    if ((packet->flags & FLOW_STATUS_NOTABLE) != 0) {
        flow->flow_status |= flow_status_of_flags(packet->flags);
    }
    if (packet->time_us > flow->last_us) { /* a datagram given up comes with its own old time */
        flow->last_us = packet->time_us;
        if (!flow->decided) {
            flow->end_us = packet->time_us;
        }
    }
}

/* A handshake is complete when the originator goes on after an answer: an answered SYN alone is
 * still what a flood makes. A ping is cheap to lose. */
static bool is_established(const struct flow *flow, const struct packet *packet, bool from_orig)
{
    const uint8_t turning = PACKET_TCP_SYN | PACKET_TCP_RST;
    switch (packet->protocol) {
    case WEIR_PROTO_TCP:
        return from_orig && flow->side[1].packets > 0 && (packet->tcp_flags & turning) == 0;
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6:
        return false;
    default:
        return flow->side[0].packets > 0 && flow->side[1].packets > 0;
    }
}

static void note_standing(struct meter *meter, struct flow *flow, const struct packet *packet,
                          bool from_orig)
{
    if (flow->decided && flow->standing != FLOW_DECIDED) {
        flow_table_stand(meter->life.table, flow, FLOW_DECIDED);
    } else if (flow->standing == FLOW_UNANSWERED && is_established(flow, packet, from_orig)) {
        flow_table_stand(meter->life.table, flow, FLOW_ESTABLISHED);
    }
}

static struct flow *add_arrival(struct meter *meter, const struct arrival *arrival, bool *from_orig)
{
    const struct packet *packet = arrival->packet;
    struct flow *flow = flow_life_touch(&meter->life, packet, arrival->start_us,
                                        arrival->later_fragment, from_orig);
    const bool was_decided = flow->decided;
    bool learnt = (packet->flags & PACKET_HAS_TRANSPORT) != 0 && !arrival->later_fragment;
    struct segment segment;
    switch (packet->protocol) {
    case WEIR_PROTO_TCP:
        learnt = add_tcp(meter, flow, arrival, *from_orig, &segment);
        break;
    case WEIR_PROTO_UDP:
        add_udp(meter, flow, arrival, *from_orig);
        break;
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6:
        add_icmp(meter, flow, arrival, *from_orig);
        break;
    default:
        flow->side[*from_orig ? 0 : 1].bytes += arrival->payload_bytes;
        break;
    }
    if (arrival->unseen) {
        flow_measure_drop(&meter->life.measure, flow);
    } else {
        const struct flow_measure_packet measured = {.packet = packet,
                                                     .from_orig = *from_orig,
                                                     .has_header = learnt,
                                                     .options = &segment.options,
                                                     .step = &segment.step};
        flow_measure_add(&meter->life.measure, flow, &measured);
    }
    count_packet(flow, packet, *from_orig);
    note_standing(meter, flow, packet, *from_orig);
    flow_table_touch(meter->life.table, flow, packet->time_us);
    const uint8_t turning = PACKET_TCP_FIN | PACKET_TCP_SYN;
    if (flow->decided != was_decided ||
        (packet->protocol == WEIR_PROTO_TCP && (packet->tcp_flags & turning) != 0)) {
        flow_life_update(&meter->life, flow);
    }
    return flow;
}

static void add_wrong(struct flow *flow, uint32_t wrong)
{
    const uint32_t sum = flow->wrong_fragment + (wrong < 3 ? wrong : 3);
    flow->wrong_fragment = (uint8_t)(sum < 3 ? sum : 3);
    if (wrong > 0) {
        flow->flow_status |= FLOW_STATUS_FRAGMENT_ERROR;
    }
}

static void close_datagram(struct flow *flow)
{
    if (flow->datagrams_open > 0) {
        flow->datagrams_open--;
    }
}

/* Datagrams whose fragments have not all come yet. */
static void add_pending(struct flow *flow, const struct packet *packet,
                        const struct fragment_result *result)
{
    if (result->complete) {
        close_datagram(flow);
    } else if (result->place == FRAGMENT_FIRST && (packet->flags & PACKET_MORE) != 0) {
        flow->datagrams_open =
            flow->datagrams_open < UINT8_MAX ? (uint8_t)(flow->datagrams_open + 1) : UINT8_MAX;
    }
}

static void add_held(struct flow *flow, const struct fragment_held *held, bool from_orig)
{
    struct flow_side *side = &flow->side[from_orig ? 0 : 1];
    side->packets += held->packets;
    side->ip_bytes += held->ip_bytes;
}

static void add_fragment(struct meter *meter, const struct packet *fragment)
{
    struct packet packet = *fragment;
    struct fragment_result result = {0};
    fragment_table_add(meter->fragments, &packet, &result);
    if (result.place == FRAGMENT_HELD) {
        meter->life.counts.held_packets++;
        return;
    }
    const bool first = result.place == FRAGMENT_FIRST;
    const bool waited = first && result.held.packets > 0;
    const struct arrival arrival = {
        .packet = &packet,
        .start_us = waited ? result.held.first_us : packet.time_us,
        .payload_bytes = result.payload_bytes,
        .later_fragment = !first,
    };
    if (packet.protocol == WEIR_PROTO_TCP && first) {
        packet.payload_bytes = result.tcp_bytes;
    }
    bool from_orig = false;
    struct flow *flow = add_arrival(meter, &arrival, &from_orig);
    flow->flow_status |= FLOW_STATUS_FRAGMENTS;
    add_wrong(flow, result.wrong);
    add_pending(flow, &packet, &result);
    flow_measure_add_fragments(&meter->life.measure, flow, (uint32_t)result.held.packets,
                               result.wrong);
    if (waited) {
        flow->flow_status |= FLOW_STATUS_FRAGMENT_NOHEAD;
        add_held(flow, &result.held, from_orig);
        meter->life.counts.held_packets -= result.held.packets;
    }
    if (packet.protocol == WEIR_PROTO_TCP && !first && result.tcp_bytes > 0) {
        struct tcp_bytes_step step = {0};
        tcp_flow_add_payload(flow, meter->life.holes, from_orig, result.tcp_sequence,
                             result.tcp_bytes, &step);
    }
}

/* The key of the flow a given-up datagram belongs to is made from a packet that stands for it. */
static void on_given_up(void *context, const struct fragment_given_up *datagram)
{
    struct meter *meter = context;
    struct packet packet = {
        .time_us = datagram->held.last_us,
        .source = datagram->source,
        .destination = datagram->destination,
        .source_port = datagram->source_port,
        .destination_port = datagram->destination_port,
        .icmp_id = datagram->icmp_id,
        .flags = datagram->packet_flags,
        .ip_version = datagram->ip_version,
        .protocol = datagram->protocol,
        .vlan_count = datagram->vlan_count,
    };
    memcpy(packet.vlan, datagram->vlan, sizeof(packet.vlan));
    bool from_orig = false;
    if (datagram->has_first) {
        struct flow_key key;
        flow_key_init(&key, &packet, meter->life.options.key_vlan, &from_orig);
        const uint64_t hash = flow_key_hash(&key, meter->life.options.hash_key);
        struct flow *flow = flow_table_find(meter->life.table, &key, hash);
        /* Of a flow that was over by then the record has left, had the clock stopped in between. */
        if (flow != NULL && flow_life_expiry_us(&meter->life, flow) >= datagram->time_us) {
            add_wrong(flow, datagram->wrong);
            close_datagram(flow);
            flow_measure_add_fragments(&meter->life.measure, flow, 0, datagram->wrong);
        }
        return;
    }
    if (datagram->held.packets == 0) {
        return;
    }
    memcpy(packet.source_mac, datagram->source_mac, sizeof(packet.source_mac));
    memcpy(packet.destination_mac, datagram->destination_mac, sizeof(packet.destination_mac));
    packet.flags = PACKET_HAS_MAC | PACKET_IS_FRAGMENT;
    const struct arrival arrival = {
        .packet = &packet,
        .start_us = datagram->held.first_us,
        .payload_bytes = datagram->payload_bytes,
        .later_fragment = true,
        .unseen = true,
    };
    const struct fragment_held rest = {
        .packets = datagram->held.packets - 1, /* add_arrival counts one, of no bytes */
        .ip_bytes = datagram->held.ip_bytes,
    };
    struct flow *flow = add_arrival(meter, &arrival, &from_orig);
    flow->flow_status |= FLOW_STATUS_FRAGMENTS | FLOW_STATUS_FRAGMENT_NOHEAD;
    add_wrong(flow, datagram->wrong);
    add_held(flow, &rest, from_orig);
    meter->life.counts.held_packets -= datagram->held.packets;
}

void meter_set_timeouts(struct meter *meter, const struct timeouts *timeouts)
{
    struct timeouts *now = &meter->life.options.timeouts;
    const struct timeouts before = *now;
    *now = *timeouts;
    now->start_delay_us = before.start_delay_us;
    now->tcp_reuse_idle_us = before.tcp_reuse_idle_us;
}

void meter_advance(struct meter *meter, int64_t now_us)
{
    if (now_us <= meter->clock_us) {
        return;
    }
    const bool same_tick = (now_us >> 17) == (meter->clock_us >> 17);
    meter->clock_us = now_us;
    if (same_tick) {
        return;
    }
    fragment_table_advance(meter->fragments, now_us);
    flow_life_advance(&meter->life, now_us);
}

static void add_timed(struct meter *meter, const struct packet *packet)
{
    if ((packet->flags & PACKET_IS_FRAGMENT) != 0) {
        add_fragment(meter, packet);
        return;
    }
    const struct arrival arrival = {.packet = packet,
                                    .start_us = packet->time_us,
                                    .payload_bytes = packet->payload_bytes};
    bool from_orig = false;
    (void)add_arrival(meter, &arrival, &from_orig);
}

void meter_add(struct meter *meter, const struct packet *packet)
{
    meter->life.counts.packets++;
    meter->life.counts.ip_bytes += packet->ip_total_bytes;
    if (packet->time_us >= meter->clock_us) {
        meter_advance(meter, packet->time_us);
        add_timed(meter, packet);
    } else {
        struct packet clamped = *packet;
        clamped.time_us = meter->clock_us;
        clamped.flags |= PACKET_TIME_CLAMPED;
        add_timed(meter, &clamped);
    }
}

void meter_drain(struct meter *meter)
{
    fragment_table_drain(meter->fragments);
    flow_life_drain(&meter->life, meter->clock_us);
}

int64_t meter_low_us(struct meter *meter)
{
    int64_t low_us = meter->clock_us;
    const int64_t first_us = first_start_min(&meter->life.first);
    const int64_t held_us = fragment_table_oldest_held_us(meter->fragments);
    low_us = first_us < low_us ? first_us : low_us;
    low_us = held_us < low_us ? held_us : low_us;
    if (low_us > meter->low_us) {
        meter->low_us = low_us;
    }
    return meter->low_us;
}

int64_t meter_clock_us(const struct meter *meter)
{
    return meter->clock_us;
}

void meter_set_detail(struct meter *meter, enum weir_detail level)
{
    const bool is_unread = level == WEIR_DETAIL_FULL && !meter->life.inspector->policy.enabled;
    meter->life.measure.level = (uint8_t)(is_unread ? WEIR_DETAIL_NO_INSPECTION : level);
}

/* What is taken of each pool, how many blocks it has, and what inspections came to. */
static void count_pools(struct meter *meter, struct meter_counts *counts)
{
    const struct meter_options *options = &meter->life.options;
    const struct inspector *inspector = meter->life.inspector;
    struct fragment_table_counters fragments;
    fragment_table_counters(meter->fragments, &fragments);
    counts->fragments_used = fragments.known;
    counts->fragments_evicted = fragments.evicted;
    counts->fragments_max =
        options->fragments_max > 0 ? options->fragments_max : fragment_table_defaults.datagrams_max;
    counts->statistics_max =
        options->statistics_max < options->flows_max ? options->statistics_max : options->flows_max;
    counts->inspections_used = weir_block_pool_used(inspector->inspections);
    counts->inspections_denied = weir_block_pool_denied(inspector->inspections);
    counts->inspections_max = weir_block_pool_count(inspector->inspections);
    counts->segments_used = weir_block_pool_used(inspector->segments);
    counts->segments_denied = weir_block_pool_denied(inspector->segments);
    counts->segments_max = weir_block_pool_count(inspector->segments);
    counts->holes_used = weir_block_pool_used(meter->life.holes);
    counts->holes_denied = weir_block_pool_denied(meter->life.holes);
    counts->holes_max = weir_block_pool_count(meter->life.holes);
    counts->inspected = inspector->counts;
}

const struct meter_counts *meter_counts(struct meter *meter)
{
    count_pools(meter, &meter->life.counts);
    meter->life.counts.unanswered = flow_table_standing(meter->life.table, FLOW_UNANSWERED);
    meter->life.counts.established = flow_table_standing(meter->life.table, FLOW_ESTABLISHED);
    meter->life.counts.decided = flow_table_standing(meter->life.table, FLOW_DECIDED);
    return &meter->life.counts;
}

int meter_new(const struct meter_options *options, meter_sink_fn *sink, void *context,
              struct meter **out)
{
    if (options->flows_max < 16 || options->flows_max > UINT32_C(1) << 24 || sink == NULL) {
        return WEIR_EINVAL;
    }
    struct meter *meter = calloc(1, sizeof(*meter));
    if (meter == NULL) {
        return WEIR_ENOMEM;
    }
    meter->clock_us = INT64_MIN;
    meter->low_us = INT64_MIN;
    struct fragment_table_options fragments = fragment_table_defaults;
    fragments.hash_key = options->hash_key;
    if (options->fragments_max > 0) {
        fragments.datagrams_max = options->fragments_max;
    }
    int err = flow_life_init(&meter->life, options, sink, context);
    if (err == WEIR_OK) {
        err = fragment_table_new(&fragments, on_given_up, meter, &meter->fragments);
    }
    if (err != WEIR_OK) {
        meter_free(meter);
        return err;
    }
    meter_set_detail(meter, WEIR_DETAIL_FULL);
    *out = meter;
    return WEIR_OK;
}

void meter_free(struct meter *meter)
{
    if (meter == NULL) {
        return;
    }
    flow_life_fini(&meter->life);
    fragment_table_free(meter->fragments);
    free(meter);
}
