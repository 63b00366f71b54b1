/* SPDX-License-Identifier: Apache-2.0
 *
 * quic_varint: QUIC's integers of one, two, four or eight bytes.
 *
 * Source:  RFC 9000 16.
 */
#ifndef WEIR_SENSOR_INSPECT_QUIC_VARINT_H
#define WEIR_SENSOR_INSPECT_QUIC_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/cursor.h"

/* As the reads of cursor.h: the whole integer, or false and nothing moves. */
static inline bool quic_varint_read(struct weir_cursor *from, uint64_t *out)
{
    uint8_t byte = 0;
    struct weir_cursor probe = *from;
    if (!weir_cursor_u8(&probe, &byte)) {
        return false;
    }
    uint64_t value = byte & 0x3fU;
    for (unsigned more = (1U << (byte >> 6)) - 1; more > 0; more--) {
        if (!weir_cursor_u8(&probe, &byte)) {
            return false;
        }
        value = value << 8 | byte;
    }
    *from = probe;
    *out = value;
    return true;
}

/* One that counts bytes still to come; false when there are not so many. */
static inline bool quic_varint_length(struct weir_cursor *from, size_t *out)
{
    struct weir_cursor probe = *from;
    uint64_t value = 0;
    if (!quic_varint_read(&probe, &value) || value > probe.left) {
        return false;
    }
    *from = probe;
    *out = (size_t)value;
    return true;
}

#endif
