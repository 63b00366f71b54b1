/* SPDX-License-Identifier: Apache-2.0
 *
 * As in ip_header.c, a header is taken from the cursor as one block and indexed within it.
 */
#include "sensor/decode/transport_header.h"

#include "common/flow/flow_record.h"
#include "common/flow/header_stack.h"

#include "sensor/decode/checksum.h"

enum {
    PROTO_IPV4 = 4,
    PROTO_IPV6 = 41,
    PROTO_GRE = 47,
    PROTO_ESP = 50,
};

static uint16_t u16_at(const uint8_t *at)
{
    return (uint16_t)((at[0] << 8) | at[1]);
}

static uint32_t u32_at(const uint8_t *at)
{
    return ((uint32_t)u16_at(at) << 16) | u16_at(at + 2);
}

/* The payload begins header_bytes into the IP payload and is payload_bytes long. */
static void set_payload(struct packet *out, uint32_t header_bytes, uint32_t payload_bytes)
{
    const uint32_t captured = out->ip_payload_captured;
    const uint32_t skip = header_bytes < captured ? header_bytes : captured;
    out->payload = out->ip_payload + skip;
    out->payload_bytes = payload_bytes;
    out->payload_captured = captured - skip < payload_bytes ? captured - skip : payload_bytes;
}

static void set_ports(struct packet *out, const uint8_t *at)
{
    out->source_port = u16_at(at);
    out->destination_port = u16_at(at + 2);
    out->flags |= PACKET_HAS_PORTS;
}

/* The header did not fit: cut by the snap length, split over fragments, or the packet lies. */
static enum packet_result too_short(struct weir_cursor bytes, uint32_t header_bytes,
                                    struct packet *out)
{
    const uint8_t *at = NULL;
    if (out->ip_payload_bytes >= header_bytes) {
        return PACKET_SHORT;
    }
    if ((out->flags & PACKET_IS_FRAGMENT) == 0) {
        return PACKET_BAD_LENGTH;
    }
    if (weir_cursor_bytes(&bytes, 4, &at)) {
        set_ports(out, at);
    } else if (out->ip_payload_bytes >= 4) {
        return PACKET_SHORT;
    }
    set_payload(out, 0, 0);
    return PACKET_OK;
}

static enum packet_result tcp_decode(struct weir_cursor bytes, struct packet *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(&bytes, 20, &at)) {
        return too_short(bytes, 20, out);
    }
    uint32_t header_bytes = (uint32_t)(at[12] >> 4) * 4U;
    if (header_bytes > out->ip_payload_bytes && (out->flags & PACKET_IS_FRAGMENT) != 0) {
        header_bytes = out->ip_payload_bytes; /* the options go on in the next fragment */
    }
    set_ports(out, at);
    if (header_bytes < 20 || header_bytes > out->ip_payload_bytes) {
        out->flags |= PACKET_BAD_TCP_OFFSET;
        set_payload(out, 0, 0);
        return PACKET_OK;
    }
    out->tcp_sequence = u32_at(at + 4);
    out->tcp_acknowledgement = u32_at(at + 8);
    out->tcp_header_bytes = (uint8_t)header_bytes;
    out->tcp_flags = at[13];
    out->tcp_window = u16_at(at + 14);
    out->tcp_urgent = u16_at(at + 18);
    out->flags |= PACKET_HAS_TRANSPORT;
    set_payload(out, header_bytes, out->ip_payload_bytes - header_bytes);
    return PACKET_OK;
}

static enum packet_result udp_decode(struct weir_cursor bytes, struct packet *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(&bytes, 8, &at)) {
        return too_short(bytes, 8, out);
    }
    const uint16_t udp_bytes = u16_at(at + 4);
    uint32_t payload_bytes = out->ip_payload_bytes - 8;
    set_ports(out, at);
    out->udp_bytes = udp_bytes;
    const bool is_whole = (out->flags & (PACKET_IS_FRAGMENT | PACKET_DERIVED_TOTAL)) == 0;
    if (udp_bytes != out->ip_payload_bytes && is_whole) {
        out->flags |= PACKET_UDP_LENGTH;
    }
    if (udp_bytes != 0) { /* 0: offload or a jumbogram, all of the IP payload */
        if (udp_bytes < 8) {
            out->flags |= PACKET_UDP_LENGTH;
            set_payload(out, 0, 0);
            return PACKET_OK;
        }
        payload_bytes = udp_bytes - 8U < payload_bytes ? udp_bytes - 8U : payload_bytes;
    }
    out->flags |= PACKET_HAS_TRANSPORT;
    set_payload(out, 8, payload_bytes);
    return PACKET_OK;
}

/* Request and answer of these types carry the same identifier. */
static bool has_icmp_id(uint8_t protocol, uint8_t type)
{
    if (protocol == WEIR_PROTO_ICMPV6) {
        return type == 128 || type == 129;
    }
    return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

/* Types that quote the packet they complain about after eight bytes. */
static bool quotes_packet(uint8_t protocol, uint8_t type)
{
    if (protocol == WEIR_PROTO_ICMPV6) {
        return type >= 1 && type <= 4;
    }
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static enum packet_result icmp_decode(struct weir_cursor bytes, struct packet *out)
{
    const uint8_t *at = NULL;
    if (out->ip_payload_bytes < 4 || bytes.left < 4) {
        return too_short(bytes, 4, out);
    }
    const bool whole = weir_cursor_bytes(&bytes, 8, &at);
    if (!whole && out->ip_payload_bytes >= 8) {
        return PACKET_SHORT;
    }
    const uint8_t type = out->ip_payload[0];
    out->source_port = type;
    out->destination_port = out->ip_payload[1];
    out->flags |= PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT;
    if (whole && has_icmp_id(out->protocol, type)) {
        out->icmp_id = u16_at(at + 4);
        out->icmp_sequence = u16_at(at + 6);
        out->flags |= PACKET_HAS_ICMP_ID;
    }
    if (whole && quotes_packet(out->protocol, type)) {
        out->embedded = bytes.next;
        out->embedded_captured = (uint32_t)bytes.left;
    }
    set_payload(out, 0, out->ip_payload_bytes);
    return PACKET_OK;
}

/* Sums the pseudo-header and the IP payload of a whole packet. */
/* The flag that the checksum deserves, or 0. A card that computes checksums finds the sum of the
 * addresses, protocol and length in their place, not inverted: the segment was taken at its sender,
 * before the card. By chance one wrong checksum in 65,536 looks like that. */
static uint32_t checksum_flag(const struct packet *out)
{
    const uint8_t *at = out->ip_payload;
    uint32_t size = out->ip_payload_bytes;
    if (out->protocol == WEIR_PROTO_UDP) {
        if (u16_at(at + 6) == 0 && out->ip_version == 4) {
            return 0; /* the sender computed none */
        }
        size = out->udp_bytes != 0 && out->udp_bytes < size ? out->udp_bytes : size;
    }
    uint16_t sum = 0;
    if (out->protocol != WEIR_PROTO_ICMP) {
        const uint8_t tail[8] = {(uint8_t)(size >> 24),
                                 (uint8_t)(size >> 16),
                                 (uint8_t)(size >> 8),
                                 (uint8_t)size,
                                 0,
                                 0,
                                 0,
                                 out->protocol};
        sum = checksum_add(sum, out->source.bytes, out->source.size);
        sum = checksum_add(sum, out->destination.bytes, out->destination.size);
        sum = checksum_add(sum, tail, sizeof(tail));
    }
    if (checksum_add(sum, at, size) == CHECKSUM_GOOD) {
        return 0;
    }
    const bool is_left = (out->protocol == WEIR_PROTO_TCP && u16_at(at + 16) == sum) ||
                         (out->protocol == WEIR_PROTO_UDP && u16_at(at + 6) == sum);
    return is_left ? PACKET_OFFLOADED : PACKET_BAD_L4_CHECKSUM;
}

/* The header's name, also of a later fragment, so that one datagram has one stack. */
static enum weir_header header_of(uint8_t protocol)
{
    switch (protocol) {
    case WEIR_PROTO_TCP:
        return WEIR_HEADER_TCP;
    case WEIR_PROTO_UDP:
        return WEIR_HEADER_UDP;
    case WEIR_PROTO_ICMP:
        return WEIR_HEADER_ICMP;
    case WEIR_PROTO_ICMPV6:
        return WEIR_HEADER_ICMPV6;
    case WEIR_PROTO_SCTP:
        return WEIR_HEADER_SCTP;
    case PROTO_ESP:
        return WEIR_HEADER_ESP;
    case PROTO_GRE:
        return WEIR_HEADER_GRE;
    case PROTO_IPV4: /* another IP header, which names itself when it is opened */
    case PROTO_IPV6:
        return WEIR_HEADER_NONE;
    default:
        return WEIR_HEADER_OTHER;
    }
}

static enum packet_result sctp_decode(struct weir_cursor bytes, struct packet *out)
{
    if (bytes.left >= 4) {
        set_ports(out, bytes.next);
    } else if (out->ip_payload_bytes >= 4) {
        return PACKET_SHORT;
    }
    set_payload(out, 0, out->ip_payload_bytes);
    return PACKET_OK;
}

static enum packet_result header_decode(struct weir_cursor ip_payload, struct packet *out)
{
    switch (out->protocol) {
    case WEIR_PROTO_TCP:
        return tcp_decode(ip_payload, out);
    case WEIR_PROTO_UDP:
        return udp_decode(ip_payload, out);
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6:
        return icmp_decode(ip_payload, out);
    case WEIR_PROTO_SCTP:
        return sctp_decode(ip_payload, out);
    default:
        set_payload(out, 0, out->ip_payload_bytes);
        return PACKET_OK;
    }
}

enum packet_result transport_header_decode(struct weir_cursor ip_payload, bool verify,
                                           struct packet *out)
{
    const enum weir_header header =
        out->protocol == WEIR_PROTO_TCP ? WEIR_HEADER_TCP : header_of(out->protocol);
    out->ip_payload = ip_payload.next;
    out->ip_payload_captured = (uint32_t)ip_payload.left;
    if (header != WEIR_HEADER_NONE) {
        out->header_stack = weir_header_stack_push(out->header_stack, header);
    }
    if (out->fragment_offset != 0) {
        set_payload(out, 0, out->ip_payload_bytes);
        return PACKET_OK;
    }
    if ((out->flags & PACKET_SHORT_IP_HEADER) != 0) { /* where it begins, nobody knows */
        set_payload(out, 0, 0);
        return PACKET_OK;
    }
    const enum packet_result result = header_decode(ip_payload, out);
    const uint32_t unsure = PACKET_IS_FRAGMENT | PACKET_TRUNCATED | PACKET_DERIVED_TOTAL;
    if (verify && result == PACKET_OK && (out->flags & PACKET_HAS_TRANSPORT) != 0 &&
        (out->flags & unsure) == 0) {
        out->flags |= checksum_flag(out);
    }
    return result;
}
