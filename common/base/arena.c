/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64 * 1024)
#define ALIGNMENT  16U

struct weir_arena_block {
    struct weir_arena_block *older;
    size_t size; /* bytes after this header */
    size_t used;
    max_align_t at[];
};

void weir_arena_init(struct weir_arena *arena, size_t limit)
{
    *arena = (struct weir_arena){.limit = limit};
}

static void free_older_than(struct weir_arena_block *block)
{
    while (block != NULL) {
        struct weir_arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void weir_arena_fini(struct weir_arena *arena)
{
    free_older_than(arena->head);
    *arena = (struct weir_arena){.limit = arena->limit};
}

void weir_arena_reset(struct weir_arena *arena)
{
    if (arena->head != NULL) {
        free_older_than(arena->head->older);
        arena->head->older = NULL;
        arena->head->used = 0;
    }
    arena->used = 0;
}

void *weir_arena_take(struct weir_arena *arena, size_t size)
{
    const size_t rounded = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded < size || (arena->limit != 0 && rounded > arena->limit - arena->used)) {
        return NULL;
    }
    struct weir_arena_block *block = arena->head;
    if (block == NULL || rounded > block->size - block->used) {
        const size_t block_size = rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE;
        block = (struct weir_arena_block *)malloc(sizeof(*block) + block_size);
        if (block == NULL) {
            return NULL;
        }
        block->older = arena->head;
        block->size = block_size;
        block->used = 0;
        arena->head = block;
    }
    uint8_t *at = (uint8_t *)block->at + block->used;
    block->used += rounded;
    arena->used += rounded;
    memset(at, 0, rounded);
    return at;
}
