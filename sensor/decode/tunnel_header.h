/* SPDX-License-Identifier: Apache-2.0
 *
 * tunnel_header: GRE, ERSPAN, IP in IP, 6in4, VXLAN, GENEVE, Teredo and GTP-U, down to what they
 * carry.
 *
 * Shape:   one function a kind. Those that a UDP port suggests are read strictly, because the port
 *          proves nothing: every reserved bit must be as its standard says.
 * Source:  RFC 2784, 2890, 2637 (PPTP), 2003, 4213, 7348, 8926, 4380; 3GPP TS 29.281;
 *          draft-foschiano-erspan, draft-ietf-nvo3-vxlan-gpe.
 */
#ifndef WEIR_SENSOR_DECODE_TUNNEL_HEADER_H
#define WEIR_SENSOR_DECODE_TUNNEL_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/cursor.h"

#include "common/flow/flow_record.h"
#include "common/flow/tunnel.h"

#include "sensor/decode/link_walk.h"
#include "sensor/decode/packet.h"

#define TUNNEL_HEADER_IPV4 4 /* IP protocols: IPv4 */
#define TUNNEL_HEADER_IPV6 41
#define TUNNEL_HEADER_GRE  47

enum { /* UDP ports */
    TUNNEL_HEADER_GTPU = 2152,
    TUNNEL_HEADER_TEREDO = 3544,
    TUNNEL_HEADER_VXLAN = 4789,
    TUNNEL_HEADER_VXLAN_GPE = 4790,
    TUNNEL_HEADER_GENEVE = 6081,
    TUNNEL_HEADER_VXLAN_LINUX = 8472, /* Linux's choice before there was a registered one */
};

/* A tunnel's own header, read. */
struct tunnel_header {
    struct weir_cursor content; /* what it carries, as far as captured */
    uint32_t content_bytes;     /* what it carries, by the outer headers' lengths */
    struct link_walk_step step; /* the kind of the content */
    uint64_t header_stack;      /* the outer stack with this header */
    uint32_t id;
    enum weir_tunnel tunnel;
    bool exact; /* the IP packet carried must fill the content to the byte */
};

/* Whether the packet's protocol or port suggests a tunnel. */
static inline bool tunnel_header_may_be(const struct packet *packet)
{
    if (packet->protocol == WEIR_PROTO_TCP || (packet->flags & PACKET_IS_FRAGMENT) != 0) {
        return false;
    }
    if (packet->protocol == WEIR_PROTO_UDP) {
        const uint16_t port = packet->destination_port;
        return port == TUNNEL_HEADER_VXLAN || port == TUNNEL_HEADER_GTPU ||
               port == TUNNEL_HEADER_GENEVE || port == TUNNEL_HEADER_VXLAN_LINUX ||
               port == TUNNEL_HEADER_VXLAN_GPE || port == TUNNEL_HEADER_TEREDO ||
               packet->source_port == TUNNEL_HEADER_TEREDO;
    }
    return packet->protocol == TUNNEL_HEADER_GRE || packet->protocol == TUNNEL_HEADER_IPV4 ||
           packet->protocol == TUNNEL_HEADER_IPV6;
}

/* Reads the tunnel header that begins at outer->payload. PACKET_NOT_IP when it is none, or carries
 * nothing; PACKET_SHORT when the payload ends within it. */
enum packet_result tunnel_header_decode(const struct packet *outer, struct tunnel_header *out);

#endif
