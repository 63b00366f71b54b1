/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/link_walk.h"

#include <string.h>

#include "common/flow/header_stack.h"
#include "common/flow/tunnel.h"

enum {
    ETHERTYPE_LENGTH_MAX = 1500, /* up to here the field is a length, and LLC follows */
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_MULTICAST = 0x8848,
    ETHERTYPE_PPPOE_SESSION = 0x8864,
    ETHERTYPE_SERVICE_VLAN = 0x88a8,
    ETHERTYPE_OLD_QINQ = 0x9100,
    ETHERTYPE_OLD_QINQ_2 = 0x9200,
};

enum {
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_MPLS = 0x0281,
};

#define STEPS_MAX                                                                                  \
    10               /* eight tags, the ethertype, the end: room for lab networks, none for loops  \
                      */
#define LABELS_MAX 8 /* of one MPLS stack */

static uint16_t u16_at(const uint8_t *at)
{
    return (uint16_t)((at[0] << 8) | at[1]);
}

static void push(struct packet *out, enum weir_header header)
{
    out->header_stack = weir_header_stack_push(out->header_stack, header);
}

static enum packet_result ethernet_step(struct weir_cursor *bytes, struct link_walk_step *step,
                                        struct packet *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(bytes, 14, &at)) {
        return PACKET_SHORT;
    }
    if (out->tunnel == WEIR_TUNNEL_NONE) {
        memcpy(out->destination_mac, at, 6);
        memcpy(out->source_mac, at + 6, 6);
        out->flags |= PACKET_HAS_MAC;
    }
    push(out, WEIR_HEADER_ETHERNET);
    step->kind = LINK_WALK_ETHERTYPE;
    step->ethertype = u16_at(at + 12);
    return PACKET_OK;
}

static enum packet_result vlan_step(struct weir_cursor *bytes, struct link_walk_step *step,
                                    struct packet *out)
{
    uint16_t tag = 0;
    if (!weir_cursor_u16(bytes, &tag) || !weir_cursor_u16(bytes, &step->ethertype)) {
        return PACKET_SHORT;
    }
    if (out->tunnel == WEIR_TUNNEL_NONE && out->vlan_count < PACKET_VLAN_MAX) {
        out->vlan[out->vlan_count] = tag & 0x0fff;
        out->vlan_count++;
    }
    push(out, WEIR_HEADER_VLAN);
    return PACKET_OK;
}

static bool is_known(uint16_t ethertype)
{
    switch (ethertype) {
    case ETHERTYPE_IPV4:
    case ETHERTYPE_ARP:
    case ETHERTYPE_VLAN:
    case ETHERTYPE_IPV6:
    case ETHERTYPE_MPLS:
    case ETHERTYPE_PPPOE_SESSION:
    case ETHERTYPE_SERVICE_VLAN:
        return true;
    default:
        return false;
    }
}

/* A control word (RFC 4385) begins with four zero bits, and so do many addresses: it is one unless
 * an ethertype stands where one would be without it. */
static bool has_control_word(const struct weir_cursor *bytes)
{
    return bytes->next[0] >> 4 == 0 && !is_known(u16_at(bytes->next + 12));
}

/* Nothing says what is below the labels but its first four bits: an IP version, else an Ethernet
 * frame with a control word before it or without. */
static enum packet_result mpls_step(struct weir_cursor *bytes, struct link_walk_step *step,
                                    struct packet *out)
{
    const bool multicast = step->ethertype == ETHERTYPE_MPLS_MULTICAST;
    uint32_t label = 0;
    for (int labels = 0; (label & 0x100U) == 0; labels++) {
        if (labels == LABELS_MAX) {
            return PACKET_TOO_DEEP;
        }
        if (!weir_cursor_u32(bytes, &label)) {
            return PACKET_SHORT;
        }
        push(out, multicast ? WEIR_HEADER_MPLS_MULTICAST : WEIR_HEADER_MPLS);
    }
    if (bytes->left == 0) {
        return PACKET_SHORT;
    }
    const unsigned version = bytes->next[0] >> 4;
    if (version == 4 || version == 6) {
        step->kind = LINK_WALK_IP;
        return PACKET_OK;
    }
    if (bytes->left < 18) { /* control word and Ethernet header */
        return PACKET_SHORT;
    }
    if (has_control_word(bytes)) {
        (void)weir_cursor_skip(bytes, 4);
    }
    if (out->tunnel == WEIR_TUNNEL_NONE) {
        out->tunnel = WEIR_TUNNEL_PSEUDOWIRE;
        out->tunnel_id = label >> 12;
    }
    step->kind = LINK_WALK_ETHERNET;
    return PACKET_OK;
}

static enum packet_result pppoe_step(struct weir_cursor *bytes, struct link_walk_step *step,
                                     struct packet *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(bytes, 6, &at)) {
        return PACKET_SHORT;
    }
    if (at[0] != 0x11 || at[1] != 0) {
        return PACKET_NOT_IP;
    }
    push(out, WEIR_HEADER_PPPOE);
    step->kind = LINK_WALK_PPP;
    return PACKET_OK;
}

/* Address and control (ff 03) may be left out, and so may the protocol's first byte when 0. */
static enum packet_result ppp_step(struct weir_cursor *bytes, struct link_walk_step *step,
                                   struct packet *out)
{
    if (bytes->left < 2) {
        return PACKET_SHORT;
    }
    if (bytes->next[0] == 0xff && bytes->next[1] == 0x03) {
        (void)weir_cursor_skip(bytes, 2);
    }
    uint8_t first = 0;
    uint8_t second = 0;
    if (!weir_cursor_u8(bytes, &first)) {
        return PACKET_SHORT;
    }
    unsigned protocol = first;
    if ((first & 1U) == 0) {
        if (!weir_cursor_u8(bytes, &second)) {
            return PACKET_SHORT;
        }
        protocol = ((unsigned)first << 8) | second;
    }
    push(out, WEIR_HEADER_PPP);
    switch (protocol) {
    case PPP_IPV4:
        step->kind = LINK_WALK_IPV4;
        return PACKET_OK;
    case PPP_IPV6:
        step->kind = LINK_WALK_IPV6;
        return PACKET_OK;
    case PPP_MPLS:
        step->kind = LINK_WALK_ETHERTYPE;
        step->ethertype = ETHERTYPE_MPLS;
        return PACKET_OK;
    default:
        return PACKET_NOT_IP;
    }
}

/* IP is within SNAP (RFC 1042; 0000f8 on bridged 802.11) or has a service access point (06). */
static enum packet_result llc_step(struct weir_cursor *bytes, struct link_walk_step *step,
                                   struct packet *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(bytes, 3, &at)) {
        return PACKET_SHORT;
    }
    push(out, WEIR_HEADER_LLC);
    if (memcmp(at, "\x06\x06\x03", 3) == 0) {
        step->kind = LINK_WALK_IPV4;
        return PACKET_OK;
    }
    if (memcmp(at, "\xaa\xaa\x03", 3) != 0) {
        return PACKET_NOT_IP;
    }
    if (!weir_cursor_bytes(bytes, 5, &at)) {
        return PACKET_SHORT;
    }
    if (at[0] != 0 || at[1] != 0 || (at[2] != 0 && at[2] != 0xf8)) {
        return PACKET_NOT_IP;
    }
    push(out, WEIR_HEADER_SNAP);
    step->kind = LINK_WALK_ETHERTYPE;
    step->ethertype = u16_at(at + 3);
    return PACKET_OK;
}

/* What an ethertype names. A length is one only where a frame's length can stand. */
static enum packet_result ethertype_step(struct weir_cursor *bytes, struct link_walk_step *step,
                                         struct packet *out)
{
    switch (step->ethertype) {
    case ETHERTYPE_IPV4:
        step->kind = LINK_WALK_IPV4;
        return PACKET_OK;
    case ETHERTYPE_IPV6:
        step->kind = LINK_WALK_IPV6;
        return PACKET_OK;
    case ETHERTYPE_ARP:
        out->payload = bytes->next;
        out->payload_captured = (uint32_t)bytes->left;
        out->payload_bytes = out->payload_captured;
        return PACKET_ARP;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_SERVICE_VLAN:
    case ETHERTYPE_OLD_QINQ:
    case ETHERTYPE_OLD_QINQ_2:
        return vlan_step(bytes, step, out);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_MULTICAST:
        return mpls_step(bytes, step, out);
    case ETHERTYPE_PPPOE_SESSION:
        return pppoe_step(bytes, step, out);
    default:
        break;
    }
    if (step->ethertype > ETHERTYPE_LENGTH_MAX) {
        return PACKET_NOT_IP;
    }
    bytes->left = bytes->left < step->ethertype ? bytes->left : step->ethertype;
    step->kind = LINK_WALK_LLC;
    return PACKET_OK;
}

static enum packet_result take_step(struct weir_cursor *bytes, struct link_walk_step *step,
                                    struct packet *out)
{
    switch (step->kind) {
    case LINK_WALK_ETHERTYPE:
        return ethertype_step(bytes, step, out);
    case LINK_WALK_ETHERNET:
        return ethernet_step(bytes, step, out);
    case LINK_WALK_LLC:
        return llc_step(bytes, step, out);
    case LINK_WALK_PPP:
        return ppp_step(bytes, step, out);
    case LINK_WALK_PPPOE:
        return pppoe_step(bytes, step, out);
    case LINK_WALK_IP:
    case LINK_WALK_IPV4:
    case LINK_WALK_IPV6:
        break;
    }
    return PACKET_OK;
}

enum packet_result link_walk_to_network(struct weir_cursor *bytes, struct link_walk_step step,
                                        struct packet *out, enum link_walk_kind *network)
{
    struct link_walk_step next = step;
    enum packet_result result = PACKET_OK;
    if (next.kind == LINK_WALK_ETHERNET) {
        result = ethernet_step(bytes, &next, out);
    }
    for (int steps = 0; steps < STEPS_MAX && result == PACKET_OK; steps++) {
        if (next.kind <= LINK_WALK_IPV6) {
            *network = next.kind;
            return PACKET_OK;
        }
        result = take_step(bytes, &next, out);
    }
    return result == PACKET_OK ? PACKET_TOO_DEEP : result;
}
