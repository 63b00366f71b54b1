/* SPDX-License-Identifier: Apache-2.0
 *
 * weir_arena: memory of one batch, given back all at once.
 *
 * Shape:   a chain of blocks; allocation moves a pointer; reset keeps the first block.
 * Owns:    everything allocated from it, until reset or fini.
 * Errors:  weir_arena_take gives NULL when the limit or the machine's memory is reached.
 */
#ifndef WEIR_COMMON_BASE_ARENA_H
#define WEIR_COMMON_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct weir_arena_block;

struct weir_arena {
    struct weir_arena_block *head; /* the block being filled */
    size_t used;                   /* bytes handed out since the last reset */
    size_t limit;                  /* bytes that may be handed out; 0 = no limit */
};

void weir_arena_init(struct weir_arena *arena, size_t limit);
void weir_arena_fini(struct weir_arena *arena);
void weir_arena_reset(struct weir_arena *arena);

/* Zeroed, aligned for any type; NULL at the limit. size 0 gives a unique non-NULL pointer. */
void *weir_arena_take(struct weir_arena *arena, size_t size);

#endif
