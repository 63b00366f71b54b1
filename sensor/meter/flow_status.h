/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_status: the flow_status bits that one packet sets.
 *
 * Source:  specification 3.3; decisions/0004 for the bits no metered packet can set.
 */
#ifndef WEIR_SENSOR_METER_FLOW_STATUS_H
#define WEIR_SENSOR_METER_FLOW_STATUS_H

#include <stdint.h>

#include "sensor/decode/packet.h"

/* packet.flags that set bits; few packets have any */
#define FLOW_STATUS_NOTABLE                                                                        \
    (PACKET_TRUNCATED | PACKET_BAD_IP_OPTIONS | PACKET_SHORT_IP_HEADER | PACKET_PAST_FRAME |       \
     PACKET_BAD_TCP_OFFSET | PACKET_UDP_LENGTH | PACKET_TIME_CLAMPED)

/* Bits of what is notable about a packet. */
uint64_t flow_status_of_flags(uint32_t flags);

/* Bits of the headers around and in a packet: VLAN, MPLS, GRE, IP in IP, VXLAN, no Ethernet. */
uint64_t flow_status_of_stack(uint64_t header_stack);

/* Bits of a flow's first packet. */
uint64_t flow_status_of_first(const struct packet *packet);

#endif
