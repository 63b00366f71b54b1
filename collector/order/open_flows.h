/* SPDX-License-Identifier: Apache-2.0
 *
 * open_flows: the connections of one boot whose START was seen and whose FINAL was not, with the
 * windows frozen for them.
 *
 * Shape:   a hash table from flow id to a flow whose address never changes.
 * Owns:    its flows, except those given away by open_flows_take().
 */
#ifndef WEIR_COLLECTOR_ORDER_OPEN_FLOWS_H
#define WEIR_COLLECTOR_ORDER_OPEN_FLOWS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/kdd_counts.h"

#include "collector/window/flow_row.h"

struct open_flow {
    uint64_t flow_id;
    int64_t order_us;
    struct weir_kdd_counts frozen; /* valid when reason is FLOW_ROW_COMPLETE and it was released */
    enum flow_row_reason reason;
};

struct open_flows {
    struct open_flow **slots; /* NULL = free; linear probing */
    size_t count, capacity;   /* capacity: 0 or a power of two, never more than half full */
    uint64_t hash_key;
};

void open_flows_init(struct open_flows *flows, uint64_t hash_key);
void open_flows_fini(struct open_flows *flows);

/* Room for `more` adds. WEIR_ENOMEM. */
WEIR_MUST_CHECK int open_flows_reserve(struct open_flows *flows, size_t more);

/* Takes a flow of an id that is not in the table; room was reserved. */
void open_flows_add(struct open_flows *flows, struct open_flow *flow);

/* NULL when there is none. */
struct open_flow *open_flows_find(const struct open_flows *flows, uint64_t flow_id);

/* Removes and gives the flow, which is the caller's to free; NULL when there is none. */
struct open_flow *open_flows_take(struct open_flows *flows, uint64_t flow_id);

#endif
