/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_table: the live flows of one sensor.
 *
 * Shape:   fixed capacity; an open-addressing index of (hash, number) over a pool of flows; removal
 *          shifts back, so no tombstones. A flow's number stays while it lives.
 *          A full table gives up, in this order, a flow whose outcome is known and that only
 *          lingers; one that nobody has answered, while those hold more than a sixteenth of the
 *          table; an established one. Among equals it is the one idle longest. So a flood of
 *          unanswered flows pushes out its own, and new flows always find room.
 * Units:   the order of use is kept to a second: a flow moves when it was last moved longer ago,
 *          and the flow to evict is one not used since it was moved.
 * Owns:    every flow. A pointer is good until the flow is removed.
 * Errors:  only flow_table_new() can fail. A full table gives NULL: the caller evicts and adds.
 * Threads: one owner.
 */
#ifndef WEIR_SENSOR_METER_FLOW_TABLE_H
#define WEIR_SENSOR_METER_FLOW_TABLE_H

#include <stdint.h>

#include "common/base/err.h"

#include "sensor/meter/flow.h"

struct flow_table;

/* flows_max 16 .. 2^24. WEIR_EINVAL, WEIR_ENOMEM. */
WEIR_MUST_CHECK int flow_table_new(uint32_t flows_max, struct flow_table **out);
void flow_table_free(struct flow_table *table);

/* The live flow of this key, or NULL. */
struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key, uint64_t hash);

/* A new zeroed flow with this key, which must not be in the table; NULL when the table is full. */
struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key, uint64_t hash,
                            int64_t now_us);

/* Notes that a flow was used. */
void flow_table_touch(struct flow_table *table, struct flow *flow, int64_t now_us);

/* Notes how much a flow is worth keeping; it counts as used now. */
void flow_table_stand(struct flow_table *table, struct flow *flow, enum flow_standing standing);

/* The flow to give up when the table is full, or NULL when there is none. */
struct flow *flow_table_victim(struct flow_table *table);

/* Takes a flow out; its memory will be used again. */
void flow_table_remove(struct flow_table *table, struct flow *flow);

/* A flow's number, and the flow of a number that is live. */
uint32_t flow_table_number(const struct flow_table *table, const struct flow *flow);
struct flow *flow_table_at(struct flow_table *table, uint32_t number);

/* Tells the processor that all of a live flow will be looked at soon. */
void flow_table_expect(const struct flow_table *table, uint32_t number);

/* All flows, one after the other: NULL gives the first, the last gives NULL. */
struct flow *flow_table_after(struct flow_table *table, const struct flow *flow);

uint32_t flow_table_size(const struct flow_table *table);

/* How many flows have this standing. */
uint32_t flow_table_standing(const struct flow_table *table, enum flow_standing standing);

#endif
