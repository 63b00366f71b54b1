/* SPDX-License-Identifier: Apache-2.0
 *
 * link_header: from the first byte of a frame to the first byte of its network packet.
 *
 * Shape:   one function a link type; what they have in common is link_walk, and 802.11 has its own
 *          file.
 * Source:  specification 6.4; tcpdump.org/linktypes.html.
 */
#ifndef WEIR_SENSOR_DECODE_LINK_HEADER_H
#define WEIR_SENSOR_DECODE_LINK_HEADER_H

#include "common/base/cursor.h"

#include "sensor/decode/link_walk.h"
#include "sensor/decode/packet.h"

/* Moves *frame to the network header, fills MACs, VLAN tags and header stack of *out and says in
 * *network what follows. Any result but PACKET_OK ends the decoding. */
enum packet_result link_header_decode(struct weir_cursor *frame, int link_type, struct packet *out,
                                      enum link_walk_kind *network);

#endif
