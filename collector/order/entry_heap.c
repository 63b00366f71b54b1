/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/entry_heap.h"

#include <stdlib.h>

#include "common/flow/flow_order.h"

#define FIRST_CAPACITY 256U

bool entry_heap_entry_next(struct entry *entry)
{
    if (!weir_kdd_messages_next(&entry->messages, (enum weir_flag)entry->flag, &entry->conn,
                                &entry->is_vector)) {
        return false;
    }
    entry->conn.start_us -= entry->offset_us;
    entry->message++;
    return true;
}

bool entry_heap_entry_init(struct entry *entry, const struct weir_flow_record *record,
                           uint32_t sensor_id, int64_t offset_us)
{
    *entry = (struct entry){
        .offset_us = offset_us,
        .flow_id = record->flow_id,
        .sensor_id = sensor_id,
        .message = UINT32_MAX,
        .flag = record->early_flag,
    };
    weir_kdd_messages_init(&entry->messages, record, WEIR_KDD_MESSAGES_MAX);
    return entry_heap_entry_next(entry);
}

int entry_heap_compare(const struct entry *a, const struct entry *b)
{
    if (a->conn.start_us != b->conn.start_us) {
        return a->conn.start_us < b->conn.start_us ? -1 : 1;
    }
    struct weir_flow_order left;
    struct weir_flow_order right;
    weir_flow_order_init(&left, &a->conn, a->sensor_id, a->flow_id, a->message);
    weir_flow_order_init(&right, &b->conn, b->sensor_id, b->flow_id, b->message);
    return weir_flow_order_compare(&left, &right);
}

static bool before(const struct entry_slot *a, const struct entry_slot *b)
{
    if (a->start_us != b->start_us) {
        return a->start_us < b->start_us;
    }
    return entry_heap_compare(a->entry, b->entry) < 0;
}

void entry_heap_fini(struct entry_heap *heap)
{
    free(heap->slots);
    *heap = (struct entry_heap){0};
}

int entry_heap_reserve(struct entry_heap *heap, size_t more)
{
    size_t capacity = heap->capacity == 0 ? FIRST_CAPACITY : heap->capacity;
    while (capacity - heap->count < more) {
        capacity *= 2;
    }
    if (capacity != heap->capacity) {
        struct entry_slot *slots =
            (struct entry_slot *)realloc(heap->slots, capacity * sizeof(*slots));
        if (slots == NULL) {
            return WEIR_ENOMEM;
        }
        heap->slots = slots;
        heap->capacity = capacity;
    }
    return WEIR_OK;
}

void entry_heap_push(struct entry_heap *heap, struct entry *entry)
{
    const struct entry_slot slot = {.start_us = entry->conn.start_us, .entry = entry};
    size_t at = heap->count++;
    while (at > 0) {
        const size_t parent = (at - 1) / 2;
        if (!before(&slot, &heap->slots[parent])) {
            break;
        }
        heap->slots[at] = heap->slots[parent];
        at = parent;
    }
    heap->slots[at] = slot;
}

struct entry *entry_heap_first(const struct entry_heap *heap)
{
    return heap->count == 0 ? NULL : heap->slots[0].entry;
}

/* Puts slot at the top and lets it sink. heap->count > 0. */
static void sink(struct entry_heap *heap, struct entry_slot slot)
{
    size_t at = 0;
    for (size_t child = 1; child < heap->count; child = 2 * at + 1) {
        if (child + 1 < heap->count && before(&heap->slots[child + 1], &heap->slots[child])) {
            child++;
        }
        if (!before(&heap->slots[child], &slot)) {
            break;
        }
        heap->slots[at] = heap->slots[child];
        at = child;
    }
    heap->slots[at] = slot;
}

void entry_heap_sink_first(struct entry_heap *heap)
{
    struct entry *first = heap->slots[0].entry;
    sink(heap, (struct entry_slot){.start_us = first->conn.start_us, .entry = first});
}

void entry_heap_remove_first(struct entry_heap *heap)
{
    heap->count--;
    if (heap->count > 0) {
        sink(heap, heap->slots[heap->count]);
    }
}
