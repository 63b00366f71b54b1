/* SPDX-License-Identifier: Apache-2.0
 *
 * kdd_messages: the connections a flow record stands for in the KDD windows.
 *
 * A TCP or UDP record is one connection. An ICMP record is each of its messages: those of the
 * originator and those of the responder, each direction spread evenly over its own interval.
 *
 * Shape:   an iterator in the caller's storage; record must outlive it.
 * Source:  specification 1.2 and 1.10.5; architecture 6, ICMP.
 */
#ifndef WEIR_COMMON_FLOW_KDD_MESSAGES_H
#define WEIR_COMMON_FLOW_KDD_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_record.h"
#include "common/flow/kdd_window.h"

#define WEIR_KDD_MESSAGES_MAX 511 /* the windows cannot tell more apart */

struct weir_kdd_messages {
    const struct weir_flow_record *record;
    uint64_t orig_left, resp_left; /* messages not yet given */
    uint64_t orig_at, resp_at;     /* index of the next message in its direction */
};

/* Starts at the first connection of a valid record, in order of time (originator's first on a tie).
 * Of more than `limit` ICMP messages only the latest are given, the originator's last always among
 * them; limit > 0. A record without vector stands for no connection. */
void weir_kdd_messages_init(struct weir_kdd_messages *messages,
                            const struct weir_flow_record *record, uint64_t limit);

/* The next one into *out, with the outcome of `flag` (UDP and ICMP: neither); *is_vector is true
 * for the one whose counts are the record's: the originator's last message. False when none is
 * left. */
bool weir_kdd_messages_next(struct weir_kdd_messages *messages, enum weir_flag flag,
                            struct weir_kdd_conn *out, bool *is_vector);

#endif
