/* SPDX-License-Identifier: Apache-2.0
 *
 * fragment_pieces: which bytes of one datagram have come.
 *
 * Shape:   the fragments of a datagram in order of offset, as they came, overlaps and all; pieces
 *          lie in a pool that all datagrams share. At most FRAGMENT_PIECES_MAX a datagram, so that
 *          a hostile one costs bounded time.
 * Units:   offsets and lengths in bytes of the datagram's content.
 * Threads: one owner.
 */
#ifndef WEIR_SENSOR_DECODE_FRAGMENT_PIECES_H
#define WEIR_SENSOR_DECODE_FRAGMENT_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define FRAGMENT_PIECES_MAX 256 /* 65,535 bytes in fragments of 256; RFC 791 hosts send 576 */

struct fragment_piece {
    uint64_t hash; /* of its content */
    uint32_t offset, bytes;
    uint32_t next; /* in the datagram, or in the pool's free list */
};

struct fragment_piece_pool {
    struct fragment_piece *pieces;
    uint32_t free;
};

struct fragment_pieces {
    uint32_t head, tail; /* by offset */
    uint32_t count;
    uint32_t covered_bytes; /* each byte once */
    uint32_t highest_end;
    uint32_t end;    /* of the datagram, when end_known */
    bool end_known;  /* a last fragment came */
    bool end_denied; /* two fragments disagree about the end; it is never known again */
};

WEIR_MUST_CHECK int fragment_pieces_pool_new(size_t count, struct fragment_piece_pool *out);
void fragment_pieces_pool_free(struct fragment_piece_pool *pool);

void fragment_pieces_init(struct fragment_pieces *pieces);
void fragment_pieces_fini(struct fragment_pieces *pieces, struct fragment_piece_pool *pool);

/* True when a fragment of this offset, length and content has come. */
bool fragment_pieces_has(const struct fragment_pieces *pieces,
                         const struct fragment_piece_pool *pool,
                         const struct fragment_piece *piece);

/* Adds a piece; *overlaps says whether any of its bytes had come. False, and nothing is
 * remembered, when the datagram has too many pieces or the pool is empty. */
bool fragment_pieces_add(struct fragment_pieces *pieces, struct fragment_piece_pool *pool,
                         const struct fragment_piece *piece, bool *overlaps);

/* True when the end is known and every byte up to it has come. */
bool fragment_pieces_whole(const struct fragment_pieces *pieces);

#endif
