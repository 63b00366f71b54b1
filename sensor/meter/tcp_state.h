/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_state: what the flags of a TCP connection's segments say about its two ends.
 *
 * Shape:   plain data and pure functions; one call per segment, in order of arrival.
 * Source:  specification 1.5.1 (endpoint states) and 1.5.2 (conn_state).
 */
#ifndef WEIR_SENSOR_METER_TCP_STATE_H
#define WEIR_SENSOR_METER_TCP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/conn_state.h"

enum tcp_end {
    TCP_END_INACTIVE = 0,
    TCP_END_SYN_SENT,
    TCP_END_SYN_ACK_SENT,
    TCP_END_PARTIAL,
    TCP_END_ESTABLISHED,
    TCP_END_CLOSED,
    TCP_END_RESET,
};

struct tcp_state {
    uint8_t orig, resp;        /* enum tcp_end */
    bool orig_was_closed;      /* it was CLOSED before its RST */
    bool resp_was_closed;      /* likewise */
    bool payload;              /* either side sent some */
    bool orig_only_syn;        /* a SYN and since then nothing that forbids RSTOS0 */
    bool orig_reset_after_syn; /* orig_only_syn when its RST came */
    bool orig_answered;        /* the originator sent a segment without SYN */
    bool established;          /* both ends were ESTABLISHED at some time */
};

/* Takes one segment. flags as on the wire (PACKET_TCP_*). */
void tcp_state_add(struct tcp_state *state, bool from_orig, uint8_t flags, bool payload);

/* The connection's state as it stands. Never WEIR_CONN_OPEN. */
enum weir_conn_state tcp_state_conn(const struct tcp_state *state);

/* True once both ends are closed or one was reset: nothing later changes the outcome. */
bool tcp_state_decided(const struct tcp_state *state);

/* True when one end has closed and the other has not. */
bool tcp_state_half_closed(const struct tcp_state *state);

/* True while the three-way handshake is not complete: a SYN, perhaps its answer, no more. */
bool tcp_state_attempt(const struct tcp_state *state);

#endif
