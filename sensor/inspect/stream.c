/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/stream.h"

#include <string.h>

/* a - b in sequence space; meaningful while they are less than 2^31 apart. */
static int32_t distance(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static struct stream_segment *at(struct weir_block_pool *pool, uint32_t number)
{
    return weir_block_pool_find(pool, number);
}

void stream_fini(struct stream *stream, struct weir_block_pool *pool)
{
    while (stream->held != 0) {
        const uint32_t number = stream->held;
        stream->held = at(pool, number)->after;
        weir_block_pool_remove(pool, number);
    }
    stream->held_count = 0;
    stream->ended = true;
}

/* Lends the bytes as the next ones, as far as the limit goes. */
static bool lend(struct stream *stream, uint32_t limit, const uint8_t **bytes, size_t *size)
{
    const uint32_t room = limit - stream->taken;
    if (*size > room) {
        *size = room;
        stream->full = true;
        stream->ended = true;
    }
    stream->next += (uint32_t)*size;
    stream->taken += (uint32_t)*size;
    return *bytes != NULL && *size > 0;
}

/* Holds the bytes behind block `before` (0: in front). False when there is no room. */
static bool hold(struct stream *stream, struct weir_block_pool *pool, uint32_t before,
                 const struct stream_arrival *part)
{
    uint32_t done = 0;
    while (done < part->size) {
        const uint32_t left = part->size - done;
        const uint32_t step = left < STREAM_SEGMENT_BYTES ? left : STREAM_SEGMENT_BYTES;
        const uint32_t number =
            stream->held_count == STREAM_HELD_MAX ? 0 : weir_block_pool_take(pool);
        if (number == 0) {
            return false;
        }
        struct stream_segment *segment = at(pool, number);
        uint32_t *link = before == 0 ? &stream->held : &at(pool, before)->after;
        segment->sequence = part->sequence + done;
        segment->size = (uint16_t)step;
        segment->after = *link;
        memcpy(segment->bytes, part->bytes + done, step);
        *link = number;
        stream->held_count++;
        before = number;
        done += step;
    }
    return true;
}

/* Holds what of the segment is not held yet: bytes that came first stay. */
static bool hold_new(struct stream *stream, struct weir_block_pool *pool,
                     const struct stream_arrival *arrival)
{
    struct stream_arrival rest = *arrival;
    uint32_t before = 0;
    uint32_t number = stream->held;
    while (number != 0 && rest.size > 0) {
        const uint32_t from = at(pool, number)->sequence;
        const uint32_t to = from + at(pool, number)->size;
        const uint32_t following = at(pool, number)->after;
        const int32_t ahead = distance(from, rest.sequence);
        if (ahead > 0) { /* some of the rest lies before this one */
            struct stream_arrival part = rest;
            part.size = (uint32_t)ahead < rest.size ? (uint32_t)ahead : rest.size;
            if (!hold(stream, pool, before, &part)) {
                return false;
            }
        }
        const int32_t behind = distance(to, rest.sequence);
        if (behind > 0) {
            const uint32_t known = (uint32_t)behind < rest.size ? (uint32_t)behind : rest.size;
            rest.bytes += known;
            rest.sequence += known;
            rest.size -= known;
        }
        before = number;
        number = following;
    }
    return hold(stream, pool, before, &rest);
}

bool stream_add(struct stream *stream, struct weir_block_pool *pool, uint32_t limit,
                const struct stream_arrival *arrival, const uint8_t **bytes, size_t *size)
{
    if (stream->ended) {
        return false;
    }
    if (!stream->known) {
        stream->known = true;
        stream->next = arrival->sequence;
    }
    struct stream_arrival rest = *arrival;
    const int32_t ahead = distance(rest.sequence, stream->next);
    if (ahead > STREAM_FAR || ahead < -STREAM_FAR) {
        return false;
    }
    if (ahead > 0) {
        if (!hold_new(stream, pool, &rest)) {
            stream_fini(stream, pool);
            stream->cut = true;
        }
        return false;
    }
    const uint32_t known = (uint32_t)-ahead;
    if (known >= rest.size && !(rest.is_cut && known == rest.size)) {
        return false;
    }
    const uint8_t *fresh = rest.bytes + known;
    size_t fresh_size = rest.size - known;
    if (stream->held != 0) { /* of what is held too, the held bytes came first */
        const int32_t free = distance(at(pool, stream->held)->sequence, stream->next);
        fresh_size = (size_t)free < fresh_size ? (size_t)free : fresh_size;
        if (known + fresh_size < rest.size) {
            const struct stream_arrival behind = {
                .bytes = fresh + fresh_size,
                .size = rest.size - known - (uint32_t)fresh_size,
                .sequence = stream->next + (uint32_t)fresh_size,
            };
            stream->cut = !hold_new(stream, pool, &behind) || stream->cut;
        }
    }
    const bool lent = lend(stream, limit, &fresh, &fresh_size);
    if (rest.is_cut && stream->held == 0 && !stream->ended) {
        stream->ended = true;
        stream->cut = true;
    }
    *bytes = fresh;
    *size = fresh_size;
    return lent;
}

bool stream_next(struct stream *stream, struct weir_block_pool *pool, uint32_t limit,
                 const uint8_t **bytes, size_t *size)
{
    while (stream->held != 0 && !stream->ended) {
        const uint32_t number = stream->held;
        struct stream_segment *segment = at(pool, number);
        const int32_t ahead = distance(segment->sequence, stream->next);
        if (ahead > 0) {
            return false;
        }
        stream->held = segment->after;
        stream->held_count--;
        weir_block_pool_remove(pool, number); /* its memory stays as it is until the next add */
        const uint32_t known = (uint32_t)-ahead;
        if (known < segment->size) {
            const uint8_t *fresh = segment->bytes + known;
            size_t fresh_size = segment->size - known;
            const bool lent = lend(stream, limit, &fresh, &fresh_size);
            *bytes = fresh;
            *size = fresh_size;
            return lent;
        }
    }
    return false;
}
