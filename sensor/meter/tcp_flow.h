/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_flow: what one TCP segment does to its flow.
 *
 * Source:  specification 1.2.4, 1.4, 1.5, 6.2.1.
 */
#ifndef WEIR_SENSOR_METER_TCP_FLOW_H
#define WEIR_SENSOR_METER_TCP_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/meter/flow.h"
#include "sensor/meter/timeouts.h"

/* Takes a segment whose whole TCP header was read. step: what its payload was. The endpoint states
 * do not move once the outcome is decided. */
void tcp_flow_add(struct flow *flow, struct weir_block_pool *holes, const struct packet *packet,
                  bool from_orig, struct tcp_bytes_step *step);

/* Takes payload that reassembly brought in. */
void tcp_flow_add_payload(struct flow *flow, struct weir_block_pool *holes, bool from_orig,
                          uint32_t sequence, uint32_t size, struct tcp_bytes_step *step);

/* Takes a segment when there is no time for more: states, and payload as it comes. */
void tcp_flow_count(struct flow *flow, struct weir_block_pool *holes, const struct packet *packet,
                    bool from_orig);

/* True when this SYN begins a new connection on the old one's ports (1.2.4 iii). */
bool tcp_flow_is_reuse(const struct flow *flow, const struct packet *packet, bool from_orig,
                       int64_t reuse_idle_us);

/* How long the flow may be silent, undecided as it stands. */
int64_t tcp_flow_timeout_us(const struct flow *flow, const struct timeouts *timeouts);

/* Keyed hash of the originator's initial sequence number, from its SYN or the answer to it; 0 when
 * this segment does not tell. */
uint64_t tcp_flow_tag(const struct packet *packet, bool from_orig, uint64_t tag_key);

#endif
