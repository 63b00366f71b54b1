/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/block_pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/pages.h"

#define PAGES_MIN (8U << 20) /* bytes from which huge pages are asked for */

struct weir_block_pool {
    uint64_t *words; /* count blocks of block_words each */
    uint32_t *free;  /* stack of blocks given back; numbers above fresh were never used */
    size_t block_words;
    uint32_t count, fresh, free_count;
    uint64_t denied;
    bool is_pages;
};

static size_t bytes_of(const struct weir_block_pool *pool)
{
    return (size_t)pool->count * pool->block_words * sizeof(pool->words[0]);
}

static int new_words(struct weir_block_pool *pool)
{
    void *words = NULL;
    pool->is_pages = bytes_of(pool) >= PAGES_MIN;
    if (!pool->is_pages) {
        pool->words = calloc(1, bytes_of(pool));
        return pool->words == NULL ? WEIR_ENOMEM : WEIR_OK;
    }
    const int code = weir_pages_new(bytes_of(pool), &words);
    pool->words = words;
    return code;
}

int weir_block_pool_new(size_t size, uint32_t count, struct weir_block_pool **out)
{
    if (size == 0 || size > 65536 || count == 0) {
        return WEIR_EINVAL;
    }
    struct weir_block_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return WEIR_ENOMEM;
    }
    pool->block_words = (size + 7) / 8;
    pool->count = count;
    pool->free = calloc(count, sizeof(pool->free[0]));
    if (pool->free == NULL || new_words(pool) != WEIR_OK) {
        weir_block_pool_free(pool);
        return WEIR_ENOMEM;
    }
    *out = pool;
    return WEIR_OK;
}

void weir_block_pool_free(struct weir_block_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    if (pool->is_pages) {
        weir_pages_free(pool->words, bytes_of(pool));
    } else {
        free(pool->words);
    }
    free(pool->free);
    free(pool);
}

uint32_t weir_block_pool_add(struct weir_block_pool *pool)
{
    const uint32_t number = weir_block_pool_take(pool);
    if (number != 0) {
        memset(&pool->words[(number - 1) * pool->block_words], 0,
               pool->block_words * sizeof(pool->words[0]));
    }
    return number;
}

uint32_t weir_block_pool_take(struct weir_block_pool *pool)
{
    if (pool->free_count > 0) {
        return pool->free[--pool->free_count];
    }
    if (pool->fresh == pool->count) {
        pool->denied++;
        return 0;
    }
    return ++pool->fresh;
}

void weir_block_pool_remove(struct weir_block_pool *pool, uint32_t number)
{
    if (number != 0) {
        weir_check(number <= pool->fresh && pool->free_count < pool->fresh);
        pool->free[pool->free_count++] = number;
    }
}

void *weir_block_pool_find(struct weir_block_pool *pool, uint32_t number)
{
    return number == 0 ? NULL : &pool->words[(number - 1) * pool->block_words];
}

uint32_t weir_block_pool_count(const struct weir_block_pool *pool)
{
    return pool->count;
}

uint32_t weir_block_pool_used(const struct weir_block_pool *pool)
{
    return pool->fresh - pool->free_count;
}

uint64_t weir_block_pool_denied(const struct weir_block_pool *pool)
{
    return pool->denied;
}
