/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/pages.h"

#define NONE          UINT32_MAX
#define BUCKETS_FIRST 4096 /* 32 KiB */
#define NEW_SHARE     16   /* one flow in so many may be unanswered whatever else is live */

struct bucket {
    uint32_t hash; /* of the key: its lower bits are the home, its upper ones spare flows a look */
    uint32_t number; /* flow + 1; 0 = empty */
};

struct use { /* a place in an order of use; of free flows, a chain through `older` */
    uint32_t older, newer;
};

struct order { /* of use, of the flows of one standing */
    uint32_t oldest, newest, size;
};

/* At most half of the buckets are taken, so a probe ends soon. Only the first mask + 1 of them are
 * in use: the index grows with the flows, within memory taken at the start, so that few flows stay
 * in the processor's caches. Flows above `fresh` were never used and their memory was never
 * touched. */
struct flow_table {
    struct bucket *buckets;
    struct flow *flows;
    struct use *uses;
    uint32_t mask, buckets_max, flows_max, fresh, size;
    uint32_t free; /* the flow freed last */
    struct order orders[FLOW_STANDINGS];
};

int flow_table_new(uint32_t flows_max, struct flow_table **out)
{
    if (flows_max < 16 || flows_max > UINT32_C(1) << 24) {
        return WEIR_EINVAL;
    }
    struct flow_table *table = calloc(1, sizeof(*table));
    if (table == NULL) {
        return WEIR_ENOMEM;
    }
    uint32_t buckets = 32;
    while (buckets < flows_max * 2) {
        buckets *= 2;
    }
    table->buckets_max = buckets;
    table->mask = (buckets < BUCKETS_FIRST ? buckets : BUCKETS_FIRST) - 1;
    table->flows_max = flows_max;
    for (size_t i = 0; i < FLOW_STANDINGS; i++) {
        table->orders[i] = (struct order){.oldest = NONE, .newest = NONE};
    }
    table->free = NONE;
    void *pages = NULL;
    int err = weir_pages_new((size_t)buckets * sizeof(table->buckets[0]), &pages);
    table->buckets = pages;
    if (err == WEIR_OK) {
        err = weir_pages_new((size_t)flows_max * sizeof(table->flows[0]), &pages);
        table->flows = pages;
    }
    table->uses = calloc(flows_max, sizeof(table->uses[0]));
    if (err != WEIR_OK || table->uses == NULL) {
        flow_table_free(table);
        return WEIR_ENOMEM;
    }
    *out = table;
    return WEIR_OK;
}

void flow_table_free(struct flow_table *table)
{
    if (table == NULL) {
        return;
    }
    weir_pages_free(table->buckets, (size_t)table->buckets_max * sizeof(table->buckets[0]));
    weir_pages_free(table->flows, (size_t)table->flows_max * sizeof(table->flows[0]));
    free(table->uses);
    free(table);
}

struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key, uint64_t hash)
{
    for (uint32_t i = (uint32_t)hash & table->mask;; i = (i + 1) & table->mask) {
        const struct bucket bucket = table->buckets[i];
        if (bucket.number == 0) {
            return NULL;
        }
        if (bucket.hash == (uint32_t)hash) {
            struct flow *flow = &table->flows[bucket.number - 1];
            if (flow_key_equal(&flow->key, key)) {
                return flow;
            }
        }
    }
}

static struct order *order_of(struct flow_table *table, uint32_t number)
{
    return &table->orders[table->flows[number].standing];
}

static void unlink_use(struct flow_table *table, uint32_t number)
{
    const struct use use = table->uses[number];
    struct order *order = order_of(table, number);
    if (use.older == NONE) {
        order->oldest = use.newer;
    } else {
        table->uses[use.older].newer = use.newer;
    }
    if (use.newer == NONE) {
        order->newest = use.older;
    } else {
        table->uses[use.newer].older = use.older;
    }
    order->size--;
}

static void append_use(struct flow_table *table, uint32_t number)
{
    struct order *order = order_of(table, number);
    table->uses[number] = (struct use){.older = order->newest, .newer = NONE};
    if (order->newest == NONE) {
        order->oldest = number;
    } else {
        table->uses[order->newest].newer = number;
    }
    order->newest = number;
    order->size++;
}

static void enter(struct flow_table *table, const struct flow *flow, uint32_t number)
{
    uint32_t i = flow->hash & table->mask;
    while (table->buckets[i].number != 0) {
        i = (i + 1) & table->mask;
    }
    table->buckets[i] = (struct bucket){.hash = flow->hash, .number = number + 1};
}

/* Twice the buckets; every live flow is entered anew. Over a table's life this costs less than one
 * more entry a flow. */
static void grow(struct flow_table *table)
{
    if (table->mask + 1 == table->buckets_max) {
        return;
    }
    memset(table->buckets, 0, (table->mask + 1) * sizeof(table->buckets[0]));
    table->mask = table->mask * 2 + 1;
    for (struct flow *flow = flow_table_after(table, NULL); flow != NULL;
         flow = flow_table_after(table, flow)) {
        enter(table, flow, flow_table_number(table, flow));
    }
}

struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key, uint64_t hash,
                            int64_t now_us)
{
    uint32_t number = table->free;
    if (number != NONE) {
        table->free = table->uses[number].older;
        memset(&table->flows[number], 0, sizeof(table->flows[0]));
    } else if (table->fresh < table->flows_max) {
        number = table->fresh++; /* zero as it came */
    } else {
        return NULL;
    }
    table->size++;
    if (table->size > (table->mask + 1) / 2) {
        grow(table);
    }
    struct flow *flow = &table->flows[number];
    flow->key = *key;
    flow->hash = (uint32_t)hash;
    enter(table, flow, number);
    flow->listed_us = now_us;
    append_use(table, number);
    return flow;
}

static void move_to_newest(struct flow_table *table, struct flow *flow, int64_t now_us)
{
    const uint32_t number = flow_table_number(table, flow);
    flow->listed_us = now_us;
    if (order_of(table, number)->newest != number) {
        unlink_use(table, number);
        append_use(table, number);
    }
}

void flow_table_touch(struct flow_table *table, struct flow *flow, int64_t now_us)
{
    if (now_us - flow->listed_us > WEIR_US_PER_S) {
        move_to_newest(table, flow, now_us);
    }
}

void flow_table_stand(struct flow_table *table, struct flow *flow, enum flow_standing standing)
{
    const uint32_t number = flow_table_number(table, flow);
    unlink_use(table, number);
    flow->standing = (uint8_t)standing;
    append_use(table, number);
}

/* Second chance for flows used since they were moved; bounded, so that it stays cheap. */
static struct flow *idle_longest(struct flow_table *table, const struct order *order)
{
    for (int i = 0; i < 64; i++) {
        struct flow *flow = &table->flows[order->oldest];
        if (flow->last_us <= flow->listed_us) {
            return flow;
        }
        move_to_newest(table, flow, flow->last_us);
    }
    return &table->flows[order->oldest];
}

struct flow *flow_table_victim(struct flow_table *table)
{
    static const uint8_t first_given_up[] = {FLOW_DECIDED, FLOW_UNANSWERED, FLOW_ESTABLISHED};
    const struct order *orders = table->orders;
    for (size_t i = 0; i < sizeof(first_given_up); i++) {
        const uint8_t standing = first_given_up[i];
        const bool is_spared = standing == FLOW_UNANSWERED && orders[FLOW_ESTABLISHED].size > 0 &&
                               orders[standing].size <= table->flows_max / NEW_SHARE;
        if (orders[standing].size > 0 && !is_spared) {
            return idle_longest(table, &orders[standing]);
        }
    }
    return NULL;
}

void flow_table_remove(struct flow_table *table, struct flow *flow)
{
    const uint32_t number = flow_table_number(table, flow);
    uint32_t hole = flow->hash & table->mask;
    while (table->buckets[hole].number != number + 1) {
        weir_check(table->buckets[hole].number != 0);
        hole = (hole + 1) & table->mask;
    }
    unlink_use(table, number);
    table->uses[number].older = table->free;
    table->free = number;
    table->size--;
    table->buckets[hole].number = 0;
    for (uint32_t i = (hole + 1) & table->mask; table->buckets[i].number != 0;
         i = (i + 1) & table->mask) {
        const uint32_t home = table->buckets[i].hash & table->mask;
        if (((i - home) & table->mask) >= ((i - hole) & table->mask)) {
            table->buckets[hole] = table->buckets[i];
            table->buckets[i].number = 0;
            hole = i;
        }
    }
}

uint32_t flow_table_number(const struct flow_table *table, const struct flow *flow)
{
    return (uint32_t)(flow - table->flows);
}

struct flow *flow_table_at(struct flow_table *table, uint32_t number)
{
    return &table->flows[number];
}

void flow_table_expect(const struct flow_table *table, uint32_t number)
{
    const char *flow = (const char *)&table->flows[number];
    for (size_t at = 0; at < sizeof(struct flow); at += 64) {
        __builtin_prefetch(flow + at, 1);
    }
    __builtin_prefetch(&table->uses[number], 1);
}

struct flow *flow_table_after(struct flow_table *table, const struct flow *flow)
{
    uint32_t number = flow == NULL ? NONE : table->uses[flow_table_number(table, flow)].newer;
    for (size_t i = flow == NULL ? 0 : flow->standing + 1U; number == NONE && i < FLOW_STANDINGS;
         i++) {
        number = table->orders[i].oldest;
    }
    return number == NONE ? NULL : &table->flows[number];
}

uint32_t flow_table_size(const struct flow_table *table)
{
    return table->size;
}

uint32_t flow_table_standing(const struct flow_table *table, enum flow_standing standing)
{
    return table->orders[standing].size;
}
