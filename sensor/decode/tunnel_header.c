/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/tunnel_header.h"

#include <string.h>

#include "common/flow/header_stack.h"

/* GRE: flags and the protocols that are no plain ethertypes */
#define GRE_CHECKSUM        0x8000U
#define GRE_ROUTING         0x4000U
#define GRE_KEY             0x2000U
#define GRE_SEQUENCE        0x1000U
#define GRE_ACKNOWLEDGEMENT 0x0080U /* version 1 alone */
#define GRE_VERSION         0x0007U

enum {
    GRE_BRIDGED = 0x6558, /* a whole Ethernet frame */
    GRE_PPP = 0x880b,
    GRE_ERSPAN = 0x88be, /* types I (no sequence number) and II */
    GRE_ERSPAN_III = 0x22eb,
    GRE_ETHERTYPE_MIN = 0x0600,
};

#define GTPU_FLAGS_MASK     0xf8U /* version, protocol type, reserved bit */
#define GTPU_FLAGS          0x30U
#define GTPU_OPTIONAL       0x07U
#define GTPU_EXTENSION      0x04U
#define GTPU_PACKET         255 /* message type: carries a user's packet */
#define GTPU_EXTENSIONS_MAX 8
#define GENEVE_OPTIONS_MASK 0x3fU
#define GENEVE_RESERVED     0x3fU /* of the second byte */
#define VXLAN_HAS_ID        0x08U
#define VXLAN_GROUP_POLICY  0x80U /* first byte; then second and third are the policy's */
#define VXLAN_NEXT_PROTOCOL 0x04U /* GPE alone */
#define VXLAN_GPE_RESERVED  0xf3U /* version, broadcast and OAM bits too: those carry no packet */
#define TEREDO_ORIGIN_BYTES 8U

static uint16_t u16_at(const uint8_t *at)
{
    return (uint16_t)((at[0] << 8) | at[1]);
}

static uint32_t u24_at(const uint8_t *at)
{
    return ((uint32_t)at[0] << 16) | ((uint32_t)at[1] << 8) | at[2];
}

static uint32_t u32_at(const uint8_t *at)
{
    return (u24_at(at) << 8) | at[3];
}

static void set_tunnel(struct tunnel_header *out, enum weir_tunnel tunnel, enum weir_header header,
                       uint32_t id)
{
    out->tunnel = tunnel;
    out->id = id;
    out->header_stack = weir_header_stack_push(out->header_stack, header);
}

/* The mirrored frames of a switch. */
static enum packet_result erspan_decode(uint16_t flags, uint16_t protocol,
                                        struct tunnel_header *out)
{
    const uint8_t *at = NULL;
    uint32_t session = 0;
    out->step.kind = LINK_WALK_ETHERNET;
    if (protocol == GRE_ERSPAN_III) {
        if (!weir_cursor_bytes(&out->content, 12, &at)) {
            return PACKET_SHORT;
        }
        if (at[0] >> 4 != 2) {
            return PACKET_NOT_IP;
        }
        if ((at[11] & 1U) != 0 && !weir_cursor_skip(&out->content, 8)) { /* platform's own */
            return PACKET_SHORT;
        }
        session = u16_at(at + 2) & 0x03ffU;
    } else if ((flags & GRE_SEQUENCE) != 0) {
        if (!weir_cursor_bytes(&out->content, 8, &at)) {
            return PACKET_SHORT;
        }
        if (at[0] >> 4 != 1) {
            return PACKET_NOT_IP;
        }
        session = u16_at(at + 2) & 0x03ffU;
    }
    set_tunnel(out, WEIR_TUNNEL_ERSPAN, WEIR_HEADER_ERSPAN, session);
    return PACKET_OK;
}

/* The optional fields after the first four bytes; their presence is in the flags. */
static enum packet_result gre_fields_decode(uint16_t flags, struct tunnel_header *out)
{
    const uint8_t *at = NULL;
    if ((flags & GRE_CHECKSUM) != 0 && !weir_cursor_skip(&out->content, 4)) {
        return PACKET_SHORT;
    }
    if ((flags & GRE_KEY) != 0) {
        if (!weir_cursor_bytes(&out->content, 4, &at)) {
            return PACKET_SHORT;
        }
        /* PPTP's key begins with the length of this one packet; its call id alone is the tunnel's
         */
        out->id = (flags & GRE_VERSION) == 1 ? u16_at(at + 2) : u32_at(at);
    }
    if ((flags & GRE_SEQUENCE) != 0 && !weir_cursor_skip(&out->content, 4)) {
        return PACKET_SHORT;
    }
    if ((flags & GRE_VERSION) == 1 && (flags & GRE_ACKNOWLEDGEMENT) != 0 &&
        !weir_cursor_skip(&out->content, 4)) {
        return PACKET_SHORT;
    }
    return PACKET_OK;
}

static enum packet_result gre_decode(struct tunnel_header *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(&out->content, 4, &at)) {
        return PACKET_SHORT;
    }
    const uint16_t flags = u16_at(at);
    const uint16_t protocol = u16_at(at + 2);
    const unsigned version = flags & GRE_VERSION;
    const bool is_pptp = version == 1 && protocol == GRE_PPP && (flags & GRE_KEY) != 0;
    if ((version != 0 && !is_pptp) || (flags & GRE_ROUTING) != 0) {
        return PACKET_NOT_IP;
    }
    const enum packet_result result = gre_fields_decode(flags, out);
    if (result != PACKET_OK) {
        return result;
    }
    out->tunnel = WEIR_TUNNEL_GRE;
    switch (protocol) {
    case GRE_BRIDGED:
        out->step.kind = LINK_WALK_ETHERNET;
        return PACKET_OK;
    case GRE_PPP:
        out->step.kind = LINK_WALK_PPP;
        return PACKET_OK;
    case GRE_ERSPAN:
    case GRE_ERSPAN_III:
        return erspan_decode(flags, protocol, out);
    default:
        out->step = (struct link_walk_step){.kind = LINK_WALK_ETHERTYPE, .ethertype = protocol};
        return protocol >= GRE_ETHERTYPE_MIN ? PACKET_OK : PACKET_NOT_IP;
    }
}

/* An IP packet right behind an IP header. */
static enum packet_result ip_decode(const struct packet *outer, struct tunnel_header *out)
{
    const bool is_6in4 = outer->protocol == TUNNEL_HEADER_IPV6 && outer->ip_version == 4;
    out->tunnel = is_6in4 ? WEIR_TUNNEL_SIXIN4 : WEIR_TUNNEL_IPIP;
    out->step.kind = outer->protocol == TUNNEL_HEADER_IPV6 ? LINK_WALK_IPV6 : LINK_WALK_IPV4;
    return PACKET_OK;
}

static enum packet_result vxlan_decode(const struct packet *outer, struct tunnel_header *out)
{
    static const enum link_walk_kind kinds[] = {LINK_WALK_IPV4, LINK_WALK_IPV6, LINK_WALK_ETHERNET};
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(&out->content, 8, &at)) {
        return PACKET_SHORT;
    }
    out->step.kind = LINK_WALK_ETHERNET;
    if (outer->destination_port == TUNNEL_HEADER_VXLAN_GPE) {
        const uint8_t next = at[3];
        if ((at[0] & VXLAN_GPE_RESERVED) != 0 || at[1] != 0 || at[2] != 0) {
            return PACKET_NOT_IP;
        }
        if ((at[0] & VXLAN_NEXT_PROTOCOL) != 0) {
            if (next < 1 || next > sizeof(kinds) / sizeof(kinds[0])) {
                return PACKET_NOT_IP;
            }
            out->step.kind = kinds[next - 1];
        }
    } else {
        const bool policy = (at[0] & VXLAN_GROUP_POLICY) != 0;
        if ((at[0] & 0x7fU) != VXLAN_HAS_ID ||
            (!policy && (at[1] != 0 || at[2] != 0 || at[3] != 0))) {
            return PACKET_NOT_IP;
        }
    }
    if ((at[0] & VXLAN_HAS_ID) == 0 || at[7] != 0) {
        return PACKET_NOT_IP;
    }
    set_tunnel(out, WEIR_TUNNEL_VXLAN, WEIR_HEADER_VXLAN, u24_at(at + 4));
    return PACKET_OK;
}

static enum packet_result geneve_decode(struct tunnel_header *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(&out->content, 8, &at)) {
        return PACKET_SHORT;
    }
    const uint16_t protocol = u16_at(at + 2);
    if (at[0] >> 6 != 0 || (at[1] & GENEVE_RESERVED) != 0 || at[7] != 0 ||
        protocol < GRE_ETHERTYPE_MIN) {
        return PACKET_NOT_IP;
    }
    if (!weir_cursor_skip(&out->content, (at[0] & GENEVE_OPTIONS_MASK) * 4U)) {
        return PACKET_SHORT;
    }
    out->step.kind = protocol == GRE_BRIDGED ? LINK_WALK_ETHERNET : LINK_WALK_ETHERTYPE;
    out->step.ethertype = protocol;
    set_tunnel(out, WEIR_TUNNEL_GENEVE, WEIR_HEADER_GENEVE, u24_at(at + 4));
    return PACKET_OK;
}

/* Past the chain of extension headers: length in words, content, type of the next. */
static enum packet_result gtpu_extensions_decode(uint8_t first, struct tunnel_header *out)
{
    uint8_t next = first;
    for (int i = 0; next != 0; i++) {
        const uint8_t *at = out->content.next;
        if (i == GTPU_EXTENSIONS_MAX) {
            return PACKET_TOO_DEEP;
        }
        if (out->content.left == 0) {
            return PACKET_SHORT;
        }
        const size_t size = at[0] * 4U;
        if (size == 0) {
            return PACKET_BAD_LENGTH;
        }
        if (!weir_cursor_skip(&out->content, size)) {
            return PACKET_SHORT;
        }
        next = at[size - 1];
    }
    return PACKET_OK;
}

static enum packet_result gtpu_decode(const struct packet *outer, struct tunnel_header *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(&out->content, 8, &at)) {
        return PACKET_SHORT;
    }
    if ((at[0] & GTPU_FLAGS_MASK) != GTPU_FLAGS || at[1] != GTPU_PACKET ||
        u16_at(at + 2) + 8U != outer->payload_bytes) {
        return PACKET_NOT_IP;
    }
    if ((at[0] & GTPU_OPTIONAL) != 0) {
        const uint8_t *optional = NULL;
        if (!weir_cursor_bytes(&out->content, 4, &optional)) {
            return PACKET_SHORT;
        }
        const bool extended = (at[0] & GTPU_EXTENSION) != 0;
        const enum packet_result result = gtpu_extensions_decode(extended ? optional[3] : 0, out);
        if (result != PACKET_OK) {
            return result;
        }
    }
    out->step.kind = LINK_WALK_IP;
    out->exact = true;
    set_tunnel(out, WEIR_TUNNEL_GTPU, WEIR_HEADER_GTPU, u32_at(at + 4));
    return PACKET_OK;
}

/* An IPv6 packet of a Teredo host: one end has the prefix 2001::/32, or asks for it. */
static enum packet_result teredo_packet_check(const struct tunnel_header *out)
{
    static const uint8_t prefix[4] = {0x20, 0x01, 0, 0};
    static const uint8_t link_local[2] = {0xfe, 0x80};
    if (out->content.left < 40) {
        return PACKET_SHORT;
    }
    const uint8_t *at = out->content.next;
    const bool is_teredo = memcmp(at + 8, prefix, sizeof(prefix)) == 0 ||
                           memcmp(at + 24, prefix, sizeof(prefix)) == 0 ||
                           memcmp(at + 8, link_local, sizeof(link_local)) == 0;
    return at[0] >> 4 == 6 && is_teredo ? PACKET_OK : PACKET_NOT_IP;
}

static enum packet_result teredo_decode(struct tunnel_header *out)
{
    const uint8_t *at = NULL;
    if (out->content.left < 4) {
        return PACKET_SHORT;
    }
    at = out->content.next;
    if (at[0] == 0 && at[1] == 1) { /* authentication: two lengths, 9 bytes more */
        const size_t size = 13U + at[2] + at[3];
        if (!weir_cursor_skip(&out->content, size) || out->content.left < 2) {
            return PACKET_SHORT;
        }
        at = out->content.next;
    }
    if (at[0] == 0 && at[1] == 0 && !weir_cursor_skip(&out->content, TEREDO_ORIGIN_BYTES)) {
        return PACKET_SHORT;
    }
    out->step.kind = LINK_WALK_IPV6;
    set_tunnel(out, WEIR_TUNNEL_TEREDO, WEIR_HEADER_TEREDO, 0);
    return teredo_packet_check(out);
}

static enum packet_result udp_decode(const struct packet *outer, struct tunnel_header *out)
{
    switch (outer->destination_port) {
    case TUNNEL_HEADER_VXLAN:
    case TUNNEL_HEADER_VXLAN_GPE:
    case TUNNEL_HEADER_VXLAN_LINUX:
        return vxlan_decode(outer, out);
    case TUNNEL_HEADER_GENEVE:
        return geneve_decode(out);
    case TUNNEL_HEADER_GTPU:
        return gtpu_decode(outer, out);
    default:
        break;
    }
    return outer->ip_version == 4 ? teredo_decode(out) : PACKET_NOT_IP;
}

enum packet_result tunnel_header_decode(const struct packet *outer, struct tunnel_header *out)
{
    *out = (struct tunnel_header){
        .content = weir_cursor_over(outer->payload, outer->payload_captured),
        .header_stack = outer->header_stack,
    };
    enum packet_result result = PACKET_NOT_IP;
    if (outer->protocol == TUNNEL_HEADER_GRE) {
        result = gre_decode(out);
    } else if (outer->protocol == WEIR_PROTO_UDP) {
        result = udp_decode(outer, out);
    } else {
        result = ip_decode(outer, out);
    }
    const size_t read = outer->payload_captured - out->content.left;
    out->content_bytes = outer->payload_bytes - (uint32_t)read;
    return result;
}
