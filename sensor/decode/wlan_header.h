/* SPDX-License-Identifier: Apache-2.0
 *
 * wlan_header: radiotap and IEEE 802.11 headers, down to the LLC header of a data frame.
 *
 * Source:  radiotap.org; IEEE 802.11-2020 section 9.2.4 and 9.3.2.
 */
#ifndef WEIR_SENSOR_DECODE_WLAN_HEADER_H
#define WEIR_SENSOR_DECODE_WLAN_HEADER_H

#include <stdbool.h>

#include "common/base/cursor.h"

#include "sensor/decode/packet.h"

/* Moves *frame to the LLC header, without the frame's check sequence, and fills MACs, trailer and
 * header stack of *out. PACKET_PROTECTED for an encrypted frame; PACKET_NOT_IP for a frame that
 * carries nothing, or several packets in one (A-MSDU), and for a part of a frame. */
enum packet_result wlan_header_decode(struct weir_cursor *frame, bool radiotap, struct packet *out);

#endif
