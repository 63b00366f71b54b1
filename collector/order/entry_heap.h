/* SPDX-License-Identifier: Apache-2.0
 *
 * entry_heap: the connections of a stream that wait for the watermark, least in order first.
 *
 * An entry stands for one record; an ICMP record is one entry that moves through its messages, so
 * that a record takes one place however many messages it has.
 *
 * Shape:   binary heap; the start lies beside the pointer, so that most comparisons touch no entry.
 * Owns:    the slots, not the entries.
 * Source:  architecture 6; the order itself is common/flow/flow_order.
 */
#ifndef WEIR_COLLECTOR_ORDER_ENTRY_HEAP_H
#define WEIR_COLLECTOR_ORDER_ENTRY_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/kdd_messages.h"
#include "common/flow/kdd_window.h"

struct held_batch;
struct open_flow;

struct entry {
    struct weir_kdd_conn conn; /* the message it stands at; start corrected by the sensor's clock */
    struct weir_kdd_messages messages; /* those that follow */
    int64_t offset_us;                 /* subtracted from every start */
    uint64_t flow_id;
    uint32_t sensor_id;
    uint32_t message;        /* number of the one it stands at, from 0 */
    uint8_t flag;            /* early flag: the outcome of every message */
    bool is_vector;          /* the counts of this message are the record's */
    uint32_t row;            /* of the batch */
    struct held_batch *held; /* NULL for a connection that was committed before a restart */
    struct open_flow *open;  /* where a later FINAL will look for the counts, or NULL */
};

struct entry_slot {
    int64_t start_us;
    struct entry *entry;
};

struct entry_heap {
    struct entry_slot *slots;
    size_t count, capacity;
};

/* Makes entry stand at the first connection of a record; false when the record has none. */
bool entry_heap_entry_init(struct entry *entry, const struct weir_flow_record *record,
                           uint32_t sensor_id, int64_t offset_us);

/* Makes it stand at the next message; false when there is none left. */
bool entry_heap_entry_next(struct entry *entry);

/* <0, 0, >0 in the total order. */
int entry_heap_compare(const struct entry *a, const struct entry *b);

void entry_heap_fini(struct entry_heap *heap);

/* Room for `more` pushes. WEIR_ENOMEM. */
WEIR_MUST_CHECK int entry_heap_reserve(struct entry_heap *heap, size_t more);

/* Room was reserved. */
void entry_heap_push(struct entry_heap *heap, struct entry *entry);

/* NULL when empty. */
struct entry *entry_heap_first(const struct entry_heap *heap);

/* After the first entry has moved on in time: finds its new place. */
void entry_heap_sink_first(struct entry_heap *heap);

void entry_heap_remove_first(struct entry_heap *heap);

#endif
