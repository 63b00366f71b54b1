/* SPDX-License-Identifier: Apache-2.0
 *
 * link_walk: from a link's first header through tags, labels and sessions to the network packet.
 *
 * Shape:   a loop; each kind of header is one function that moves the cursor and names what
 *          follows. Frames and the contents of tunnels both take this way.
 * Source:  specification 6.4; IEEE 802.1Q, 802.2; RFC 1042, 2516, 1661, 3032, 4448.
 */
#ifndef WEIR_SENSOR_DECODE_LINK_WALK_H
#define WEIR_SENSOR_DECODE_LINK_WALK_H

#include <stdint.h>

#include "common/base/cursor.h"

#include "sensor/decode/packet.h"

enum link_walk_kind {
    LINK_WALK_IP, /* the version field tells which; the walk ends here and at the next two */
    LINK_WALK_IPV4,
    LINK_WALK_IPV6,
    LINK_WALK_ETHERTYPE, /* what the ethertype names */
    LINK_WALK_ETHERNET,  /* a frame, from its destination address */
    LINK_WALK_LLC,
    LINK_WALK_PPP, /* from its protocol field, or address and control before it */
    LINK_WALK_PPPOE,
};

struct link_walk_step {
    enum link_walk_kind kind;
    uint16_t ethertype; /* of LINK_WALK_ETHERTYPE */
};

/* Moves *bytes from a header of the given kind to the network packet, whose kind it gives in
 * *network. Fills MACs and VLAN tags of *out, unless within a tunnel, and its header stack. Any
 * result but PACKET_OK ends the decoding. */
enum packet_result link_walk_to_network(struct weir_cursor *bytes, struct link_walk_step step,
                                        struct packet *out, enum link_walk_kind *network);

#endif
