/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256U

void weir_buffer_fini(struct weir_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct weir_buffer){0};
}

void weir_buffer_reset(struct weir_buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

uint8_t *weir_buffer_reserve(struct weir_buffer *buffer, size_t count)
{
    if (buffer->failed) {
        return NULL;
    }
    if (count > buffer->capacity - buffer->size) {
        size_t wanted = buffer->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buffer->capacity;
        while (wanted - buffer->size < count && wanted <= SIZE_MAX / 2) {
            wanted *= 2;
        }
        uint8_t *grown =
            wanted - buffer->size < count ? NULL : (uint8_t *)realloc(buffer->bytes, wanted);
        if (grown == NULL) {
            buffer->failed = true;
            return NULL;
        }
        buffer->bytes = grown;
        buffer->capacity = wanted;
    }
    return buffer->bytes + buffer->size;
}

void weir_buffer_add(struct weir_buffer *buffer, const void *bytes, size_t count)
{
    uint8_t *at = weir_buffer_reserve(buffer, count);
    if (at != NULL && count > 0) {
        memcpy(at, bytes, count);
        buffer->size += count;
    }
}

void weir_buffer_add_u8(struct weir_buffer *buffer, uint8_t value)
{
    weir_buffer_add(buffer, &value, 1);
}

void weir_buffer_add_u16(struct weir_buffer *buffer, uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    weir_buffer_add(buffer, bytes, sizeof(bytes));
}

void weir_buffer_add_u32(struct weir_buffer *buffer, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    weir_buffer_add(buffer, bytes, sizeof(bytes));
}

void weir_buffer_add_u64(struct weir_buffer *buffer, uint64_t value)
{
    weir_buffer_add_u32(buffer, (uint32_t)(value >> 32));
    weir_buffer_add_u32(buffer, (uint32_t)value);
}

void weir_buffer_add_text(struct weir_buffer *buffer, const char *text)
{
    weir_buffer_add(buffer, text, strlen(text));
}

void weir_buffer_add_format(struct weir_buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        buffer->failed = true;
        return;
    }
    uint8_t *at = weir_buffer_reserve(buffer, (size_t)length + 1);
    if (at == NULL) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf((char *)at, (size_t)length + 1, format, args);
    va_end(args);
    buffer->size += (size_t)length;
}
