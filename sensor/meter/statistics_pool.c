/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/statistics_pool.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/pages.h"

#include "sensor/meter/block_pool.h"
#include "sensor/meter/entropy.h"

#define ENTROPY_SHARE 4 /* one flow in so many may have bytes being counted at a time */
#define ENTROPY_MIN   1024

struct statistics_pool {
    struct flow_statistics *blocks; /* those above fresh were never used */
    uint32_t *free;                 /* stack of blocks given back */
    uint32_t count, fresh, free_count;
    struct block_pool *entropies; /* of struct entropy */
    struct entropy_table table;
};

int statistics_pool_new(uint32_t count, struct statistics_pool **out)
{
    if (count == 0) {
        return WEIR_EINVAL;
    }
    struct statistics_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return WEIR_ENOMEM;
    }
    const uint32_t share = count / ENTROPY_SHARE;
    void *blocks = NULL;
    pool->count = count;
    pool->free = calloc(count, sizeof(pool->free[0]));
    int err = pool->free == NULL ? WEIR_ENOMEM : WEIR_OK;
    if (err == WEIR_OK) {
        err = weir_pages_new((size_t)count * sizeof(pool->blocks[0]), &blocks);
        pool->blocks = blocks;
    }
    if (err == WEIR_OK) {
        err = block_pool_new(sizeof(struct entropy), share > ENTROPY_MIN ? share : ENTROPY_MIN,
                             &pool->entropies);
    }
    if (err != WEIR_OK) {
        statistics_pool_free(pool);
        return err;
    }
    entropy_table_init(&pool->table);
    *out = pool;
    return WEIR_OK;
}

void statistics_pool_free(struct statistics_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    weir_pages_free(pool->blocks, (size_t)pool->count * sizeof(pool->blocks[0]));
    block_pool_free(pool->entropies);
    free(pool->free);
    free(pool);
}

uint32_t statistics_pool_add(struct statistics_pool *pool)
{
    uint32_t number = 0;
    if (pool->free_count > 0) {
        number = pool->free[--pool->free_count];
    } else if (pool->fresh < pool->count) {
        number = ++pool->fresh;
    } else {
        return 0;
    }
    flow_statistics_init(&pool->blocks[number - 1]);
    return number;
}

void statistics_pool_remove(struct statistics_pool *pool, uint32_t number)
{
    if (number != 0) {
        weir_check(number <= pool->fresh && pool->free_count < pool->fresh);
        const struct flow_statistics *statistics = &pool->blocks[number - 1];
        block_pool_remove(pool->entropies, statistics->payload[0].entropy);
        block_pool_remove(pool->entropies, statistics->payload[1].entropy);
        pool->free[pool->free_count++] = number;
    }
}

struct flow_statistics *statistics_pool_find(struct statistics_pool *pool, uint32_t number)
{
    return number == 0 ? NULL : &pool->blocks[number - 1];
}

void statistics_pool_expect(struct statistics_pool *pool, uint32_t number, int end)
{
    const char *side = (const char *)&pool->blocks[number - 1].side[end];
    __builtin_prefetch(side, 1);
    __builtin_prefetch(side + 64, 1);
    __builtin_prefetch(side + 128, 1);
    __builtin_prefetch(&pool->blocks[number - 1].begun, 1);
}

void statistics_pool_expect_all(struct statistics_pool *pool, uint32_t number)
{
    const char *block = (const char *)&pool->blocks[number - 1];
    for (size_t at = 0; at < offsetof(struct flow_statistics, head); at += 64) {
        __builtin_prefetch(block + at);
    }
}

/* True when the bytes, with those before them, are too few for an entropy: they are kept. */
static bool keep_head(struct flow_statistics *statistics, int end, const uint8_t *bytes,
                      uint32_t size)
{
    struct flow_statistics_payload *payload = &statistics->payload[end];
    if (payload->counted + size >= FLOW_STATISTICS_HEAD) {
        return false;
    }
    memcpy(statistics->head[end] + payload->counted, bytes, size);
    payload->counted = (uint16_t)(payload->counted + size);
    return true;
}

/* Takes a block and counts what was kept. */
static void begin_counting(struct statistics_pool *pool, struct flow_statistics *statistics,
                           int end)
{
    struct flow_statistics_payload *payload = &statistics->payload[end];
    payload->entropy = block_pool_add(pool->entropies);
    struct entropy *entropy = block_pool_find(pool->entropies, payload->entropy);
    if (entropy != NULL) {
        (void)entropy_add(entropy, 0, statistics->head[end], payload->counted);
    }
}

void statistics_pool_add_payload(struct statistics_pool *pool, struct flow_statistics *statistics,
                                 int end, const uint8_t *bytes, uint32_t size)
{
    struct flow_statistics_payload *payload = &statistics->payload[end];
    if (payload->counted < FLOW_STATISTICS_HEAD) {
        if (keep_head(statistics, end, bytes, size)) {
            return;
        }
        begin_counting(pool, statistics, end);
    }
    struct entropy *entropy = block_pool_find(pool->entropies, payload->entropy);
    if (entropy == NULL) { /* none was free */
        payload->counted = ENTROPY_BYTES_MAX;
        return;
    }
    payload->counted = (uint16_t)entropy_add(entropy, payload->counted, bytes, size);
    if (payload->counted == ENTROPY_BYTES_MAX) {
        payload->value = entropy_value(entropy, ENTROPY_BYTES_MAX, &pool->table);
        block_pool_remove(pool->entropies, payload->entropy);
        payload->entropy = 0;
    }
}

float statistics_pool_entropy(struct statistics_pool *pool,
                              const struct flow_statistics *statistics, int end)
{
    const struct flow_statistics_payload *payload = &statistics->payload[end];
    const struct entropy *entropy = block_pool_find(pool->entropies, payload->entropy);
    return entropy == NULL ? payload->value
                           : entropy_value(entropy, payload->counted, &pool->table);
}

uint32_t statistics_pool_used(const struct statistics_pool *pool)
{
    return pool->fresh - pool->free_count;
}
