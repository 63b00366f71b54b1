/* SPDX-License-Identifier: Apache-2.0
 *
 * weir_cursor: reads fields out of bytes we do not trust.
 *
 * Every read either yields the whole field and moves on, or returns false and leaves the cursor
 * where it was; no read can pass the end. The cursor borrows the bytes and never writes to them.
 *
 * Units:   u16, u32, u64 are big-endian (network order); le16, le32, le64 little-endian (files of
 *          ours).
 */
#ifndef WEIR_COMMON_BASE_CURSOR_H
#define WEIR_COMMON_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_cursor {
    const uint8_t *next; /* first byte not yet read */
    size_t left;         /* bytes from next to the end */
};

static inline struct weir_cursor weir_cursor_over(const void *bytes, size_t size)
{
    return (struct weir_cursor){.next = (const uint8_t *)bytes, .left = size};
}

static inline bool weir_cursor_skip(struct weir_cursor *cursor, size_t count)
{
    if (count > cursor->left) {
        return false;
    }
    cursor->next += count;
    cursor->left -= count;
    return true;
}

/* Points *out at the next count bytes, which stay the owner's. */
static inline bool weir_cursor_bytes(struct weir_cursor *cursor, size_t count, const uint8_t **out)
{
    const uint8_t *at = cursor->next;
    if (!weir_cursor_skip(cursor, count)) {
        return false;
    }
    *out = at;
    return true;
}

static inline bool weir_cursor_u8(struct weir_cursor *cursor, uint8_t *out)
{
    const uint8_t *at = cursor->next;
    if (!weir_cursor_skip(cursor, 1)) {
        return false;
    }
    *out = at[0];
    return true;
}

static inline bool weir_cursor_u16(struct weir_cursor *cursor, uint16_t *out)
{
    const uint8_t *at = cursor->next;
    if (!weir_cursor_skip(cursor, 2)) {
        return false;
    }
    *out = (uint16_t)((at[0] << 8) | at[1]);
    return true;
}

static inline bool weir_cursor_u32(struct weir_cursor *cursor, uint32_t *out)
{
    const uint8_t *at = cursor->next;
    if (!weir_cursor_skip(cursor, 4)) {
        return false;
    }
    *out = ((uint32_t)at[0] << 24) | ((uint32_t)at[1] << 16) | ((uint32_t)at[2] << 8) | at[3];
    return true;
}

static inline bool weir_cursor_u64(struct weir_cursor *cursor, uint64_t *out)
{
    struct weir_cursor probe = *cursor;
    uint32_t high = 0;
    uint32_t low = 0;
    if (!weir_cursor_u32(&probe, &high) || !weir_cursor_u32(&probe, &low)) {
        return false;
    }
    *cursor = probe;
    *out = ((uint64_t)high << 32) | low;
    return true;
}

static inline bool weir_cursor_le16(struct weir_cursor *cursor, uint16_t *out)
{
    const uint8_t *at = cursor->next;
    if (!weir_cursor_skip(cursor, 2)) {
        return false;
    }
    *out = (uint16_t)((at[1] << 8) | at[0]);
    return true;
}

static inline bool weir_cursor_le32(struct weir_cursor *cursor, uint32_t *out)
{
    const uint8_t *at = cursor->next;
    if (!weir_cursor_skip(cursor, 4)) {
        return false;
    }
    *out = ((uint32_t)at[3] << 24) | ((uint32_t)at[2] << 16) | ((uint32_t)at[1] << 8) | at[0];
    return true;
}

static inline bool weir_cursor_le64(struct weir_cursor *cursor, uint64_t *out)
{
    struct weir_cursor probe = *cursor;
    uint32_t low = 0;
    uint32_t high = 0;
    if (!weir_cursor_le32(&probe, &low) || !weir_cursor_le32(&probe, &high)) {
        return false;
    }
    *cursor = probe;
    *out = ((uint64_t)high << 32) | low;
    return true;
}

#endif
