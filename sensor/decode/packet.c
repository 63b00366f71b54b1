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

/* Reads the network and transport headers. wire_left: bytes on the wire from here on. */
static enum packet_result network_decode(struct weir_cursor bytes, uint32_t wire_left,
                                         enum link_walk_kind network, bool verify,
                                         struct packet *out)
{
    enum link_walk_kind kind = network;
    if (bytes.left == 0) {
        return PACKET_SHORT;
    }
    if (kind == LINK_WALK_IP) {
        kind = bytes.next[0] >> 4 == 6 ? LINK_WALK_IPV6 : LINK_WALK_IPV4;
    }
    const enum packet_result result = kind == LINK_WALK_IPV6
                                          ? ip_header_decode_v6(&bytes, wire_left, out)
                                          : ip_header_decode_v4(&bytes, wire_left, verify, out);
    return result == PACKET_OK ? transport_header_decode(bytes, verify, out) : result;
}

/* Reads what *outer carries into *out, which keeps of the outer headers what is the link's. */
static enum packet_result content_decode(const struct packet *outer, bool verify,
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
        .flags = outer->flags & PACKET_HAS_MAC,
        .vlan_count = outer->vlan_count,
        .tunnel = outer->tunnel != WEIR_TUNNEL_NONE ? outer->tunnel : (uint8_t)tunnel.tunnel,
        .tunnel_id = outer->tunnel != WEIR_TUNNEL_NONE ? outer->tunnel_id : tunnel.id,
        .header_stack = tunnel.header_stack,
    };
    memcpy(out->source_mac, outer->source_mac, sizeof(out->source_mac));
    memcpy(out->destination_mac, outer->destination_mac, sizeof(out->destination_mac));
    memcpy(out->vlan, outer->vlan, sizeof(out->vlan));
    enum link_walk_kind network = LINK_WALK_IP;
    const size_t captured = tunnel.content.left;
    result = link_walk_to_network(&tunnel.content, tunnel.step, out, &network);
    const size_t read = captured - tunnel.content.left;
    if (result == PACKET_OK && read <= tunnel.content_bytes) {
        const uint32_t wire_left = tunnel.content_bytes - (uint32_t)read;
        result = network_decode(tunnel.content, wire_left, network, verify, out);
        const bool fits =
            tunnel.exact ? out->ip_total_bytes == wire_left : (out->flags & PACKET_PAST_FRAME) == 0;
        result = result == PACKET_OK && !fits ? PACKET_BAD_LENGTH : result;
    }
    return result;
}

/* Opens tunnels from the outside in. A tunnel whose content is no good IP packet is metered as what
 * it is itself, unless it was cut: then nobody knows. */
static enum packet_result tunnels_decode(bool verify, struct packet *out)
{
    for (int depth = 0; depth < TUNNELS_MAX && tunnel_header_may_be(out); depth++) {
        const struct packet outer = *out;
        const enum packet_result result = content_decode(&outer, verify, out);
        if (result != PACKET_OK) {
            *out = outer;
            const bool was_cut = outer.payload_captured < outer.payload_bytes;
            return result == PACKET_SHORT && was_cut ? PACKET_SHORT : PACKET_OK;
        }
    }
    return PACKET_OK;
}

enum packet_result packet_decode(const struct captured_frame *frame,
                                 const struct packet_decode_options *options, struct packet *out)
{
    struct weir_cursor cursor = weir_cursor_over(frame->bytes, frame->captured_bytes);
    enum link_walk_kind network = LINK_WALK_IP;
    *out = (struct packet){.time_us = frame->time_us,
                           .captured_bytes = frame->captured_bytes,
                           .wire_bytes = frame->wire_bytes};
    enum packet_result result = link_header_decode(&cursor, frame->link_type, out, &network);
    if (result != PACKET_OK) {
        return result;
    }
    const uint32_t link_bytes = frame->captured_bytes - (uint32_t)cursor.left;
    const uint32_t wire_left =
        frame->wire_bytes > link_bytes ? frame->wire_bytes - link_bytes : (uint32_t)cursor.left;
    result = network_decode(cursor, wire_left, network, options->verify, out);
    if (result != PACKET_OK || !options->tunnels || !tunnel_header_may_be(out)) {
        return result;
    }
    return tunnels_decode(options->verify, out);
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
