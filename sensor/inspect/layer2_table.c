/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/hash.h"

#define NONE         UINT32_MAX
#define CAPACITY_MAX (UINT32_C(1) << 24)

/* In one bucket's chain and in the queue by last touch, oldest first; or in the free list. */
struct place {
    struct layer2_key key;
    uint32_t chain;
    uint32_t older, newer;
};

struct layer2_table {
    struct place *places;
    uint64_t *values; /* value_words each, in the places' order */
    uint32_t *buckets;
    uint64_t hash_key;
    size_t value_words;
    uint32_t bucket_mask;
    uint32_t free;
    uint32_t oldest, newest;
    uint64_t evicted;
};

int layer2_table_new(size_t capacity, size_t value_size, uint64_t hash_key,
                     struct layer2_table **out)
{
    if (capacity == 0 || capacity > CAPACITY_MAX || value_size == 0) {
        return WEIR_EINVAL;
    }
    size_t buckets = 1;
    while (buckets < capacity) {
        buckets *= 2;
    }
    struct layer2_table *table = (struct layer2_table *)calloc(1, sizeof(*table));
    if (table == NULL) {
        return WEIR_ENOMEM;
    }
    table->value_words = (value_size + 7) / 8;
    table->places = (struct place *)calloc(capacity, sizeof(*table->places));
    table->values = (uint64_t *)calloc(capacity * table->value_words, sizeof(*table->values));
    table->buckets = (uint32_t *)malloc(buckets * sizeof(*table->buckets));
    if (table->places == NULL || table->values == NULL || table->buckets == NULL) {
        layer2_table_free(table);
        return WEIR_ENOMEM;
    }
    memset(table->buckets, 0xff, buckets * sizeof(*table->buckets));
    for (size_t i = 0; i < capacity; i++) {
        table->places[i].chain = i + 1 < capacity ? (uint32_t)(i + 1) : NONE;
    }
    table->hash_key = hash_key;
    table->bucket_mask = (uint32_t)(buckets - 1);
    table->oldest = NONE;
    table->newest = NONE;
    *out = table;
    return WEIR_OK;
}

void layer2_table_free(struct layer2_table *table)
{
    if (table != NULL) {
        free(table->places);
        free(table->values);
        free(table->buckets);
        free(table);
    }
}

static uint32_t *bucket_of(struct layer2_table *table, const struct layer2_key *key)
{
    const uint64_t hash = weir_hash_keyed(key, sizeof(*key), table->hash_key);
    return &table->buckets[(uint32_t)hash & table->bucket_mask];
}

static uint32_t find(struct layer2_table *table, const struct layer2_key *key)
{
    uint32_t at = *bucket_of(table, key);
    while (at != NONE && memcmp(&table->places[at].key, key, sizeof(*key)) != 0) {
        at = table->places[at].chain;
    }
    return at;
}

static void leave_queue(struct layer2_table *table, uint32_t at)
{
    const struct place *place = &table->places[at];
    if (place->older != NONE) {
        table->places[place->older].newer = place->newer;
    } else {
        table->oldest = place->newer;
    }
    if (place->newer != NONE) {
        table->places[place->newer].older = place->older;
    } else {
        table->newest = place->older;
    }
}

static void join_queue(struct layer2_table *table, uint32_t at)
{
    struct place *place = &table->places[at];
    place->older = table->newest;
    place->newer = NONE;
    if (table->newest != NONE) {
        table->places[table->newest].newer = at;
    } else {
        table->oldest = at;
    }
    table->newest = at;
}

static void *value_of(struct layer2_table *table, uint32_t at)
{
    return &table->values[at * table->value_words];
}

void *layer2_table_find(struct layer2_table *table, const struct layer2_key *key)
{
    const uint32_t at = find(table, key);
    return at != NONE ? value_of(table, at) : NULL;
}

void layer2_table_forget_oldest(struct layer2_table *table)
{
    const uint32_t at = table->oldest;
    if (at == NONE) {
        return;
    }
    uint32_t *link = bucket_of(table, &table->places[at].key);
    while (*link != at) {
        weir_check(*link != NONE);
        link = &table->places[*link].chain;
    }
    *link = table->places[at].chain;
    leave_queue(table, at);
    table->places[at].chain = table->free;
    table->free = at;
}

void *layer2_table_touch(struct layer2_table *table, const struct layer2_key *key, bool *is_new)
{
    uint32_t at = find(table, key);
    if (is_new != NULL) {
        *is_new = at == NONE;
    }
    if (at != NONE) {
        if (table->newest != at) {
            leave_queue(table, at);
            join_queue(table, at);
        }
        return value_of(table, at);
    }
    if (table->free == NONE) {
        layer2_table_forget_oldest(table);
        table->evicted++;
    }
    at = table->free;
    table->free = table->places[at].chain;
    uint32_t *bucket = bucket_of(table, key);
    table->places[at].key = *key;
    table->places[at].chain = *bucket;
    *bucket = at;
    join_queue(table, at);
    void *value = value_of(table, at);
    memset(value, 0, table->value_words * sizeof(*table->values));
    return value;
}

void *layer2_table_oldest(struct layer2_table *table, const struct layer2_key **key)
{
    if (table->oldest == NONE) {
        return NULL;
    }
    *key = &table->places[table->oldest].key;
    return value_of(table, table->oldest);
}

bool layer2_table_is_full(const struct layer2_table *table)
{
    return table->free == NONE;
}

uint64_t layer2_table_evicted(const struct layer2_table *table)
{
    return table->evicted;
}
