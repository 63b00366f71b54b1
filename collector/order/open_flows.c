/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/open_flows.h"

#include <stdlib.h>

#include "common/base/hash.h"

#define FIRST_CAPACITY 16U

static size_t home_of(const struct open_flows *flows, uint64_t flow_id)
{
    return (size_t)weir_hash_keyed(&flow_id, sizeof(flow_id), flows->hash_key) &
           (flows->capacity - 1);
}

/* The slot that holds flow_id, or the free one where it belongs. capacity > 0. */
static size_t slot_of(const struct open_flows *flows, uint64_t flow_id)
{
    size_t slot = home_of(flows, flow_id);
    while (flows->slots[slot] != NULL && flows->slots[slot]->flow_id != flow_id) {
        slot = (slot + 1) & (flows->capacity - 1);
    }
    return slot;
}

void open_flows_init(struct open_flows *flows, uint64_t hash_key)
{
    *flows = (struct open_flows){.hash_key = hash_key};
}

void open_flows_fini(struct open_flows *flows)
{
    for (size_t i = 0; i < flows->capacity; i++) {
        free(flows->slots[i]);
    }
    free(flows->slots);
    open_flows_init(flows, flows->hash_key);
}

int open_flows_reserve(struct open_flows *flows, size_t more)
{
    size_t capacity = flows->capacity == 0 ? FIRST_CAPACITY : flows->capacity;
    while (capacity / 2 < flows->count + more) {
        capacity *= 2;
    }
    if (capacity == flows->capacity || more == 0) {
        return WEIR_OK;
    }
    struct open_flow **slots = (struct open_flow **)calloc(capacity, sizeof(*slots));
    if (slots == NULL) {
        return WEIR_ENOMEM;
    }
    struct open_flows grown = {.slots = slots, .capacity = capacity, .hash_key = flows->hash_key};
    for (size_t i = 0; i < flows->capacity; i++) {
        if (flows->slots[i] != NULL) {
            open_flows_add(&grown, flows->slots[i]);
        }
    }
    free(flows->slots);
    *flows = grown;
    return WEIR_OK;
}

void open_flows_add(struct open_flows *flows, struct open_flow *flow)
{
    flows->slots[slot_of(flows, flow->flow_id)] = flow;
    flows->count++;
}

struct open_flow *open_flows_find(const struct open_flows *flows, uint64_t flow_id)
{
    return flows->count == 0 ? NULL : flows->slots[slot_of(flows, flow_id)];
}

struct open_flow *open_flows_take(struct open_flows *flows, uint64_t flow_id)
{
    if (flows->count == 0) {
        return NULL;
    }
    const size_t mask = flows->capacity - 1;
    size_t hole = slot_of(flows, flow_id);
    struct open_flow *flow = flows->slots[hole];
    if (flow == NULL) {
        return NULL;
    }
    /* Moves back what probing would no longer find past the hole. */
    for (size_t at = (hole + 1) & mask; flows->slots[at] != NULL; at = (at + 1) & mask) {
        const size_t home = home_of(flows, flows->slots[at]->flow_id);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            flows->slots[hole] = flows->slots[at];
            hole = at;
        }
    }
    flows->slots[hole] = NULL;
    flows->count--;
    return flow;
}
