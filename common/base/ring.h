/* SPDX-License-Identifier: Apache-2.0
 *
 * weir_ring: a bounded queue of pointers between two threads, with a descriptor to wait on.
 *
 * Shape:   capacity is a power of two; one producer, one consumer.
 * Owns:    the slots, never what the pointers point at.
 * Errors:  push is false when full, pop is NULL when empty; both return at once.
 * Threads: exactly one pushes, exactly one pops.
 */
#ifndef WEIR_COMMON_BASE_RING_H
#define WEIR_COMMON_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

struct weir_ring;

WEIR_MUST_CHECK int weir_ring_new(size_t capacity, struct weir_ring **out);
void weir_ring_free(struct weir_ring *ring);

bool weir_ring_push(struct weir_ring *ring, void *item);
void *weir_ring_pop(struct weir_ring *ring);

/* Readable (poll) while there may be something to pop; weir_ring_pop drains it when it finds none.
 */
int weir_ring_fd(const struct weir_ring *ring);

/* Waits until there is room, or timeout_ms passed. True when there is room. */
bool weir_ring_wait_room(struct weir_ring *ring, int timeout_ms);

#endif
