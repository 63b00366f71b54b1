/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_anomaly: the bits that say what is odd, or merely notable, about a TCP connection.
 *
 * Shape:   bits 0 to 11, 17 to 25, 28 and 29 need no statistics; 12 to 16, 26 and 27 do.
 * Source:  specification 3.2; decisions/0004.
 */
#ifndef WEIR_SENSOR_METER_TCP_ANOMALY_H
#define WEIR_SENSOR_METER_TCP_ANOMALY_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/decode/packet.h"
#include "sensor/meter/flow.h"
#include "sensor/meter/tcp_options.h"

#define TCP_ANOMALY_FIN_ACK         (UINT32_C(1) << 0)
#define TCP_ANOMALY_SYN_ACK         (UINT32_C(1) << 1)
#define TCP_ANOMALY_RST_ACK         (UINT32_C(1) << 2)
#define TCP_ANOMALY_SYN_FIN         (UINT32_C(1) << 3)
#define TCP_ANOMALY_SYN_FIN_RST     (UINT32_C(1) << 4)
#define TCP_ANOMALY_FIN_RST         (UINT32_C(1) << 5)
#define TCP_ANOMALY_NULL            (UINT32_C(1) << 6)
#define TCP_ANOMALY_XMAS            (UINT32_C(1) << 7)
#define TCP_ANOMALY_BAD_OPTIONS     (UINT32_C(1) << 8)
#define TCP_ANOMALY_SYN_REPEATED    (UINT32_C(1) << 9)
#define TCP_ANOMALY_REPEATED        (UINT32_C(1) << 10)
#define TCP_ANOMALY_FILLED          (UINT32_C(1) << 11)
#define TCP_ANOMALY_ACK_UNSEEN      (UINT32_C(1) << 12)
#define TCP_ANOMALY_PAST_WINDOW     (UINT32_C(1) << 13)
#define TCP_ANOMALY_ACK_BACK        (UINT32_C(1) << 14)
#define TCP_ANOMALY_ACK_REPEATED    (UINT32_C(1) << 15)
#define TCP_ANOMALY_FAST_RETRANSMIT (UINT32_C(1) << 16)
#define TCP_ANOMALY_KEEP_ALIVE      (UINT32_C(1) << 17)
#define TCP_ANOMALY_KEEP_ALIVE_ACK  (UINT32_C(1) << 18)
#define TCP_ANOMALY_OPENED          (UINT32_C(1) << 19)
#define TCP_ANOMALY_SCAN            (UINT32_C(1) << 20)
#define TCP_ANOMALY_SCAN_ANSWERED   (UINT32_C(1) << 21)
#define TCP_ANOMALY_SYN_PAYLOAD     (UINT32_C(1) << 22)
#define TCP_ANOMALY_AFTER_END       (UINT32_C(1) << 23)
#define TCP_ANOMALY_ZERO_WINDOW     (UINT32_C(1) << 24)
#define TCP_ANOMALY_URGENT_POINTER  (UINT32_C(1) << 25)
#define TCP_ANOMALY_OTHER_CONTENT   (UINT32_C(1) << 26)
#define TCP_ANOMALY_RST_OUTSIDE     (UINT32_C(1) << 27)
#define TCP_ANOMALY_BAD_OFFSET      (UINT32_C(1) << 28)
#define TCP_ANOMALY_BAD_CHECKSUM    (UINT32_C(1) << 29)

/* Takes a segment, before its payload and its flags are added to the flow. options: its list. */
void tcp_anomaly_add(struct flow *flow, const struct packet *packet, bool from_orig,
                     const struct tcp_options *options);

/* What the whole connection, as it stands, is: a scan, an answered scan, or neither. */
uint32_t tcp_anomaly_of_flow(const struct flow *flow);

#endif
