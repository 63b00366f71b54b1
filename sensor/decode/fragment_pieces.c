/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/fragment_pieces.h"

#include <stdlib.h>

#define NONE UINT32_MAX

int fragment_pieces_pool_new(size_t count, struct fragment_piece_pool *out)
{
    struct fragment_piece *pieces = calloc(count, sizeof(*pieces));
    if (pieces == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        pieces[i].next = i + 1 < count ? (uint32_t)(i + 1) : NONE;
    }
    *out = (struct fragment_piece_pool){.pieces = pieces, .free = count > 0 ? 0 : NONE};
    return WEIR_OK;
}

void fragment_pieces_pool_free(struct fragment_piece_pool *pool)
{
    free(pool->pieces);
    *pool = (struct fragment_piece_pool){.free = NONE};
}

void fragment_pieces_init(struct fragment_pieces *pieces)
{
    *pieces = (struct fragment_pieces){.head = NONE, .tail = NONE};
}

void fragment_pieces_fini(struct fragment_pieces *pieces, struct fragment_piece_pool *pool)
{
    if (pieces->head != NONE) {
        pool->pieces[pieces->tail].next = pool->free;
        pool->free = pieces->head;
    }
    fragment_pieces_init(pieces);
}

bool fragment_pieces_has(const struct fragment_pieces *pieces,
                         const struct fragment_piece_pool *pool, const struct fragment_piece *piece)
{
    for (uint32_t at = pieces->head; at != NONE; at = pool->pieces[at].next) {
        const struct fragment_piece *seen = &pool->pieces[at];
        if (seen->offset > piece->offset) {
            return false;
        }
        if (seen->offset == piece->offset && seen->bytes == piece->bytes &&
            seen->hash == piece->hash) {
            return true;
        }
    }
    return false;
}

/* Bytes of the piece that had come. The list is sorted by offset but its members may overlap, so
 * `reached` carries how far the piece is already known to be covered. */
static uint32_t covered_within(const struct fragment_pieces *pieces,
                               const struct fragment_piece_pool *pool,
                               const struct fragment_piece *piece)
{
    const uint32_t end = piece->offset + piece->bytes;
    uint32_t reached = piece->offset;
    uint32_t covered = 0;
    for (uint32_t at = pieces->head; at != NONE; at = pool->pieces[at].next) {
        const struct fragment_piece *seen = &pool->pieces[at];
        const uint32_t seen_end = seen->offset + seen->bytes;
        const uint32_t from = seen->offset > reached ? seen->offset : reached;
        const uint32_t to = seen_end < end ? seen_end : end;
        if (from < to) {
            covered += to - from;
            reached = to;
        }
    }
    return covered;
}

/* The last member that begins at or before offset; NONE when the piece goes to the front. */
static uint32_t place_of(const struct fragment_pieces *pieces,
                         const struct fragment_piece_pool *pool, uint32_t offset)
{
    uint32_t before = NONE;
    for (uint32_t at = pieces->head; at != NONE && pool->pieces[at].offset <= offset;
         at = pool->pieces[at].next) {
        before = at;
    }
    return before;
}

bool fragment_pieces_add(struct fragment_pieces *pieces, struct fragment_piece_pool *pool,
                         const struct fragment_piece *piece, bool *overlaps)
{
    const uint32_t end = piece->offset + piece->bytes;
    /* Nearly every fragment comes in order and goes to the end. */
    const bool in_order = piece->offset >= pieces->highest_end;
    const uint32_t seen = in_order ? 0 : covered_within(pieces, pool, piece);
    *overlaps = seen > 0;
    if (pieces->count == FRAGMENT_PIECES_MAX || pool->free == NONE) {
        return false;
    }
    const uint32_t before = in_order ? pieces->tail : place_of(pieces, pool, piece->offset);
    const uint32_t at = pool->free;
    pool->free = pool->pieces[at].next;
    pool->pieces[at] = *piece;
    if (before == NONE) {
        pool->pieces[at].next = pieces->head;
        pieces->head = at;
    } else {
        pool->pieces[at].next = pool->pieces[before].next;
        pool->pieces[before].next = at;
    }
    if (pool->pieces[at].next == NONE) {
        pieces->tail = at;
    }
    pieces->count++;
    pieces->covered_bytes += piece->bytes - seen;
    pieces->highest_end = end > pieces->highest_end ? end : pieces->highest_end;
    return true;
}

bool fragment_pieces_whole(const struct fragment_pieces *pieces)
{
    return pieces->end_known && pieces->covered_bytes == pieces->end;
}
