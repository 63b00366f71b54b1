/* SPDX-License-Identifier: Apache-2.0
 *
 * stream: one direction of a TCP connection, put back into order within bounds.
 *
 * Shape:   a segment that begins at the byte expected is lent as it lies in the packet; one behind
 *          a hole is copied into at most STREAM_HELD_MAX blocks until the hole fills. A hole that
 *          cannot be waited for ends the direction. Of bytes that came twice, the first are used.
 * Units:   bytes of sequence space.
 * Owns:    blocks of a pool of struct stream_segment, until stream_fini(); zeroed, it is new.
 * Source:  specification 1.8.1.
 */
#ifndef WEIR_SENSOR_INSPECT_STREAM_H
#define WEIR_SENSOR_INSPECT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/block_pool.h"

#define STREAM_SEGMENT_BYTES 2036
#define STREAM_HELD_MAX      8
#define STREAM_FAR           (INT32_C(1) << 24) /* further from `next` is not believed */

struct stream_segment {
    uint32_t sequence; /* of bytes[0] */
    uint32_t after;    /* block of the next one held, 0 = last */
    uint16_t size;
    uint8_t bytes[STREAM_SEGMENT_BYTES];
};

struct stream {
    uint32_t next;  /* sequence number of the byte to be read next; valid with known */
    uint32_t taken; /* bytes read */
    uint32_t held;  /* block of the first segment behind a hole, 0 = none */
    uint8_t held_count;
    bool known;
    bool ended; /* nothing more is read */
    bool cut;   /* because bytes are missing, or there was no room to wait for them */
    bool full;  /* because `limit` bytes were read and more came */
};

struct stream_arrival {
    const uint8_t *bytes;
    uint32_t size;
    uint32_t sequence; /* of bytes[0] */
    bool is_cut;       /* bytes behind these were not captured */
};

/* Takes a segment; true with what of it comes next in *bytes and *size. Then, and only then, ask
 * stream_next(). */
bool stream_add(struct stream *stream, struct weir_block_pool *pool, uint32_t limit,
                const struct stream_arrival *arrival, const uint8_t **bytes, size_t *size);

/* True with what was held and follows now; good until the next call for any stream of the pool. */
bool stream_next(struct stream *stream, struct weir_block_pool *pool, uint32_t limit,
                 const uint8_t **bytes, size_t *size);

/* Gives all blocks back, and reads no further. */
void stream_fini(struct stream *stream, struct weir_block_pool *pool);

#endif
