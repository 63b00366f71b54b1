/* SPDX-License-Identifier: Apache-2.0
 *
 * community_id: the name of a connection that every tool computes alike.
 *
 * Source:  Community ID version 1; specification 2.3 with its ten vectors.
 */
#ifndef WEIR_COMMON_FLOW_COMMUNITY_ID_H
#define WEIR_COMMON_FLOW_COMMUNITY_ID_H

#include <stdint.h>

#include "common/flow/flow_record.h"

/* Of each side only address and port are read: ports of TCP, UDP, SCTP; type and code of the
 * originator's message of ICMP; nothing for other protocols. */
void weir_community_id(uint16_t seed, uint8_t proto, const struct weir_flow_side *orig,
                       const struct weir_flow_side *resp, char out[WEIR_COMMUNITY_ID_SIZE]);

/* Names a record that has no name yet. It costs more than metering a packet, so whoever shows a
 * record (export, output) names it, not the meter. */
void weir_community_id_fill(uint16_t seed, struct weir_flow_record *record);

#endif
