/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/column_writer.h"

#include <endian.h>
#include <string.h>

#include "common/base/check.h"

#include "common/flow/address.h"

#include "proto/wire_bytes.h"

#define TILE         32U /* rows that stay in the nearest cache while all columns are written */
#define STAGGER      192U
#define ABSENT_BITS  UINT32_C(0xbf800000) /* -1.0F */
#define RUN_BYTES    5U
#define BLOCK_NUMBER 1
#define BLOCK_COUNT  2
#define BLOCK_ROWS   3
#define BLOCK_COLUMN 4

void weir_column_writer_init(struct weir_column_writer *writer, struct weir_batch_dictionary *texts)
{
    *writer = (struct weir_column_writer){.texts = texts};
}

void weir_column_writer_fini(struct weir_column_writer *writer)
{
    weir_buffer_fini(&writer->room);
}

static inline const uint8_t *member_of(const struct weir_column_row *row,
                                       const struct weir_column *column)
{
    return (const uint8_t *)row->at + column->offset;
}

/* Gathers a member of all rows of a tile as it travels; gives all values or-ed. */
#define GATHER(type, expression)                                                                   \
    for (size_t i = 0; i < count; i++) {                                                           \
        type value;                                                                                \
        memcpy(&value, member_of(&rows[i], column), sizeof(value));                                \
        values[i] = (expression);                                                                  \
        any |= values[i];                                                                          \
    }                                                                                              \
    return any;

static uint64_t gather_uints(const struct weir_column *column, const struct weir_column_row *rows,
                             size_t count, uint64_t *values)
{
    uint64_t any = 0;
    switch (column->width) {
    case 1:
        GATHER(uint8_t, value)
    case 2:
        GATHER(uint16_t, value)
    case 4:
        GATHER(uint32_t, value)
    default:
        GATHER(uint64_t, value)
    }
}

static uint64_t gather_optional(const struct weir_column *column,
                                const struct weir_column_row *rows, size_t count, uint64_t *values)
{
    uint64_t any = 0;
    if (column->width == sizeof(int32_t)) {
        GATHER(int32_t, (uint64_t)((int64_t)value + 1))
    }
    GATHER(int64_t, (uint64_t)value + 1)
}

static uint64_t gather_times(const struct weir_column *column, const struct weir_column_row *rows,
                             size_t count, uint64_t *values)
{
    uint64_t any = 0;
    if (column->form == WEIR_COLUMN_INT) {
        GATHER(int64_t, weir_zigzag_difference((uint64_t)value, 0))
    }
    if (column->form == WEIR_COLUMN_SINCE_START) {
        GATHER(int64_t,
               value < 0 ? 0
                         : weir_zigzag_difference((uint64_t)value, (uint64_t)rows[i].start_us) + 1)
    }
    GATHER(int64_t,
           value < 0 ? 0 : weir_zigzag_difference((uint64_t)value, (uint64_t)rows[i].end_us) + 1)
}

/* The bytes that a row refers to; none when it refers to nothing. word: where they may be put. */
static const void *text_of(const struct weir_column *column, const uint8_t *member, size_t *size,
                           uint64_t *word)
{
    static const uint8_t zeros[16];
    switch ((enum weir_column_form)column->form) {
    case WEIR_COLUMN_TEXT:
        *size = strnlen((const char *)member, column->width);
        return member;
    case WEIR_COLUMN_ADDRESS:
        *size = member[offsetof(struct weir_address, size)];
        return member;
    case WEIR_COLUMN_WORD:
        memcpy(word, member, sizeof(*word));
        *size = *word == 0 ? 0 : sizeof(*word);
        *word = htole64(*word);
        return word;
    case WEIR_COLUMN_BYTES:
        *size = memcmp(member, zeros, column->width) == 0 ? 0 : column->width;
        return member;
    case WEIR_COLUMN_UINT:
    case WEIR_COLUMN_FLAG:
    case WEIR_COLUMN_INT:
    case WEIR_COLUMN_OPTIONAL:
    case WEIR_COLUMN_SINCE_START:
    case WEIR_COLUMN_SINCE_END:
    case WEIR_COLUMN_REAL:
    case WEIR_COLUMN_OPTIONAL_REAL:
    case WEIR_COLUMN_RUN_UINT:
    case WEIR_COLUMN_RUN_INT:
        break;
    }
    *size = 0;
    return member;
}

/* The row before often has the same text: then nothing is looked up. */
static uint64_t gather_texts(struct weir_column_writer *writer, size_t at,
                             const struct weir_column *column, const struct weir_column_row *rows,
                             size_t count, uint64_t *values)
{
    uint64_t any = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *member = member_of(&rows[i], column);
        if (column->form == WEIR_COLUMN_TEXT && member[0] == '\0') {
            values[i] = 0;
            continue;
        }
        if (writer->before[at] == NULL || memcmp(member, writer->before[at], column->width) != 0) {
            uint64_t word = 0;
            size_t size = 0;
            const void *text = text_of(column, member, &size, &word);
            writer->index[at] = weir_batch_dictionary_add(writer->texts, text, size);
            writer->before[at] = member;
        }
        values[i] = writer->index[at];
        any |= values[i];
    }
    return any;
}

static uint64_t write_reals(const struct weir_column *column, const struct weir_column_row *rows,
                            size_t count, uint8_t **out)
{
    const uint32_t empty = column->form == WEIR_COLUMN_OPTIONAL_REAL ? ABSENT_BITS : 0;
    uint8_t *at = *out;
    uint64_t any = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = 0;
        memcpy(&bits, member_of(&rows[i], column), sizeof(bits));
        bits ^= empty;
        any |= bits;
        const uint32_t little = htole32(bits);
        memcpy(at, &little, sizeof(little));
        at += sizeof(little);
    }
    *out = at;
    return any;
}

static uint64_t write_runs(const struct weir_column *column, const struct weir_column_row *rows,
                           size_t count, uint8_t **out)
{
    const bool is_signed = column->form == WEIR_COLUMN_RUN_INT;
    uint8_t *at = *out;
    uint64_t any = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *elements = member_of(&rows[i], column);
        const uint8_t length = ((const uint8_t *)rows[i].at)[column->count_offset];
        for (size_t element = 0; element < length; element++) {
            uint32_t value = 0;
            memcpy(&value, elements + element * sizeof(value), sizeof(value));
            value = is_signed ? value << 1 ^ (0 - (value >> 31)) : value;
            at = value <= WEIR_VARINT_SHORT_MAX ? weir_varint_write_short(at, value)
                                                : weir_varint_write(at, value);
        }
        any |= length;
    }
    *out = at;
    return any;
}

static uint8_t *write_values(uint8_t *at, const uint64_t *values, size_t count, uint64_t any)
{
    if (any == 0) {
        memset(at, 0, count);
        return at + count;
    }
    if (any < 0x80U && count == TILE) { /* wide steps, for the count is known */
        for (size_t i = 0; i < TILE; i++) {
            at[i] = (uint8_t)values[i];
        }
        return at + TILE;
    }
    if (any < 0x80U) {
        for (size_t i = 0; i < count; i++) {
            at[i] = (uint8_t)values[i];
        }
        return at + count;
    }
    if (any <= WEIR_VARINT_SHORT_MAX) {
        for (size_t i = 0; i < count; i++) {
            at = weir_varint_write_short(at, (uint32_t)values[i]);
        }
        return at;
    }
    for (size_t i = 0; i < count; i++) {
        at = weir_varint_write(at, values[i]);
    }
    return at;
}

static void write_tile(struct weir_column_writer *writer, size_t index,
                       const struct weir_column *column, const struct weir_column_row *rows,
                       size_t count)
{
    uint64_t values[TILE];
    uint64_t any = 0;
    uint8_t **end = &writer->end[index];
    switch ((enum weir_column_form)column->form) {
    case WEIR_COLUMN_REAL:
    case WEIR_COLUMN_OPTIONAL_REAL:
        writer->seen[index] |= write_reals(column, rows, count, end);
        return;
    case WEIR_COLUMN_RUN_UINT:
    case WEIR_COLUMN_RUN_INT:
        writer->seen[index] |= write_runs(column, rows, count, end);
        return;
    case WEIR_COLUMN_UINT:
    case WEIR_COLUMN_FLAG:
        any = gather_uints(column, rows, count, values);
        break;
    case WEIR_COLUMN_OPTIONAL:
        any = gather_optional(column, rows, count, values);
        break;
    case WEIR_COLUMN_INT:
    case WEIR_COLUMN_SINCE_START:
    case WEIR_COLUMN_SINCE_END:
        any = gather_times(column, rows, count, values);
        break;
    case WEIR_COLUMN_TEXT:
    case WEIR_COLUMN_BYTES:
    case WEIR_COLUMN_WORD:
    case WEIR_COLUMN_ADDRESS:
        any = gather_texts(writer, index, column, rows, count, values);
        break;
    }
    writer->seen[index] |= any;
    *end = write_values(*end, values, count, any);
}

static size_t room_of(const struct weir_column *column, size_t rows)
{
    const size_t row = column->count_max == 0 ? WEIR_VARINT_MAX : RUN_BYTES * column->count_max;
    return rows * row + STAGGER;
}

/* Places every column in the room; false without memory. */
static bool place(struct weir_column_writer *writer, const struct weir_block *kind, size_t rows)
{
    size_t size = 0;
    for (size_t i = 0; i < kind->column_count; i++) {
        size += room_of(&kind->columns[i], rows);
    }
    weir_buffer_reset(&writer->room);
    uint8_t *at = weir_buffer_reserve(&writer->room, size);
    for (size_t i = 0; at != NULL && i < kind->column_count; i++) {
        writer->end[i] = at;
        writer->seen[i] = 0;
        writer->before[i] = NULL;
        at += room_of(&kind->columns[i], rows);
    }
    return at != NULL;
}

/* Bytes of a varint. */
static size_t length_of(uint64_t value)
{
    uint8_t bytes[WEIR_VARINT_MAX];
    return (size_t)(weir_varint_write(bytes, value) - bytes);
}

static size_t column_size(unsigned number, size_t values)
{
    return 1 + length_of(number) + 1 + length_of(values) + values;
}

static void add_columns(struct weir_column_writer *writer, const struct weir_block *kind,
                        size_t rows, struct weir_buffer *out)
{
    const uint8_t *from = writer->room.bytes;
    for (size_t i = 0; i < kind->column_count; i++) {
        const struct weir_column *column = &kind->columns[i];
        const size_t size = (size_t)(writer->end[i] - from);
        if (writer->seen[i] != 0) {
            weir_wire_add_head(out, BLOCK_COLUMN, column_size(column->number, size));
            weir_wire_add_varint(out, 1, column->number);
            weir_wire_add_bytes(out, 2, from, size);
        }
        from += room_of(column, rows);
    }
}

static size_t columns_size(const struct weir_column_writer *writer, const struct weir_block *kind,
                           size_t rows)
{
    const uint8_t *from = writer->room.bytes;
    size_t size = 0;
    for (size_t i = 0; i < kind->column_count; i++) {
        const size_t inner = column_size(kind->columns[i].number, (size_t)(writer->end[i] - from));
        size += writer->seen[i] == 0 ? 0 : 1 + length_of(inner) + inner;
        from += room_of(&kind->columns[i], rows);
    }
    return size;
}

static size_t rows_size(const struct weir_column_writer_block *block)
{
    size_t size = 0;
    uint32_t next = 0;
    for (size_t i = 0; block->records != NULL && i < block->count; i++) {
        size += length_of(block->records[i] + 1U - next);
        next = block->records[i] + 1U;
    }
    return size;
}

static void add_rows(const struct weir_column_writer_block *block, size_t size,
                     struct weir_buffer *out)
{
    weir_wire_add_head(out, BLOCK_ROWS, size);
    uint8_t *at = weir_buffer_reserve(out, size);
    uint32_t next = 0;
    for (size_t i = 0; at != NULL && i < block->count; i++) {
        at = weir_varint_write(at, block->records[i] + 1U - next);
        next = block->records[i] + 1U;
    }
    out->size += at == NULL ? 0 : size;
}

void weir_column_writer_add(struct weir_column_writer *writer,
                            const struct weir_column_writer_block *block, unsigned number,
                            struct weir_buffer *out)
{
    const struct weir_block *kind = block->kind;
    weir_check(kind->column_count <= WEIR_COLUMNS_MAX);
    if (block->count == 0) {
        return;
    }
    if (!place(writer, kind, block->count)) {
        out->failed = true;
        return;
    }
    for (size_t row = 0; row < block->count; row += TILE) {
        const size_t left = block->count - row;
        for (size_t i = 0; i < kind->column_count; i++) {
            write_tile(writer, i, &kind->columns[i], block->rows + row, left < TILE ? left : TILE);
        }
    }
    const size_t rows = rows_size(block);
    const size_t size = 1 + length_of(kind->number) + 1 + length_of(block->count) +
                        (rows == 0 ? 0 : 1 + length_of(rows) + rows) +
                        columns_size(writer, kind, block->count);
    weir_wire_add_head(out, number, size);
    weir_wire_add_varint(out, BLOCK_NUMBER, kind->number);
    weir_wire_add_varint(out, BLOCK_COUNT, block->count);
    if (rows > 0) {
        add_rows(block, rows, out);
    }
    add_columns(writer, kind, block->count, out);
}
