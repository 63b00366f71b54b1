/* SPDX-License-Identifier: Apache-2.0
 *
 * transport_header: TCP, UDP, ICMP and ICMPv6 headers, and the ports of SCTP.
 *
 * Source:  RFC 9293, 768, 792, 4443, 9260; specification 1.4 for what payload_bytes counts.
 */
#ifndef WEIR_SENSOR_DECODE_TRANSPORT_HEADER_H
#define WEIR_SENSOR_DECODE_TRANSPORT_HEADER_H

#include <stdbool.h>

#include "common/base/cursor.h"

#include "sensor/decode/packet.h"

/* Reads the header at *ip_payload by out->protocol and sets payload; ip fields of *out are filled.
 * A first fragment too short for the header is no error: it has no PACKET_HAS_TRANSPORT. */
enum packet_result transport_header_decode(struct weir_cursor ip_payload, bool verify,
                                           struct packet *out);

#endif
