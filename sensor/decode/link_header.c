/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/link_header.h"

#include <string.h>

#include "common/flow/header_stack.h"

#include "sensor/decode/wlan_header.h"

/* libpcap's numbers; raw IP has three because systems disagreed before there was a registry. */
enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_PPP_SERIAL = 50,
    LINK_PPP_ETHERNET = 51,
    LINK_RAW = 101,
    LINK_HDLC = 104,
    LINK_WLAN = 105,
    LINK_LOOP = 108,
    LINK_COOKED = 113,
    LINK_RADIOTAP = 127,
    LINK_PPP_DIRECTION = 204,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_NFLOG = 239,
    LINK_COOKED_V2 = 276,
};

enum {
    ETHERNET_BYTES = 14,
    COOKED_ETHERNET_LENGTH = 1, /* Novell's IPX without LLC */
    COOKED_LLC = 4,
    NFLOG_PAYLOAD = 9,
    NFLOG_INET = 2,
    NFLOG_INET6 = 10,
    NFLOG_ATTRIBUTES_MAX = 64, /* Linux writes about twenty */
};

static uint16_t u16_at(const uint8_t *at)
{
    return (uint16_t)((at[0] << 8) | at[1]);
}

static void push(struct packet *out, enum weir_header header)
{
    out->header_stack = weir_header_stack_push(out->header_stack, header);
}

/* A cooked header knows only the sender's address; the receiver's stays zero. */
static void cooked_address(const uint8_t *address, unsigned size, struct packet *out)
{
    if (size == 6) {
        memcpy(out->source_mac, address, 6);
        out->flags |= PACKET_HAS_MAC;
    }
    push(out, WEIR_HEADER_COOKED);
}

static struct link_walk_step cooked_protocol(const uint8_t *at)
{
    const uint16_t protocol = u16_at(at);
    return (struct link_walk_step){.kind =
                                       protocol == COOKED_LLC ? LINK_WALK_LLC : LINK_WALK_ETHERTYPE,
                                   .ethertype = protocol};
}

static enum packet_result cooked_decode(struct weir_cursor *frame, struct packet *out,
                                        enum link_walk_kind *network)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(frame, 16, &at)) {
        return PACKET_SHORT;
    }
    cooked_address(at + 6, u16_at(at + 4), out);
    if (u16_at(at + 14) == COOKED_ETHERNET_LENGTH) {
        return PACKET_NOT_IP;
    }
    return link_walk_to_network(frame, cooked_protocol(at + 14), out, network);
}

static enum packet_result cooked_v2_decode(struct weir_cursor *frame, struct packet *out,
                                           enum link_walk_kind *network)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(frame, 20, &at)) {
        return PACKET_SHORT;
    }
    cooked_address(at + 12, at[11], out);
    if (u16_at(at) == COOKED_ETHERNET_LENGTH) {
        return PACKET_NOT_IP;
    }
    return link_walk_to_network(frame, cooked_protocol(at), out, network);
}

/* The address family in the writer's byte order. Families are small, so the order shows itself. */
static enum packet_result loopback_decode(struct weir_cursor *frame, struct packet *out,
                                          enum link_walk_kind *network)
{
    uint32_t family = 0;
    if (!weir_cursor_u32(frame, &family)) {
        return PACKET_SHORT;
    }
    push(out, WEIR_HEADER_LOOPBACK);
    switch (family > 0xffff ? __builtin_bswap32(family) : family) {
    case 2: /* AF_INET everywhere */
        *network = LINK_WALK_IPV4;
        return PACKET_OK;
    case 10: /* AF_INET6: Linux, NetBSD and OpenBSD, FreeBSD, macOS */
    case 24:
    case 28:
    case 30:
        *network = LINK_WALK_IPV6;
        return PACKET_OK;
    default:
        return PACKET_NOT_IP;
    }
}

/* Attributes after a header of four bytes; their fields are in the writer's byte order, which a
 * length that fits shows. One of them is the packet, from its IP header on. */
static enum packet_result nflog_decode(struct weir_cursor *frame, struct packet *out,
                                       enum link_walk_kind *network)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(frame, 4, &at)) {
        return PACKET_SHORT;
    }
    if (at[1] != 0 || (at[0] != NFLOG_INET && at[0] != NFLOG_INET6)) {
        return PACKET_NOT_IP;
    }
    push(out, WEIR_HEADER_NFLOG);
    *network = at[0] == NFLOG_INET ? LINK_WALK_IPV4 : LINK_WALK_IPV6;
    for (int i = 0; i < NFLOG_ATTRIBUTES_MAX; i++) {
        const uint8_t *attribute = NULL;
        if (!weir_cursor_bytes(frame, 4, &attribute)) {
            return PACKET_SHORT;
        }
        unsigned size = (unsigned)attribute[0] | ((unsigned)attribute[1] << 8);
        unsigned type = (unsigned)attribute[2] | ((unsigned)attribute[3] << 8);
        if (type >= 0x100) {
            size = u16_at(attribute);
            type = u16_at(attribute + 2);
        }
        if (size < 4) {
            return PACKET_BAD_LENGTH;
        }
        if (type == NFLOG_PAYLOAD) {
            frame->left = frame->left < size - 4 ? frame->left : size - 4;
            return PACKET_OK;
        }
        if (!weir_cursor_skip(frame, ((size + 3U) & ~3U) - 4U)) {
            return PACKET_SHORT;
        }
    }
    return PACKET_TOO_DEEP;
}

/* Cisco's framing: address, control, ethertype. */
static enum packet_result hdlc_decode(struct weir_cursor *frame, struct packet *out,
                                      enum link_walk_kind *network)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(frame, 4, &at)) {
        return PACKET_SHORT;
    }
    push(out, WEIR_HEADER_HDLC);
    const struct link_walk_step step = {.kind = LINK_WALK_ETHERTYPE, .ethertype = u16_at(at + 2)};
    return step.ethertype < 0x600 ? PACKET_NOT_IP : link_walk_to_network(frame, step, out, network);
}

/* A serial line speaks PPP or Cisco's framing; its first byte, the address, tells. */
static enum packet_result serial_decode(struct weir_cursor *frame, struct packet *out,
                                        enum link_walk_kind *network)
{
    if (frame->left > 0 && (frame->next[0] == 0x0f || frame->next[0] == 0x8f)) {
        return hdlc_decode(frame, out, network);
    }
    return link_walk_to_network(frame, (struct link_walk_step){.kind = LINK_WALK_PPP}, out,
                                network);
}

static enum packet_result wlan_decode(struct weir_cursor *frame, bool radiotap, struct packet *out,
                                      enum link_walk_kind *network)
{
    const enum packet_result result = wlan_header_decode(frame, radiotap, out);
    if (result != PACKET_OK) {
        return result;
    }
    return link_walk_to_network(frame, (struct link_walk_step){.kind = LINK_WALK_LLC}, out,
                                network);
}

/* Nearly every frame is Ethernet with IPv4 right behind it, which needs no walk. */
static enum packet_result ethernet_decode(struct weir_cursor *frame, struct packet *out,
                                          enum link_walk_kind *network)
{
    const uint8_t *at = frame->next;
    if (frame->left < ETHERNET_BYTES || at[12] != 0x08 || at[13] != 0x00) {
        return link_walk_to_network(frame, (struct link_walk_step){.kind = LINK_WALK_ETHERNET}, out,
                                    network);
    }
    (void)weir_cursor_skip(frame, ETHERNET_BYTES);
    memcpy(out->destination_mac, at, 6);
    memcpy(out->source_mac, at + 6, 6);
    out->flags |= PACKET_HAS_MAC;
    out->header_stack = WEIR_HEADER_ETHERNET;
    *network = LINK_WALK_IPV4;
    return PACKET_OK;
}

enum packet_result link_header_decode(struct weir_cursor *frame, int link_type, struct packet *out,
                                      enum link_walk_kind *network)
{
    switch (link_type) {
    case LINK_ETHERNET:
        return ethernet_decode(frame, out, network);
    case LINK_COOKED:
        return cooked_decode(frame, out, network);
    case LINK_COOKED_V2:
        return cooked_v2_decode(frame, out, network);
    case LINK_NULL:
    case LINK_LOOP:
        return loopback_decode(frame, out, network);
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_RAW:
    case LINK_IPV4:
    case LINK_IPV6:
        *network = LINK_WALK_IP;
        return PACKET_OK;
    case LINK_RADIOTAP:
    case LINK_WLAN:
        return wlan_decode(frame, link_type == LINK_RADIOTAP, out, network);
    case LINK_NFLOG:
        return nflog_decode(frame, out, network);
    case LINK_PPP_DIRECTION:
        if (!weir_cursor_skip(frame, 1)) {
            return PACKET_SHORT;
        }
        return serial_decode(frame, out, network);
    case LINK_PPP:
    case LINK_PPP_SERIAL:
        return serial_decode(frame, out, network);
    case LINK_PPP_ETHERNET:
        return link_walk_to_network(frame, (struct link_walk_step){.kind = LINK_WALK_PPPOE}, out,
                                    network);
    case LINK_HDLC:
        return hdlc_decode(frame, out, network);
    default:
        return PACKET_BAD_LINK;
    }
}
