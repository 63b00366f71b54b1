/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire_bytes.h"

void weir_wire_add_varint(struct weir_buffer *out, unsigned number, uint64_t value)
{
    uint8_t *at = value == 0 ? NULL : weir_buffer_reserve(out, (size_t)2 * WEIR_VARINT_MAX);
    if (at != NULL) {
        const uint8_t *end =
            weir_varint_write(weir_varint_write(at, (uint64_t)number << 3 | WEIR_WIRE_VARINT),
                              value);
        out->size += (size_t)(end - at);
    }
}

void weir_wire_add_head(struct weir_buffer *out, unsigned number, size_t size)
{
    uint8_t *at = weir_buffer_reserve(out, (size_t)2 * WEIR_VARINT_MAX);
    if (at != NULL) {
        const uint8_t *end =
            weir_varint_write(weir_varint_write(at, (uint64_t)number << 3 | WEIR_WIRE_BYTES), size);
        out->size += (size_t)(end - at);
    }
}

void weir_wire_add_bytes(struct weir_buffer *out, unsigned number, const void *bytes, size_t size)
{
    if (size > 0) {
        weir_wire_add_head(out, number, size);
        weir_buffer_add(out, bytes, size);
    }
}
