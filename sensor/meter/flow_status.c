/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_status.h"

#include <stdbool.h>

#include "common/flow/header_stack.h"

#include "sensor/meter/flow.h"

uint64_t flow_status_of_flags(uint32_t flags)
{
    static const struct {
        uint32_t flags;
        uint64_t status;
    } rules[] = {
        {PACKET_TRUNCATED, WEIR_STATUS_TRUNCATED | FLOW_STATUS_SHORT_CAPTURE},
        {PACKET_BAD_IP_OPTIONS, FLOW_STATUS_MALFORMED},
        {PACKET_SHORT_IP_HEADER,
         FLOW_STATUS_MALFORMED | FLOW_STATUS_SHORT_HEADER | FLOW_STATUS_UNDISSECTED},
        {PACKET_PAST_FRAME, FLOW_STATUS_PAST_FRAME},
        {PACKET_BAD_TCP_OFFSET, FLOW_STATUS_UNDISSECTED},
        {PACKET_TIME_CLAMPED, FLOW_STATUS_BACKWARD},
    };
    uint64_t status = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        status |= (flags & rules[i].flags) != 0 ? rules[i].status : 0;
    }
    return status;
}

static bool is_ip(uint64_t header)
{
    return header == WEIR_HEADER_IPV4 || header == WEIR_HEADER_IPV6;
}

uint64_t flow_status_of_stack(uint64_t header_stack)
{
    static const uint64_t bits[32] = {
        [WEIR_HEADER_VLAN] = FLOW_STATUS_VLAN,
        [WEIR_HEADER_MPLS] = FLOW_STATUS_MPLS,
        [WEIR_HEADER_MPLS_MULTICAST] = FLOW_STATUS_MPLS_MULTICAST,
        [WEIR_HEADER_GRE] = FLOW_STATUS_GRE,
        [WEIR_HEADER_ERSPAN] = FLOW_STATUS_GRE,
        [WEIR_HEADER_VXLAN] = FLOW_STATUS_VXLAN,
    };
    uint64_t status = 0;
    bool ethernet = false;
    uint64_t inner = 0;
    for (uint64_t stack = header_stack; stack != 0; stack >>= 5) {
        const uint64_t header = stack & 31U;
        if (inner == WEIR_HEADER_ETHERNET) {
            status &=
                ~FLOW_STATUS_VLAN; /* that frame was carried: its tags are another network's */
        }
        status |= bits[header];
        status |= is_ip(header) && is_ip(inner) ? FLOW_STATUS_IP_IN_IP : 0;
        ethernet = ethernet || header == WEIR_HEADER_ETHERNET;
        inner = header;
    }
    return status | (ethernet ? 0 : FLOW_STATUS_NO_ETHERNET);
}

static bool is_dissected(const struct packet *packet)
{
    switch (packet->protocol) {
    case WEIR_PROTO_TCP:
    case WEIR_PROTO_UDP:
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6:
    case WEIR_PROTO_SCTP:
        return true;
    default:
        return false;
    }
}

uint64_t flow_status_of_first(const struct packet *packet)
{
    uint64_t status = packet->ip_version == 4 ? FLOW_STATUS_IPV4 : FLOW_STATUS_IPV6;
    if (packet->header_stack != 0) {
        status |= flow_status_of_stack(packet->header_stack);
    }
    if (packet->vlan_count > 0) {
        status |= FLOW_STATUS_VLAN;
    }
    if (packet->protocol == WEIR_PROTO_TCP && (packet->flags & PACKET_HAS_TRANSPORT) != 0 &&
        (packet->tcp_flags & PACKET_TCP_SYN) == 0) {
        status |= FLOW_STATUS_FLIPPED; /* it began before it was seen */
    }
    return status | (is_dissected(packet) ? 0 : FLOW_STATUS_UNDISSECTED);
}
