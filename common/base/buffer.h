/* SPDX-License-Identifier: Apache-2.0
 *
 * weir_buffer: bytes that grow at the end.
 *
 * Owns:    the bytes, until weir_buffer_fini().
 * Errors:  running out of memory is remembered in `failed`; later appends do nothing, so a writer
 *          checks once at the end.
 */
#ifndef WEIR_COMMON_BASE_BUFFER_H
#define WEIR_COMMON_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_buffer { /* {0} is an empty one */
    uint8_t *bytes;
    size_t size;     /* bytes in use */
    size_t capacity; /* bytes allocated */
    bool failed;     /* an append found no memory; the content is not whole */
};

void weir_buffer_fini(struct weir_buffer *buffer);

/* Empties it and keeps the memory; also clears `failed`. */
void weir_buffer_reset(struct weir_buffer *buffer);

/* Room for count more bytes at bytes + size, or NULL. The caller adds to size what it wrote. */
uint8_t *weir_buffer_reserve(struct weir_buffer *buffer, size_t count);

void weir_buffer_add(struct weir_buffer *buffer, const void *bytes, size_t count);
void weir_buffer_add_u8(struct weir_buffer *buffer, uint8_t value);
void weir_buffer_add_u16(struct weir_buffer *buffer, uint16_t value); /* big-endian */
void weir_buffer_add_u32(struct weir_buffer *buffer, uint32_t value); /* big-endian */
void weir_buffer_add_u64(struct weir_buffer *buffer, uint64_t value); /* big-endian */
void weir_buffer_add_text(struct weir_buffer *buffer, const char *text);

/* printf into the buffer. */
void weir_buffer_add_format(struct weir_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
