/* SPDX-License-Identifier: Apache-2.0
 *
 * block_pool: a fixed number of equal blocks for what only few flows need.
 *
 * Shape:   blocks are known by number, 1 .. count; 0 is none.
 * Owns:    every block; all memory is taken by weir_block_pool_new() and touched only when used.
 * Errors:  an empty pool gives 0: the caller does without; the pool counts it.
 */
#ifndef WEIR_COMMON_BASE_BLOCK_POOL_H
#define WEIR_COMMON_BASE_BLOCK_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct weir_block_pool;

/* size is rounded up to a multiple of 8. WEIR_EINVAL, WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_block_pool_new(size_t size, uint32_t count, struct weir_block_pool **out);
void weir_block_pool_free(struct weir_block_pool *pool);

/* Number of a zeroed block, or 0 when all are in use. */
uint32_t weir_block_pool_add(struct weir_block_pool *pool);

/* The same, with whatever the block held before. */
uint32_t weir_block_pool_take(struct weir_block_pool *pool);

/* Gives block `number` back; does nothing with 0. */
void weir_block_pool_remove(struct weir_block_pool *pool, uint32_t number);

/* The block's memory; NULL for 0. */
void *weir_block_pool_find(struct weir_block_pool *pool, uint32_t number);

/* Of how many blocks; and how many of them are taken. */
uint32_t weir_block_pool_count(const struct weir_block_pool *pool);
uint32_t weir_block_pool_used(const struct weir_block_pool *pool);

/* How often add() has found none free. */
uint64_t weir_block_pool_denied(const struct weir_block_pool *pool);

#endif
