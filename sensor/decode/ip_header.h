/* SPDX-License-Identifier: Apache-2.0
 *
 * ip_header: IPv4 and IPv6 headers, options and extension headers.
 *
 * Source:  RFC 791, 8200, 4302 (AH), 6946 (a fragment header on a whole packet is no fragment).
 */
#ifndef WEIR_SENSOR_DECODE_IP_HEADER_H
#define WEIR_SENSOR_DECODE_IP_HEADER_H

#include <stdbool.h>

#include "common/base/cursor.h"

#include "sensor/decode/packet.h"

/* Moves *packet_bytes past the header, bounds it to what the IP packet holds (a frame's padding is
 * cut off) and fills the IP fields of *out, protocol and ip_payload_bytes among them.
 * wire_left: bytes on the wire from here, what a zero length field stands for. */
enum packet_result ip_header_decode_v4(struct weir_cursor *packet_bytes, uint32_t wire_left,
                                       bool verify, struct packet *out);
enum packet_result ip_header_decode_v6(struct weir_cursor *packet_bytes, uint32_t wire_left,
                                       struct packet *out);

#endif
