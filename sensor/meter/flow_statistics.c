/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_statistics.h"

#include <string.h>

#include "sensor/meter/flow_status.h"
#include "sensor/meter/tcp_anomaly.h"

enum { /* bits of handshake.known */
    KNOWS_SYN = 1,
    KNOWS_SYN_ACK = 2,
    KNOWS_ACK = 4,
    KNOWS_ALL = 7,
};

static bool is_icmp(const struct flow *flow)
{
    return flow->key.protocol == WEIR_PROTO_ICMP || flow->key.protocol == WEIR_PROTO_ICMPV6;
}

void flow_statistics_init(struct flow_statistics *statistics)
{
    statistics->begun = 0;
    statistics->trips_begun = false;
    statistics->sequence_count = 0;
    statistics->stack_count = 0;
    statistics->frag_count = 0;
    statistics->frag_errors = 0;
    const struct flow_statistics_payload none = {.value = (float)WEIR_ABSENT};
    statistics->payload[0] = none;
    statistics->payload[1] = none;
    statistics->handshake.known = 0;
}

static void begin_side(struct flow_statistics *statistics, const struct flow *flow, int end,
                       const struct packet *packet)
{
    struct flow_statistics_side *side = &statistics->side[end];
    packet_spread_init(&side->spread, packet->time_us, packet->ip_total_bytes);
    ip_statistics_init(&side->ip, packet);
    if (flow->key.protocol == WEIR_PROTO_TCP) {
        memset(&side->tcp, 0, sizeof(side->tcp));
    } else if (statistics->begun == 0 && is_icmp(flow)) {
        icmp_statistics_init(&statistics->icmp);
    }
    statistics->begun = (uint8_t)(statistics->begun | (1U << end));
}

static void add_to_sequence(struct flow_statistics *statistics, const struct flow *flow,
                            const struct packet *packet, bool from_orig)
{
    const unsigned at = statistics->sequence_count++;
    const int64_t gap_us = at == 0 ? 0 : packet->time_us - flow->last_us;
    const int32_t length = (int32_t)packet->ip_total_bytes;
    statistics->first[at].length = from_orig ? length : -length;
    statistics->first[at].gap_us = gap_us <= 0           ? 0
                                   : gap_us < UINT32_MAX ? (uint32_t)gap_us
                                                         : UINT32_MAX;
}

static void add_stack(struct flow_statistics *statistics, uint64_t stack)
{
    for (unsigned i = 0; i < statistics->stack_count; i++) {
        if (statistics->stacks[i] == stack) {
            return;
        }
    }
    if (statistics->stack_count < WEIR_STACKS_MAX) {
        statistics->stacks[statistics->stack_count++] = stack;
    }
}

void flow_statistics_add(struct flow_statistics *statistics, struct flow *flow,
                         const struct packet *packet, bool from_orig)
{
    const int end = from_orig ? 0 : 1;
    struct flow_statistics_side *side = &statistics->side[end];
    if ((statistics->begun & (1U << end)) == 0) {
        begin_side(statistics, flow, end, packet);
    } else {
        packet_spread_add(&side->spread, packet->time_us, packet->ip_total_bytes);
        if (ip_statistics_add(&side->ip, packet)) {
            flow->flow_status |= FLOW_STATUS_SAME_ID;
        }
    }
    if (statistics->sequence_count < WEIR_SEQUENCE_MAX) {
        add_to_sequence(statistics, flow, packet, from_orig);
    }
    if (packet->header_stack != 0 &&
        (statistics->stack_count == 0 || packet->header_stack != statistics->stacks[0])) {
        add_stack(statistics, packet->header_stack);
        flow->flow_status |= flow_status_of_stack(packet->header_stack);
    }
    if ((packet->flags & PACKET_IS_FRAGMENT) != 0) {
        statistics->frag_count++;
    }
}

static void add_handshake(struct flow_statistics_handshake *handshake, const struct packet *packet,
                          bool from_orig)
{
    const unsigned flags = packet->tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_ACK);
    if (from_orig && handshake->known == 0 && flags == PACKET_TCP_SYN) {
        handshake->syn_us = packet->time_us;
        handshake->known = KNOWS_SYN;
    } else if (!from_orig && handshake->known == KNOWS_SYN &&
               flags == (PACKET_TCP_SYN | PACKET_TCP_ACK)) {
        handshake->syn_ack_us = packet->time_us;
        handshake->syn_ack_sequence = packet->tcp_sequence;
        handshake->known |= KNOWS_SYN_ACK;
    } else if (from_orig && handshake->known == (KNOWS_SYN | KNOWS_SYN_ACK) &&
               flags == PACKET_TCP_ACK && (packet->tcp_flags & PACKET_TCP_RST) == 0 &&
               packet->tcp_acknowledgement == handshake->syn_ack_sequence + 1) {
        handshake->ack_us = packet->time_us;
        handshake->known |= KNOWS_ACK;
    }
}

void flow_statistics_add_tcp(struct flow_statistics *statistics, struct flow *flow,
                             const struct tcp_statistics_segment *segment, bool from_orig)
{
    const struct packet *packet = segment->packet;
    const int end = from_orig ? 0 : 1;
    const bool answered = (statistics->begun & (2U >> end)) != 0;
    struct tcp_statistics silent = {0}; /* stands for an end that has not spoken */
    if (!statistics->trips_begun &&
        (packet->payload_bytes > 0 || (packet->tcp_flags & PACKET_TCP_ACK) != 0)) {
        statistics->trips_begun = true;
        round_trip_init(&statistics->trips[0]);
        round_trip_init(&statistics->trips[1]);
    }
    if (statistics->handshake.known != KNOWS_ALL) {
        add_handshake(&statistics->handshake, packet, from_orig);
    }
    const struct tcp_statistics_pair pair = {
        .own = &statistics->side[end].tcp,
        .peer = answered ? &statistics->side[1 - end].tcp : &silent,
        .own_trip = &statistics->trips[end],
        .peer_trip = &statistics->trips[1 - end],
    };
    flow->tcp_anomaly |= tcp_statistics_add(&pair, segment);
}

static void fill_side(const struct flow_statistics *statistics, const struct flow *flow, int end,
                      struct weir_side_statistics *out)
{
    const struct flow_statistics_side *side = &statistics->side[end];
    if ((statistics->begun & (1U << end)) == 0) {
        return;
    }
    ip_statistics_fill(&side->ip, (flow->key.kind & 0x0fU) == 4, out);
    packet_spread_fill(&side->spread, side->ip.packets, side->ip.first_us, out);
    out->last_us = side->spread.last_us;
    if (side->ip.packets > 1 && out->iat_min_us == 0) {
        out->ip_flags |= IP_STATISTICS_NO_GAP;
    }
    if (flow->key.protocol == WEIR_PROTO_TCP) {
        tcp_statistics_fill(&side->tcp, out);
        if (statistics->trips_begun) {
            round_trip_fill(&statistics->trips[end], out);
        }
    }
}

/* Only a handshake none of whose segments was repeated says how long the way is. */
static void fill_handshake(const struct flow_statistics *statistics,
                           struct weir_flow_statistics *out)
{
    const struct flow_statistics_handshake *handshake = &statistics->handshake;
    if (out->orig.tcp_syn != 1 || out->resp.tcp_syn != 1 ||
        (handshake->known & KNOWS_SYN_ACK) == 0) {
        return;
    }
    out->handshake_server_us = handshake->syn_ack_us - handshake->syn_us;
    if ((handshake->known & KNOWS_ACK) != 0) {
        out->handshake_client_us = handshake->ack_us - handshake->syn_ack_us;
    }
}

static void fill_tcp(const struct flow_statistics *statistics, struct weir_flow_statistics *out)
{
    fill_handshake(statistics, out);
    if (statistics->trips_begun) {
        out->rtt_ack_jitter_us = round_trip_jitter(&statistics->trips[0], &statistics->trips[1]);
    }
    if ((statistics->begun & 1U) != 0) {
        tcp_statistics_ja4t(&statistics->side[0].tcp, out->ja4t);
    }
    if ((statistics->begun & 2U) != 0) {
        tcp_statistics_ja4t(&statistics->side[1].tcp, out->ja4ts);
    }
}

void flow_statistics_fill(const struct flow_statistics *statistics, const struct flow *flow,
                          struct weir_flow_statistics *out)
{
    weir_flow_statistics_init(out);
    fill_side(statistics, flow, 0, &out->orig);
    fill_side(statistics, flow, 1, &out->resp);
    if (flow->key.protocol == WEIR_PROTO_TCP) {
        fill_tcp(statistics, out);
    } else if (is_icmp(flow) && statistics->begun != 0) {
        icmp_statistics_fill(&statistics->icmp, out);
    }
    out->frag_count = statistics->frag_count;
    out->frag_errors = statistics->frag_errors;
    out->sequence_count = statistics->sequence_count;
    for (unsigned i = 0; i < statistics->sequence_count; i++) {
        out->len_seq[i] = statistics->first[i].length;
        out->iat_seq[i] = statistics->first[i].gap_us;
    }
    out->stack_count = statistics->stack_count;
    memcpy(out->header_stack, statistics->stacks,
           statistics->stack_count * sizeof(out->header_stack[0]));
}

uint32_t flow_statistics_lost(const struct flow_statistics *statistics, const struct flow *flow,
                              struct weir_block_pool *holes)
{
    if (flow->key.protocol != WEIR_PROTO_TCP || statistics->begun != 3) {
        return 0;
    }
    for (int end = 0; end < 2; end++) {
        if (tcp_statistics_lost(&statistics->side[end].tcp, &statistics->side[1 - end].tcp,
                                &flow->side[1 - end].tcp.bytes, holes)) {
            return TCP_ANOMALY_ACK_UNSEEN;
        }
    }
    return 0;
}
