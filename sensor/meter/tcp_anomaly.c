/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_anomaly.h"

#define TURNING (PACKET_TCP_SYN | PACKET_TCP_FIN | PACKET_TCP_RST)
#define SIX     (TURNING | PACKET_TCP_PSH | PACKET_TCP_ACK | PACKET_TCP_URG)
#define XMAS    (PACKET_TCP_FIN | PACKET_TCP_PSH | PACKET_TCP_URG)

/* Bits 0 to 7. */
static uint32_t of_flags(uint8_t flags)
{
    const bool syn = (flags & PACKET_TCP_SYN) != 0;
    const bool fin = (flags & PACKET_TCP_FIN) != 0;
    const bool rst = (flags & PACKET_TCP_RST) != 0;
    uint32_t bits = 0;
    if ((flags & PACKET_TCP_ACK) != 0) {
        bits |= (fin ? TCP_ANOMALY_FIN_ACK : 0) | (syn ? TCP_ANOMALY_SYN_ACK : 0) |
                (rst ? TCP_ANOMALY_RST_ACK : 0);
    }
    if (syn && fin) {
        bits |= rst ? TCP_ANOMALY_SYN_FIN_RST : TCP_ANOMALY_SYN_FIN;
    } else if (fin && rst) {
        bits |= TCP_ANOMALY_FIN_RST;
    }
    bits |= (flags & SIX) == 0 ? TCP_ANOMALY_NULL : 0;
    bits |= (flags & SIX) == XMAS ? TCP_ANOMALY_XMAS : 0;
    return bits;
}

/* What a segment is to one who looks for scans. */
static uint8_t kind_of(uint8_t flags)
{
    if ((flags & PACKET_TCP_RST) != 0) {
        return FLOW_SENT_RST;
    }
    if ((flags & PACKET_TCP_SYN) != 0 && (flags & PACKET_TCP_ACK) != 0) {
        return FLOW_SENT_SYN_ACK;
    }
    if ((flags & (PACKET_TCP_SYN | PACKET_TCP_FIN)) == PACKET_TCP_SYN) {
        return FLOW_SENT_SYN;
    }
    const bool probe =
        (flags & PACKET_TCP_ACK) == 0 && ((flags & PACKET_TCP_FIN) != 0 || (flags & SIX) == 0);
    return probe ? FLOW_SENT_PROBE : FLOW_SENT_OTHER;
}

/* Payload at most a byte, at the number before the one expected: is anybody there? */
static bool is_keep_alive(const struct flow_tcp_side *side, const struct packet *packet)
{
    return side->bytes.known && packet->payload_bytes <= 1 && (packet->tcp_flags & TURNING) == 0 &&
           packet->tcp_sequence == side->bytes.next - 1;
}

static uint32_t of_keep_alive(struct flow_tcp_side *side, struct flow_tcp_side *peer,
                              const struct packet *packet)
{
    uint32_t bits = 0;
    if (is_keep_alive(side, packet)) {
        side->asked_alive = true;
        return TCP_ANOMALY_KEEP_ALIVE;
    }
    side->asked_alive = false;
    if (peer->asked_alive && packet->payload_bytes == 0 &&
        (packet->tcp_flags & (TURNING | PACKET_TCP_ACK)) == PACKET_TCP_ACK &&
        packet->tcp_acknowledgement == peer->bytes.next) {
        bits = TCP_ANOMALY_KEEP_ALIVE_ACK;
    }
    peer->asked_alive = false;
    return bits;
}

/* Bits 9, 22 and 23, of segments that open or that come too late. */
static uint32_t of_place(struct flow *flow, const struct packet *packet, bool from_orig,
                         const struct tcp_options *options)
{
    const struct flow_tcp_side *side = &flow->side[from_orig ? 0 : 1].tcp;
    const bool syn = (packet->tcp_flags & PACKET_TCP_SYN) != 0;
    const bool payload = packet->payload_bytes > 0;
    uint32_t bits = 0;
    flow->fast_open = flow->fast_open || options->has_fast_open;
    if (syn && side->has_syn && side->syn_sequence == packet->tcp_sequence) {
        bits |= TCP_ANOMALY_SYN_REPEATED;
    }
    if (syn && payload && !flow->fast_open) {
        bits |= TCP_ANOMALY_SYN_PAYLOAD;
    }
    if (flow->decided && (syn || payload) && (packet->tcp_flags & PACKET_TCP_RST) == 0) {
        bits |= TCP_ANOMALY_AFTER_END;
    }
    return bits;
}

void tcp_anomaly_add(struct flow *flow, const struct packet *packet, bool from_orig,
                     const struct tcp_options *options)
{
    const uint8_t flags = packet->tcp_flags;
    struct flow_tcp_side *side = &flow->side[from_orig ? 0 : 1].tcp;
    struct flow_tcp_side *peer = &flow->side[from_orig ? 1 : 0].tcp;
    const bool urgent = (flags & PACKET_TCP_URG) != 0;
    side->sent |= kind_of(flags);
    if ((flags & SIX & ~(unsigned)PACKET_TCP_PSH) != PACKET_TCP_ACK) { /* few segments */
        flow->tcp_anomaly |= of_flags(flags);
    }
    if (options->corrupt) {
        flow->tcp_anomaly |= TCP_ANOMALY_BAD_OPTIONS;
    }
    if (urgent != (packet->tcp_urgent != 0)) {
        flow->tcp_anomaly |= TCP_ANOMALY_URGENT_POINTER;
    }
    if (packet->tcp_window == 0 && (flags & (PACKET_TCP_SYN | PACKET_TCP_RST)) == 0) {
        flow->tcp_anomaly |= TCP_ANOMALY_ZERO_WINDOW;
    }
    if (flow->decided || (flags & PACKET_TCP_SYN) != 0) {
        flow->tcp_anomaly |= of_place(flow, packet, from_orig, options);
    }
    if (packet->payload_bytes <= 1) {
        flow->tcp_anomaly |= of_keep_alive(side, peer, packet);
    } else {
        side->asked_alive = false;
    }
}

uint32_t tcp_anomaly_of_flow(const struct flow *flow)
{
    const uint8_t orig = flow->side[0].tcp.sent;
    const uint8_t resp = flow->side[1].tcp.sent;
    if (flow->tcp.payload || orig == 0) {
        return 0;
    }
    if ((orig & (FLOW_SENT_RST | FLOW_SENT_SYN_ACK | FLOW_SENT_OTHER)) == 0 &&
        (resp & ~(unsigned)FLOW_SENT_RST) == 0) {
        return TCP_ANOMALY_SCAN;
    }
    if ((orig & ~(unsigned)FLOW_SENT_RST) == FLOW_SENT_SYN && (resp & FLOW_SENT_SYN_ACK) != 0 &&
        (resp & ~(unsigned)(FLOW_SENT_SYN_ACK | FLOW_SENT_RST)) == 0) {
        return TCP_ANOMALY_SCAN_ANSWERED;
    }
    return 0;
}
