/* SPDX-License-Identifier: Apache-2.0
 *
 * kdd_ring: the latest connections of a KDD window, as adding and counting see them.
 */
#ifndef WEIR_COMMON_FLOW_KDD_RING_H
#define WEIR_COMMON_FLOW_KDD_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/kdd_hosts.h"
#include "common/flow/kdd_window.h"

struct weir_kdd_link { /* what is asked of one connection out of turn, on one cache line */
    uint64_t chain;    /* the position before in the same bucket, 0 = none */
    uint64_t ordinal;  /* of the connection at its host */
    uint32_t host;     /* serial */
    uint32_t host_id;
    uint32_t service;
    uint32_t unused; /* two of them are a line */
};
_Static_assert(sizeof(struct weir_kdd_link) == 32, "no link lies across two lines");

/* Position p lies at p & mask; the entries that count are the latest `ring` of them. Serials tell
 * hosts apart: an id is used again once its host is forgotten, which happens only when none of its
 * connections is left in this ring. */
struct weir_kdd_ring { /* one block of pages */
    struct weir_kdd_link *link;
    uint64_t *heads; /* latest position per bucket of (host, service) */
    int64_t *start_us;
    uint32_t *host;    /* as in the links, for counting */
    uint32_t *service; /* likewise */
    uint32_t *tag;
    uint32_t *host_back; /* distance to the connection before of this host, capped */
    int32_t *same_back;  /* the same of this host and service */
};

struct weir_kdd_window {
    struct weir_kdd_window_options options;
    struct weir_kdd_hosts hosts;
    struct weir_kdd_ring ring;
    uint64_t total; /* the latest position */
    size_t mask;    /* of ring and heads */
};

/* The first position that is still in the ring. */
static inline uint64_t weir_kdd_ring_oldest(const struct weir_kdd_window *window)
{
    return window->total > window->options.ring ? window->total - window->options.ring + 1 : 1;
}

static inline bool weir_kdd_ring_has(const struct weir_kdd_window *window, uint64_t position)
{
    return position >= weir_kdd_ring_oldest(window) && position <= window->total;
}

#endif
