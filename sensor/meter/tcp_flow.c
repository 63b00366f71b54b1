/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_flow.h"

#include "common/base/hash.h"

#include "sensor/meter/tcp_anomaly.h"

#define SYN_FIN_RST (PACKET_TCP_SYN | PACKET_TCP_FIN | PACKET_TCP_RST)

static void note_step(struct flow *flow, struct flow_side *side, bool from_orig,
                      const struct tcp_bytes_step *step)
{
    side->bytes += step->fresh;
    if (step->repeated || step->opened || step->far || step->filled) {
        flow->missed_bytes += step->missed;
        const bool whole = step->repeated && step->below && !side->tcp.asked_alive;
        flow->tcp_anomaly |=
            (whole ? TCP_ANOMALY_REPEATED : 0) | (step->filled ? TCP_ANOMALY_FILLED : 0) |
            (step->far ? TCP_ANOMALY_PAST_WINDOW : 0) | (step->opened ? TCP_ANOMALY_OPENED : 0);
        if (step->repeated) {
            history_add(&flow->history, &side->letters, from_orig, 't');
        }
        if (step->missed > 0) {
            history_add(&flow->history, &side->letters, from_orig, 'g');
        }
    }
}

void tcp_flow_add_payload(struct flow *flow, struct weir_block_pool *holes, bool from_orig,
                          uint32_t sequence, uint32_t size, struct tcp_bytes_step *step)
{
    struct flow_side *side = &flow->side[from_orig ? 0 : 1];
    *step = tcp_bytes_add(&side->tcp.bytes, holes, sequence, size, false);
    note_step(flow, side, from_orig, step);
}

/* A hole the other end acknowledges was never captured; each is told once. */
static void note_gap(struct flow *flow, struct weir_block_pool *holes, const struct packet *packet,
                     bool from_orig)
{
    struct flow_side *peer = &flow->side[from_orig ? 1 : 0];
    if (peer->tcp.bytes.holes == 0 || (packet->tcp_flags & PACKET_TCP_ACK) == 0 ||
        !tcp_bytes_gap_at(&peer->tcp.bytes, holes, packet->tcp_acknowledgement)) {
        return;
    }
    if (!peer->tcp.gap_told || peer->tcp.gap != tcp_bytes_gap(&peer->tcp.bytes, holes)) {
        peer->tcp.gap_told = true;
        peer->tcp.gap = tcp_bytes_gap(&peer->tcp.bytes, holes);
        history_add(&flow->history, &peer->letters, !from_orig, 'g');
    }
}

void tcp_flow_add(struct flow *flow, struct weir_block_pool *holes, const struct packet *packet,
                  bool from_orig, struct tcp_bytes_step *step)
{
    struct flow_side *side = &flow->side[from_orig ? 0 : 1];
    const uint8_t flags = packet->tcp_flags;
    const bool payload = packet->payload_bytes > 0;
    if (!flow->decided) {
        tcp_state_add(&flow->tcp, from_orig, flags, payload);
    }
    history_add_segment(&flow->history, &side->letters, from_orig, flags, packet->tcp_sequence,
                        payload);
    if ((flags & PACKET_TCP_URG) != 0 && flow->urgent < UINT16_MAX) {
        flow->urgent++;
    }
    if ((flags & PACKET_TCP_SYN) != 0 && !side->tcp.has_syn) {
        side->tcp.has_syn = true;
        side->tcp.syn_sequence = packet->tcp_sequence;
    }
    *step = (struct tcp_bytes_step){0};
    if ((flags & PACKET_TCP_RST) != 0) { /* its numbers and its payload do not count */
        return;
    }
    if (packet->tcp_window == 0 && (flags & PACKET_TCP_SYN) == 0) {
        history_add(&flow->history, &side->letters, from_orig, 'w');
    }
    const uint32_t first = packet->tcp_sequence + ((flags & PACKET_TCP_SYN) != 0 ? 1 : 0);
    *step = tcp_bytes_add(&side->tcp.bytes, holes, first, packet->payload_bytes,
                          (flags & PACKET_TCP_FIN) != 0);
    note_step(flow, side, from_orig, step);
    note_gap(flow, holes, packet, from_orig);
}

void tcp_flow_count(struct flow *flow, struct weir_block_pool *holes, const struct packet *packet,
                    bool from_orig)
{
    struct flow_side *side = &flow->side[from_orig ? 0 : 1];
    const bool rst = (packet->tcp_flags & PACKET_TCP_RST) != 0;
    if (!flow->decided) {
        tcp_state_add(&flow->tcp, from_orig, packet->tcp_flags, packet->payload_bytes > 0);
    }
    if ((packet->tcp_flags & PACKET_TCP_SYN) != 0 && !side->tcp.has_syn) {
        side->tcp.has_syn = true;
        side->tcp.syn_sequence = packet->tcp_sequence;
    }
    side->bytes += rst ? 0 : packet->payload_bytes;
    tcp_bytes_fini(&side->tcp.bytes, holes); /* where the stream stands is no longer known */
    side->tcp.bytes.known = false;
}

bool tcp_flow_is_reuse(const struct flow *flow, const struct packet *packet, bool from_orig,
                       int64_t reuse_idle_us)
{
    if ((packet->tcp_flags & (SYN_FIN_RST | PACKET_TCP_ACK)) != PACKET_TCP_SYN) {
        return false;
    }
    const struct flow_side *side = &flow->side[from_orig ? 0 : 1];
    if (side->tcp.has_syn && side->tcp.syn_sequence == packet->tcp_sequence) {
        return false;
    }
    if (flow->decided || (flow->tcp.orig == TCP_END_CLOSED && flow->tcp.resp == TCP_END_CLOSED)) {
        return true;
    }
    /* A first SYN against the originator's own is a simultaneous open. */
    const bool simultaneous = side->packets == 0 && flow->tcp.orig == TCP_END_SYN_SENT;
    return !simultaneous && packet->time_us - flow->last_us >= reuse_idle_us;
}

int64_t tcp_flow_timeout_us(const struct flow *flow, const struct timeouts *timeouts)
{
    if (tcp_state_half_closed(&flow->tcp)) {
        return timeouts->tcp_halfclose_us;
    }
    if (tcp_state_attempt(&flow->tcp)) {
        return timeouts->tcp_attempt_us;
    }
    return timeouts_interactive(flow->resp_port) ? timeouts->tcp_idle_interactive_us
                                                 : timeouts->tcp_idle_us;
}

uint64_t tcp_flow_tag(const struct packet *packet, bool from_orig, uint64_t tag_key)
{
    uint32_t initial = 0;
    if ((packet->tcp_flags & PACKET_TCP_SYN) == 0) {
        return 0;
    }
    if (from_orig) {
        initial = packet->tcp_sequence;
    } else if ((packet->tcp_flags & PACKET_TCP_ACK) != 0) {
        initial = packet->tcp_acknowledgement - 1;
    } else {
        return 0;
    }
    const uint8_t bytes[4] = {(uint8_t)(initial >> 24), (uint8_t)(initial >> 16),
                              (uint8_t)(initial >> 8), (uint8_t)initial};
    const uint64_t tag = weir_hash_keyed(bytes, sizeof(bytes), tag_key);
    return tag == 0 ? 1 : tag;
}
