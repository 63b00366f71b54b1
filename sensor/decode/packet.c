/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/packet.h"

#include <string.h>

#include "common/base/cursor.h"

#include "common/flow/tunnel.h"

#include "sensor/decode/ip_header.h"
#include "sensor/decode/link_header.h"
#include "sensor/decode/link_walk.h"
#include "sensor/decode/transport_header.h"
#include "sensor/decode/tunnel_header.h"

#define TUNNELS_MAX 4 /* opened, one within the other; what lies deeper is metered as a tunnel */

const struct packet_decode_options packet_decode_defaults = {.verify = false, .tunnels = true};

/* Where a network packet begins: behind the link's headers, or within a tunnel. */
struct content {
    struct weir_cursor bytes;
    uint32_t wire_left; /* bytes on the wire from here on, by the headers outside */
    enum link_walk_kind network;
    bool exact; /* the packet must fill them */
};

static inline enum packet_result network_decode(const struct content *content,
                                                const struct packet_decode_options *options,
                                                struct packet *out)
{
    struct weir_cursor bytes = content->bytes;
    enum link_walk_kind kind = content->network;
    if (bytes.left == 0) {
        return PACKET_SHORT;
    }
    if (kind == LINK_WALK_IP) {
        kind = bytes.next[0] >> 4 == 6 ? LINK_WALK_IPV6 : LINK_WALK_IPV4;
    }
    const enum packet_result result =
        kind == LINK_WALK_IPV6
            ? ip_header_decode_v6(&bytes, content->wire_left, out)
            : ip_header_decode_v4(&bytes, content->wire_left, options->verify, out);
    if (result != PACKET_OK) {
        return result;
    }
    const enum packet_result read = transport_header_decode(bytes, options->verify, out);
    if ((out->flags & PACKET_OFFLOADED) != 0 && options->strict) {
        out->flags |= PACKET_BAD_L4_CHECKSUM;
    }
    return read;
}

/* Finds what *outer carries, and leaves in *out of the outer headers what is the link's. */
static enum packet_result open_tunnel(const struct packet *outer, struct content *content,
                                      struct packet *out)
{
    struct tunnel_header tunnel;
    enum packet_result result = tunnel_header_decode(outer, &tunnel);
    if (result != PACKET_OK) {
        return result;
    }
    *out = (struct packet){
        .time_us = outer->time_us,
        .captured_bytes = outer->captured_bytes,
        .wire_bytes = outer->wire_bytes,
        .flags = outer->flags & (PACKET_HAS_MAC | PACKET_TIME_CLAMPED),
        .vlan_count = outer->vlan_count,
        .tunnel = outer->tunnel != WEIR_TUNNEL_NONE ? outer->tunnel : (uint8_t)tunnel.tunnel,
        .tunnel_id = outer->tunnel != WEIR_TUNNEL_NONE ? outer->tunnel_id : tunnel.id,
        .header_stack = tunnel.header_stack,
    };
    memcpy(out->source_mac, outer->source_mac, sizeof(out->source_mac));
    memcpy(out->destination_mac, outer->destination_mac, sizeof(out->destination_mac));
    memcpy(out->vlan, outer->vlan, sizeof(out->vlan));
    *content = (struct content){.bytes = tunnel.content, .exact = tunnel.exact};
    result = link_walk_to_network(&content->bytes, tunnel.step, out, &content->network);
    const size_t read = (size_t)(content->bytes.next - tunnel.content.next);
    if (result == PACKET_OK && read > tunnel.content_bytes) {
        return PACKET_BAD_LENGTH;
    }
    content->wire_left = tunnel.content_bytes - (uint32_t)read;
    return result;
}

static bool fits_tunnel(const struct content *content, const struct packet *packet)
{
    return content->exact ? packet->ip_total_bytes == content->wire_left
                          : (packet->flags & PACKET_PAST_FRAME) == 0;
}

/* A tunnel whose content is no good IP packet is metered as what it is itself, unless it was cut:
 * then nobody knows. */
static enum packet_result keep_closed(const struct packet *outer, enum packet_result result,
                                      struct packet *out)
{
    const bool was_cut = outer->payload_captured < outer->payload_bytes;
    *out = *outer;
    return result == PACKET_SHORT && was_cut ? PACKET_SHORT : PACKET_OK;
}

/* One loop for packets and what they carry, so that the usual packet, which carries none, has all
 * of its decoding in one function. */
enum packet_result packet_decode(const struct captured_frame *frame,
                                 const struct packet_decode_options *options, struct packet *out)
{
    struct content content = {.bytes = weir_cursor_over(frame->bytes, frame->captured_bytes)};
    *out = (struct packet){.time_us = frame->time_us,
                           .captured_bytes = frame->captured_bytes,
                           .wire_bytes = frame->wire_bytes,
                           .flags = frame->is_moved ? PACKET_TIME_CLAMPED : 0};
    enum packet_result result =
        link_header_decode(&content.bytes, frame->link_type, out, &content.network);
    if (result != PACKET_OK) {
        return result;
    }
    const uint32_t link_bytes =
        (uint32_t)(content.bytes.next - frame->bytes) + out->link_trailer_bytes;
    content.wire_left = frame->wire_bytes > link_bytes ? frame->wire_bytes - link_bytes
                                                       : (uint32_t)content.bytes.left;
    struct packet outer; /* from the second round on */
    for (int tunnels = 0;; tunnels++) {
        result = network_decode(&content, options, out);
        if (tunnels > 0 && (result != PACKET_OK || !fits_tunnel(&content, out))) {
            return keep_closed(&outer, result, out);
        }
        if (result != PACKET_OK || !tunnel_header_may_be(out) || !options->tunnels ||
            tunnels == TUNNELS_MAX) {
            return result;
        }
        outer = *out;
        result = open_tunnel(&outer, &content, out);
        if (result != PACKET_OK) {
            return keep_closed(&outer, result, out);
        }
    }
}

const char *packet_result_name(enum packet_result result)
{
    static const char *const names[] = {
#define X(result, name, text) name,
        PACKET_RESULT_TABLE(X)
#undef X
    };
    return (unsigned)result < PACKET_RESULTS ? names[result] : NULL;
}

const char *packet_result_text(enum packet_result result)
{
    static const char *const texts[] = {
#define X(result, name, text) text,
        PACKET_RESULT_TABLE(X)
#undef X
    };
    return (unsigned)result < PACKET_RESULTS ? texts[result] : NULL;
}
