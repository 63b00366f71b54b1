/* SPDX-License-Identifier: Apache-2.0
 *
 * icmp_statistics: the messages of one ICMP flow, and whom they complain about.
 *
 * Source:  specification 3.1 and 6.2 (icmp); RFC 792, 4443.
 */
#ifndef WEIR_SENSOR_METER_ICMP_STATISTICS_H
#define WEIR_SENSOR_METER_ICMP_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_statistics.h"

#include "sensor/decode/packet.h"

#define ICMP_STATISTICS_PAIRS 8 /* more distinct (type, code) pairs are not told apart */

struct icmp_statistics {
    uint64_t type_mask, type_mask_high, parent_flow_id;
    uint32_t messages, requests, replies, code_mask;
    int32_t echo_min, echo_max; /* message bytes; -1 without echo */
    uint16_t pairs[ICMP_STATISTICS_PAIRS];
    uint8_t pair_count;
    char parent_community_id[31];
};

void icmp_statistics_init(struct icmp_statistics *statistics);

/* Takes a message whose header was read. */
void icmp_statistics_add(struct icmp_statistics *statistics, const struct packet *packet);

/* Gives the ends of the packet that an ICMP error quotes; false when it quotes none, or too little
 * of it. Only what names a flow is filled: addresses, protocol, ports, icmp_id, flags. */
bool icmp_statistics_quoted(const struct packet *error, struct packet *out);

void icmp_statistics_fill(const struct icmp_statistics *statistics,
                          struct weir_flow_statistics *out);

#endif
