/* SPDX-License-Identifier: Apache-2.0
 *
 * wire_bytes: protobuf's varints and field heads, for those who write messages by hand.
 *
 * Source:  protobuf's encoding of proto3.
 */
#ifndef WEIR_PROTO_WIRE_BYTES_H
#define WEIR_PROTO_WIRE_BYTES_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/buffer.h"

#define WEIR_VARINT_MAX  10U
#define WEIR_WIRE_VARINT 0U
#define WEIR_WIRE_BYTES  2U

/* Writes at most WEIR_VARINT_MAX bytes; gives where the next ones go. */
static inline uint8_t *weir_varint_write(uint8_t *at, uint64_t value)
{
    while (value >= 0x80U) {
        *at++ = (uint8_t)(value | 0x80U);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

#define WEIR_VARINT_SHORT_MAX UINT32_C(0x0fffffff)

/* The same for a value up to WEIR_VARINT_SHORT_MAX, without a branch on its length; it writes over
 * four bytes whatever the length. */
static inline uint8_t *weir_varint_write_short(uint8_t *at, uint32_t value)
{
    const unsigned length = 1U + (value >= UINT32_C(1) << 7 ? 1U : 0U) +
                            (value >= UINT32_C(1) << 14 ? 1U : 0U) +
                            (value >= UINT32_C(1) << 21 ? 1U : 0U);
    const uint32_t spread = (value & UINT32_C(0x7f)) | (value & UINT32_C(0x3f80)) << 1 |
                            (value & UINT32_C(0x1fc000)) << 2 | (value & UINT32_C(0xfe00000)) << 3;
    const uint32_t more = UINT32_C(0x808080) & ((UINT32_C(1) << 8 * (length - 1)) - 1);
    const uint32_t little = htole32(spread | more);
    memcpy(at, &little, sizeof(little));
    return at + length;
}

/* value - base, modulo 2^64, small either way. */
static inline uint64_t weir_zigzag_difference(uint64_t value, uint64_t base)
{
    const uint64_t gap = value - base;
    return (gap << 1) ^ (0 - (gap >> 63));
}

/* Appends a field unless its value is zero or its bytes are none; head: only what stands before
 * size bytes. */
void weir_wire_add_varint(struct weir_buffer *out, unsigned number, uint64_t value);
void weir_wire_add_head(struct weir_buffer *out, unsigned number, size_t size);
void weir_wire_add_bytes(struct weir_buffer *out, unsigned number, const void *bytes, size_t size);

#endif
