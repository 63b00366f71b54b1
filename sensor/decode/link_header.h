/* SPDX-License-Identifier: Apache-2.0
 *
 * link_header: from the first byte of a frame to the first byte of its network packet.
 *
 * Shape:   one function a link type, then one a kind of tag; a new kind (MPLS, PPPoE, radiotap) is
 *          one more function that moves the cursor and names what follows.
 * Source:  specification 6.4; tcpdump.org/linktypes.html.
 */
#ifndef WEIR_SENSOR_DECODE_LINK_HEADER_H
#define WEIR_SENSOR_DECODE_LINK_HEADER_H

#include <stdint.h>

#include "common/base/cursor.h"

#include "sensor/decode/packet.h"

/* What follows the link header. */
enum link_header_next {
    LINK_HEADER_IPV4,
    LINK_HEADER_IPV6,
    LINK_HEADER_IP_ANY
};

/* Moves *frame to the network header, fills MACs and VLAN tags of *out and says in *next what
 * follows (IP_ANY: the version field tells). Any result but PACKET_OK ends the decoding. */
enum packet_result link_header_decode(struct weir_cursor *frame, int link_type, struct packet *out,
                                      enum link_header_next *next);

#endif
