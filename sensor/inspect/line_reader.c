/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/line_reader.h"

#include <string.h>

#define TELNET_SB   0xfa /* subnegotiation begins */
#define TELNET_SE   0xf0 /* and ends */
#define TELNET_WILL 0xfb /* the first of four that name an option */
#define TELNET_IAC  0xff

#define OPTION_MAX 49 /* the highest option number that is assigned, but for 255 */
#define CHUNK      64

enum telnet_place {
    PLACE_TEXT,
    PLACE_COMMAND,    /* behind IAC */
    PLACE_OPTION,     /* behind IAC and WILL, WONT, DO or DONT */
    PLACE_SUB,        /* in a subnegotiation */
    PLACE_SUB_COMMAND /* behind IAC in it */
};

/* Without branches, so that the compiler can take many bytes in one step. */
static bool is_plain_chunk(const uint8_t *bytes)
{
    uint8_t special = 0;
    for (size_t i = 0; i < CHUNK; i++) {
        special |= (uint8_t)((bytes[i] == 0) | (bytes[i] == 0x08) | (bytes[i] == 0x7f) |
                             (bytes[i] == TELNET_IAC));
    }
    return special == 0;
}

/* True when nothing has to be taken out of the bytes. */
static bool is_plain(const uint8_t *bytes, size_t size)
{
    size_t i = 0;
    for (; size - i >= CHUNK; i += CHUNK) {
        if (!is_plain_chunk(bytes + i)) {
            return false;
        }
    }
    for (; i < size; i++) {
        if (bytes[i] == 0 || bytes[i] == 0x08 || bytes[i] == 0x7f || bytes[i] == TELNET_IAC) {
            return false;
        }
    }
    return true;
}

static char *buffer_of(struct line_reader *reader, struct weir_block_pool *pool)
{
    if (reader->buffer == 0) {
        reader->buffer = weir_block_pool_take(pool);
        reader->lost = reader->buffer == 0;
    }
    return weir_block_pool_find(pool, reader->buffer);
}

static void append(struct line_reader *reader, char *buffer, const uint8_t *bytes, size_t size)
{
    const size_t room = LINE_BYTES - (size_t)reader->size;
    const size_t kept = size < room ? size : room;
    memcpy(buffer + reader->size, bytes, kept);
    reader->size = (uint16_t)(reader->size + kept);
    reader->full_size += (uint32_t)size;
}

static void fill_line(struct line_reader *reader, const char *text, size_t size, struct line *out)
{
    *out = (struct line){.text = text,
                         .size = size,
                         .full_size = reader->full_size,
                         .ended = true,
                         .was_prompt = reader->told};
    if (size > 0 && size == reader->full_size && text[size - 1] == '\r') {
        out->size--;
        out->full_size--;
    }
    reader->size = 0;
    reader->full_size = 0;
    reader->told = false;
}

/* What a byte of a Telnet command does; true when it is text after all (IAC IAC). */
static bool step_telnet(struct line_reader *reader, uint8_t byte)
{
    switch ((enum telnet_place)reader->telnet) {
    case PLACE_TEXT:
        reader->telnet = PLACE_COMMAND;
        return false;
    case PLACE_COMMAND:
        if (byte == TELNET_IAC) {
            reader->telnet = PLACE_TEXT;
            return true;
        }
        reader->telnet = byte == TELNET_SB                               ? PLACE_SUB
                         : byte >= TELNET_WILL && byte <= TELNET_IAC - 1 ? PLACE_OPTION
                                                                         : PLACE_TEXT;
        return false;
    case PLACE_OPTION:
        reader->negotiated = reader->negotiated ||
                             (reader->full_size == 0 && (byte <= OPTION_MAX || byte == TELNET_IAC));
        reader->telnet = PLACE_TEXT;
        return false;
    case PLACE_SUB:
        reader->telnet = byte == TELNET_IAC ? PLACE_SUB_COMMAND : PLACE_SUB;
        return false;
    case PLACE_SUB_COMMAND:
        reader->telnet = byte == TELNET_SE ? PLACE_TEXT : PLACE_SUB;
        return false;
    }
    return false;
}

static void delete_one(struct line_reader *reader)
{
    if (reader->full_size > 0) {
        reader->full_size--;
        reader->size =
            (uint16_t)(reader->full_size < reader->size ? reader->full_size : reader->size);
    }
}

/* One byte at a time, where bytes have to be taken out. */
static bool next_careful(struct line_reader *reader, char *buffer, struct weir_cursor *payload,
                         struct line *out)
{
    uint8_t byte = 0;
    while (weir_cursor_u8(payload, &byte)) {
        if ((reader->telnet != PLACE_TEXT || byte == TELNET_IAC) && !step_telnet(reader, byte)) {
            continue;
        }
        const bool after_cr = reader->after_cr;
        reader->after_cr = reader->cr_ends && byte == '\r';
        if (byte == '\n' && after_cr) {
            continue; /* the CR before it has ended the line */
        }
        if (byte == '\n' || reader->after_cr) {
            fill_line(reader, buffer, reader->size, out);
            return true;
        }
        if (byte == 0x08 || byte == 0x7f) {
            delete_one(reader);
        } else if (byte != 0) {
            append(reader, buffer, &byte, 1);
        }
    }
    return false;
}

/* The line, or the part of one, that lies in [payload->next, payload->next + size). */
static bool next_plain(struct line_reader *reader, struct weir_block_pool *pool,
                       struct weir_cursor *payload, size_t size, struct line *out)
{
    const uint8_t *start = payload->next;
    const bool ends = size < payload->left;
    (void)weir_cursor_skip(payload, size + (ends ? 1 : 0));
    if (ends && reader->full_size == 0) {
        reader->full_size = (uint32_t)size;
        fill_line(reader, (const char *)start, size < LINE_BYTES ? size : LINE_BYTES, out);
        return true;
    }
    char *buffer = buffer_of(reader, pool);
    if (buffer == NULL) {
        return false;
    }
    append(reader, buffer, start, size);
    if (ends) {
        fill_line(reader, buffer, reader->size, out);
    }
    return ends;
}

bool line_reader_next(struct line_reader *reader, struct weir_block_pool *pool,
                      struct weir_cursor *payload, struct line *out)
{
    if (reader->lost || payload->left == 0) {
        return false;
    }
    if (!reader->cr_ends && reader->telnet == PLACE_TEXT) {
        const uint8_t *end = memchr(payload->next, '\n', payload->left);
        const size_t size = end == NULL ? payload->left : (size_t)(end - payload->next);
        if (is_plain(payload->next, size)) {
            return next_plain(reader, pool, payload, size, out);
        }
    }
    char *buffer = buffer_of(reader, pool);
    return buffer != NULL && next_careful(reader, buffer, payload, out);
}

bool line_reader_tell(struct line_reader *reader, struct weir_block_pool *pool, struct line *out)
{
    if (reader->lost || reader->told || reader->full_size == 0) {
        return false;
    }
    reader->told = true;
    *out = (struct line){.text = weir_block_pool_find(pool, reader->buffer),
                         .size = reader->size,
                         .full_size = reader->full_size};
    return true;
}

void line_reader_fini(struct line_reader *reader, struct weir_block_pool *pool)
{
    weir_block_pool_remove(pool, reader->buffer);
    reader->buffer = 0;
    reader->lost = true;
}
