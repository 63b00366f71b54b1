/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_bytes: distinct payload bytes of one direction of a TCP connection.
 *
 * Shape:   the next sequence number expected and a sorted list of at most 16 holes below it; the
 *          list lives in a pool and is there only while a hole is open.
 * Units:   bytes of sequence space.
 * Source:  specification 1.4; anomaly bits 10, 11, 13 and 19 of 3.2.
 */
#ifndef WEIR_SENSOR_METER_TCP_BYTES_H
#define WEIR_SENSOR_METER_TCP_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/block_pool.h"

#define TCP_BYTES_HOLES_MAX 16
#define TCP_BYTES_FAR       (UINT32_C(1) << 30) /* further from `next` is not believed */

struct tcp_hole {
    uint32_t from, to; /* [from, to) was never seen */
};

struct tcp_hole_list { /* what the pool's blocks hold */
    uint32_t count;
    struct tcp_hole at[TCP_BYTES_HOLES_MAX]; /* ascending */
};

struct tcp_bytes {
    uint32_t next;  /* highest byte end seen */
    uint32_t holes; /* block of the list, 0 = no holes */
    bool known;     /* next is set */
};

struct tcp_bytes_step { /* what one segment did */
    uint32_t fresh;     /* bytes seen for the first time */
    uint32_t missed;    /* bytes of holes given up to make room */
    uint32_t ahead;     /* it began so many bytes beyond the one expected */
    bool in_order;      /* it began at the byte expected */
    bool below;         /* it ended at or below the highest byte seen */
    bool repeated;      /* some of it had been seen */
    bool filled;        /* some of it lay in a hole */
    bool opened;        /* bytes before it are missing */
    bool far;           /* it is nowhere near: nothing was counted */
};

/* Takes the payload [sequence, sequence + size); size 0 (a bare FIN, SYN or ACK at `sequence`) sets
 * the beginning, and with `opens` still shows what is missing before it. */
struct tcp_bytes_step tcp_bytes_add(struct tcp_bytes *bytes, struct weir_block_pool *pool,
                                    uint32_t sequence, uint32_t size, bool opens);

/* Bytes still missing in the open holes. */
uint64_t tcp_bytes_missing(const struct tcp_bytes *bytes, struct weir_block_pool *pool);

/* True when the peer acknowledged the end of the first hole: those bytes passed unseen. */
bool tcp_bytes_gap_at(const struct tcp_bytes *bytes, struct weir_block_pool *pool,
                      uint32_t acknowledged);

/* Where the first hole ends; 0 without one. */
uint32_t tcp_bytes_gap(const struct tcp_bytes *bytes, struct weir_block_pool *pool);

/* True when a byte below `number` is still missing in an open hole. */
bool tcp_bytes_hole_below(const struct tcp_bytes *bytes, struct weir_block_pool *pool,
                          uint32_t number);

/* Gives the hole list back to the pool. */
void tcp_bytes_fini(struct tcp_bytes *bytes, struct weir_block_pool *pool);

#endif
