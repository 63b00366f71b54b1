/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/link_header.h"

#include <string.h>

/* libpcap's numbers; raw IP has three because systems disagreed before there was a registry. */
enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_COOKED = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_COOKED_V2 = 276,
};

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_SERVICE_VLAN = 0x88a8,
    ETHERTYPE_OLD_QINQ = 0x9100,
    ETHERTYPE_OLD_QINQ_2 = 0x9200,
};

#define TAGS_MAX 8 /* two is QinQ; eight leaves room for lab networks and none for loops */

static uint16_t u16_at(const uint8_t *at)
{
    return (uint16_t)((at[0] << 8) | at[1]);
}

/* Walks from an ethertype through tags to a network protocol. */
static enum packet_result ethertype_decode(struct weir_cursor *frame, uint16_t ethertype,
                                           struct packet *out, enum link_header_next *next)
{
    for (int tags = 0; tags <= TAGS_MAX; tags++) {
        uint16_t tag = 0;
        switch (ethertype) {
        case ETHERTYPE_IPV4:
            *next = LINK_HEADER_IPV4;
            return PACKET_OK;
        case ETHERTYPE_IPV6:
            *next = LINK_HEADER_IPV6;
            return PACKET_OK;
        case ETHERTYPE_ARP:
            return PACKET_ARP;
        case ETHERTYPE_VLAN:
        case ETHERTYPE_SERVICE_VLAN:
        case ETHERTYPE_OLD_QINQ:
        case ETHERTYPE_OLD_QINQ_2:
            if (!weir_cursor_u16(frame, &tag) || !weir_cursor_u16(frame, &ethertype)) {
                return PACKET_SHORT;
            }
            if (out->vlan_count < PACKET_VLAN_MAX) {
                out->vlan[out->vlan_count] = tag & 0x0fff;
                out->vlan_count++;
            }
            break;
        default:
            return PACKET_NOT_IP;
        }
    }
    return PACKET_TOO_DEEP;
}

static enum packet_result ethernet_decode(struct weir_cursor *frame, struct packet *out,
                                          enum link_header_next *next)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(frame, 14, &at)) {
        return PACKET_SHORT;
    }
    memcpy(out->destination_mac, at, 6);
    memcpy(out->source_mac, at + 6, 6);
    out->flags |= PACKET_HAS_MAC;
    return ethertype_decode(frame, u16_at(at + 12), out, next);
}

/* A cooked header knows only the sender's address; the receiver's stays zero. */
static void cooked_address(const uint8_t *address, unsigned size, struct packet *out)
{
    if (size == 6) {
        memcpy(out->source_mac, address, 6);
        out->flags |= PACKET_HAS_MAC;
    }
}

static enum packet_result cooked_decode(struct weir_cursor *frame, struct packet *out,
                                        enum link_header_next *next)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(frame, 16, &at)) {
        return PACKET_SHORT;
    }
    cooked_address(at + 6, u16_at(at + 4), out);
    return ethertype_decode(frame, u16_at(at + 14), out, next);
}

static enum packet_result cooked_v2_decode(struct weir_cursor *frame, struct packet *out,
                                           enum link_header_next *next)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(frame, 20, &at)) {
        return PACKET_SHORT;
    }
    cooked_address(at + 12, at[11], out);
    return ethertype_decode(frame, u16_at(at), out, next);
}

/* The address family in the writer's byte order. Families are small, so the order shows itself. */
static enum packet_result loopback_decode(struct weir_cursor *frame, enum link_header_next *next)
{
    uint32_t family = 0;
    if (!weir_cursor_u32(frame, &family)) {
        return PACKET_SHORT;
    }
    switch (family > 0xffff ? __builtin_bswap32(family) : family) {
    case 2: /* AF_INET everywhere */
        *next = LINK_HEADER_IPV4;
        return PACKET_OK;
    case 10: /* AF_INET6: Linux, NetBSD and OpenBSD, FreeBSD, macOS */
    case 24:
    case 28:
    case 30:
        *next = LINK_HEADER_IPV6;
        return PACKET_OK;
    default:
        return PACKET_NOT_IP;
    }
}

enum packet_result link_header_decode(struct weir_cursor *frame, int link_type, struct packet *out,
                                      enum link_header_next *next)
{
    switch (link_type) {
    case LINK_ETHERNET:
        return ethernet_decode(frame, out, next);
    case LINK_COOKED:
        return cooked_decode(frame, out, next);
    case LINK_COOKED_V2:
        return cooked_v2_decode(frame, out, next);
    case LINK_NULL:
    case LINK_LOOP:
        return loopback_decode(frame, next);
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_RAW:
    case LINK_IPV4:
    case LINK_IPV6:
        *next = LINK_HEADER_IP_ANY;
        return PACKET_OK;
    default:
        return PACKET_BAD_LINK;
    }
}
