/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/statistics_pool.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/pages.h"

#include "sensor/meter/entropy.h"

#define ENTROPY_SHARE 4 /* one flow in so many may have bytes being counted at a time */
#define ENTROPY_MIN   1024
#define KEPT_MAX      255 /* bytes of payload that are kept as they are */

/* What a direction has of its payload beyond the block's head: the bytes while they are few, then
 * how often each value came. */
union counting {
    _Alignas(64) uint8_t kept[KEPT_MAX - FLOW_STATISTICS_HEAD];
    struct entropy entropy;
};

struct statistics_pool {
    struct flow_statistics *blocks; /* those above fresh were never used */
    uint32_t *free;                 /* stack of blocks given back */
    uint32_t count, fresh, free_count;
    union counting *countings; /* as the blocks */
    uint32_t *free_countings;
    uint32_t counting_count, counting_fresh, counting_free;
    struct entropy_table table;
};

static int new_countings(struct statistics_pool *pool, uint32_t count)
{
    void *countings = NULL;
    pool->counting_count = count;
    pool->free_countings = calloc(count, sizeof(pool->free_countings[0]));
    if (pool->free_countings == NULL) {
        return WEIR_ENOMEM;
    }
    const int err = weir_pages_new((size_t)count * sizeof(pool->countings[0]), &countings);
    pool->countings = countings;
    return err;
}

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
        err = new_countings(pool, share > ENTROPY_MIN ? share : ENTROPY_MIN);
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
    weir_pages_free(pool->countings, (size_t)pool->counting_count * sizeof(pool->countings[0]));
    free(pool->free_countings);
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

static uint32_t add_counting(struct statistics_pool *pool)
{
    if (pool->counting_free > 0) {
        return pool->free_countings[--pool->counting_free];
    }
    return pool->counting_fresh < pool->counting_count ? ++pool->counting_fresh : 0;
}

static void remove_counting(struct statistics_pool *pool, uint32_t number)
{
    if (number != 0) {
        pool->free_countings[pool->counting_free++] = number;
    }
}

void statistics_pool_remove(struct statistics_pool *pool, uint32_t number)
{
    if (number != 0) {
        weir_check(number <= pool->fresh && pool->free_count < pool->fresh);
        const struct flow_statistics *statistics = &pool->blocks[number - 1];
        remove_counting(pool, statistics->payload[0].entropy);
        remove_counting(pool, statistics->payload[1].entropy);
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

static void expect_lines(const struct flow_statistics *statistics, size_t from, size_t to)
{
    for (size_t at = from; at < to; at += 64) {
        __builtin_prefetch((const char *)statistics + at);
    }
}

void statistics_pool_expect_all(const struct statistics_pool *pool, uint32_t number, bool is_tcp)
{
    const struct flow_statistics *statistics = &pool->blocks[number - 1];
    if (is_tcp) {
        expect_lines(statistics, 0, offsetof(struct flow_statistics, head));
        return;
    }
    for (size_t end = 0; end < 2; end++) {
        const size_t side =
            offsetof(struct flow_statistics, side) + end * sizeof(statistics->side[0]);
        expect_lines(statistics, side, side + offsetof(struct flow_statistics_side, tcp));
    }
    expect_lines(statistics, offsetof(struct flow_statistics, begun),
                 offsetof(struct flow_statistics, trips));
}

/* Takes a place for what the head cannot hold. NULL when none is free: then no more is counted. */
static union counting *counting_of(struct statistics_pool *pool,
                                   struct flow_statistics_payload *payload)
{
    if (payload->entropy == 0) {
        payload->entropy = add_counting(pool);
    }
    if (payload->entropy == 0) {
        payload->counted = ENTROPY_BYTES_MAX;
        return NULL;
    }
    return &pool->countings[payload->entropy - 1];
}

/* The bytes, with those before them, are few. */
static void keep_bytes(struct statistics_pool *pool, struct flow_statistics *statistics, int end,
                       const uint8_t *bytes, uint32_t size)
{
    struct flow_statistics_payload *payload = &statistics->payload[end];
    const uint32_t at = payload->counted;
    const uint32_t room = at < FLOW_STATISTICS_HEAD ? FLOW_STATISTICS_HEAD - at : 0;
    const uint32_t first = size < room ? size : room;
    if (first > 0) {
        memcpy(statistics->head[end] + at, bytes, first);
    }
    if (size > first) {
        union counting *counting = counting_of(pool, payload);
        if (counting == NULL) {
            return;
        }
        memcpy(counting->kept + (at + first - FLOW_STATISTICS_HEAD), bytes + first, size - first);
    }
    payload->counted = (uint16_t)(at + size);
}

static void count_kept(const struct statistics_pool *pool, const struct flow_statistics *statistics,
                       int end, struct entropy *out)
{
    const struct flow_statistics_payload *payload = &statistics->payload[end];
    const uint32_t size = payload->counted;
    const uint32_t first = size < FLOW_STATISTICS_HEAD ? size : FLOW_STATISTICS_HEAD;
    (void)entropy_add(out, 0, statistics->head[end], first);
    if (size > first) {
        (void)entropy_add(out, first, pool->countings[payload->entropy - 1].kept, size - first);
    }
}

/* They become too many: counts what was kept. */
static struct entropy *begin_counting(struct statistics_pool *pool,
                                      struct flow_statistics *statistics, int end)
{
    struct entropy begun = {{0}};
    count_kept(pool, statistics, end, &begun);
    union counting *counting = counting_of(pool, &statistics->payload[end]);
    if (counting == NULL) {
        return NULL;
    }
    counting->entropy = begun;
    return &counting->entropy;
}

void statistics_pool_add_payload(struct statistics_pool *pool, struct flow_statistics *statistics,
                                 int end, const uint8_t *bytes, uint32_t size)
{
    struct flow_statistics_payload *payload = &statistics->payload[end];
    if (payload->counted + size <= KEPT_MAX) {
        keep_bytes(pool, statistics, end, bytes, size);
        return;
    }
    struct entropy *entropy = payload->counted <= KEPT_MAX
                                  ? begin_counting(pool, statistics, end)
                                  : &pool->countings[payload->entropy - 1].entropy;
    if (entropy == NULL) {
        return;
    }
    payload->counted = (uint16_t)entropy_add(entropy, payload->counted, bytes, size);
    if (payload->counted == ENTROPY_BYTES_MAX) {
        payload->value = entropy_value(entropy, ENTROPY_BYTES_MAX, &pool->table);
        remove_counting(pool, payload->entropy);
        payload->entropy = 0;
    }
}

void statistics_pool_expect_entropy(const struct statistics_pool *pool,
                                    const struct flow_statistics *statistics)
{
    for (size_t end = 0; end < 2; end++) {
        const struct flow_statistics_payload *payload = &statistics->payload[end];
        if (payload->entropy != 0) {
            const size_t size = payload->counted <= KEPT_MAX
                                    ? (size_t)payload->counted - FLOW_STATISTICS_HEAD
                                    : sizeof(struct entropy);
            entropy_expect(&pool->countings[payload->entropy - 1], size);
        }
    }
}

float statistics_pool_entropy(const struct statistics_pool *pool,
                              const struct flow_statistics *statistics, int end)
{
    const struct flow_statistics_payload *payload = &statistics->payload[end];
    if (payload->counted == ENTROPY_BYTES_MAX || payload->counted < ENTROPY_BYTES_MIN) {
        return payload->value;
    }
    if (payload->counted > KEPT_MAX) {
        return entropy_value(&pool->countings[payload->entropy - 1].entropy, payload->counted,
                             &pool->table);
    }
    struct entropy entropy = {{0}};
    count_kept(pool, statistics, end, &entropy);
    return entropy_value(&entropy, payload->counted, &pool->table);
}

uint32_t statistics_pool_used(const struct statistics_pool *pool)
{
    return pool->fresh - pool->free_count;
}
