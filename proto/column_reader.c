/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/column_reader.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "common/flow/address.h"

#define TILE        32U /* rows that stay in the nearest cache while all columns are read */
#define ABSENT_BITS UINT32_C(0xbf800000) /* -1.0F */
#define COLUMNS_MAX 160U
#define VARINT_MAX  10U

/* A column being read; at is NULL when it did not travel. */
struct source {
    const uint8_t *at, *end;
};

/* `bad` gathers every bit that may not be set, so that the loops have no branch a value. */
struct reading {
    const struct weir_column_reader_texts *texts;
    uint64_t bad;
};

const struct weir_block *weir_column_reader_kind(uint32_t number)
{
    const struct weir_block *kinds = weir_block_table();
    for (size_t i = 0; i < WEIR_BLOCK_COUNT; i++) {
        if (kinds[i].number == number) {
            return &kinds[i];
        }
    }
    return NULL;
}

static bool take_long(struct source *source, uint64_t *out)
{
    uint64_t value = 0;
    const uint8_t *at = source->at;
    for (unsigned i = 0; i < VARINT_MAX && at < source->end; i++) {
        const uint8_t byte = *at++;
        value |= (uint64_t)(byte & 0x7FU) << (7 * i);
        if ((byte & 0x80U) == 0) {
            source->at = at;
            *out = value;
            return true;
        }
    }
    return false;
}

static inline bool take(struct source *source, uint64_t *out)
{
    const uint8_t *at = source->at;
    if (at < source->end && at[0] < 0x80U) {
        *out = at[0];
        source->at = at + 1;
        return true;
    }
    if (source->end - at >= 2 && at[1] < 0x80U) {
        *out = (uint64_t)(at[0] & 0x7FU) | (uint64_t)at[1] << 7;
        source->at = at + 2;
        return true;
    }
    return take_long(source, out);
}

static inline uint8_t *member_of(const struct weir_column_reader_row *row,
                                 const struct weir_column *column)
{
    return (uint8_t *)row->at + column->offset;
}

static inline uint64_t unzigzag(uint64_t wire)
{
    return (wire >> 1) ^ (0 - (wire & 1));
}

/* Reads a value a row as `wire` and puts the expression into the member; faults must be 0. */
#define SCATTER(type, expression, faults)                                                          \
    for (size_t i = 0; i < count; i++) {                                                           \
        uint64_t wire = 0;                                                                         \
        if (!take(source, &wire)) {                                                                \
            return false;                                                                          \
        }                                                                                          \
        const type value = (type)(expression);                                                     \
        reading->bad |= (uint64_t)(faults);                                                        \
        memcpy(member_of(&rows[i], column), &value, sizeof(value));                                \
    }                                                                                              \
    return true;

static bool scatter_uints(struct reading *reading, const struct weir_column *column,
                          struct source *source, const struct weir_column_reader_row *rows,
                          size_t count)
{
    if (column->form == WEIR_COLUMN_FLAG) {
        SCATTER(bool, wire != 0, wire >> 1)
    }
    switch (column->width) {
    case 1:
        SCATTER(uint8_t, wire, wire >> 8)
    case 2:
        SCATTER(uint16_t, wire, wire >> 16)
    case 4:
        SCATTER(uint32_t, wire, wire >> 32)
    default:
        SCATTER(uint64_t, wire, 0)
    }
}

static bool scatter_optional(struct reading *reading, const struct weir_column *column,
                             struct source *source, const struct weir_column_reader_row *rows,
                             size_t count)
{
    if (column->width == sizeof(int32_t)) {
        SCATTER(int32_t, (uint32_t)wire - 1U, wire > UINT64_C(1) << 31)
    }
    SCATTER(int64_t, wire - 1, wire > UINT64_C(1) << 63)
}

static bool scatter_times(struct reading *reading, const struct weir_column *column,
                          struct source *source, const struct weir_column_reader_row *rows,
                          size_t count)
{
    if (column->form == WEIR_COLUMN_INT) {
        SCATTER(int64_t, unzigzag(wire), 0)
    }
    if (column->form == WEIR_COLUMN_SINCE_START) {
        SCATTER(int64_t, wire == 0 ? UINT64_MAX : (uint64_t)rows[i].start_us + unzigzag(wire - 1),
                wire != 0 && value < 0)
    }
    SCATTER(int64_t, wire == 0 ? UINT64_MAX : (uint64_t)rows[i].end_us + unzigzag(wire - 1),
            wire != 0 && value < 0)
}

static bool copy_reals(const struct weir_column *column, struct source *source,
                       const struct weir_column_reader_row *rows, size_t count)
{
    const uint32_t empty = column->form == WEIR_COLUMN_OPTIONAL_REAL ? ABSENT_BITS : 0;
    if ((size_t)(source->end - source->at) < count * sizeof(uint32_t)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = 0;
        memcpy(&bits, source->at, sizeof(bits));
        source->at += sizeof(bits);
        bits = le32toh(bits) ^ empty;
        memcpy(member_of(&rows[i], column), &bits, sizeof(bits));
    }
    return true;
}

static bool copy_runs(struct reading *reading, const struct weir_column *column,
                      struct source *source, const struct weir_column_reader_row *rows,
                      size_t count)
{
    const bool is_signed = column->form == WEIR_COLUMN_RUN_INT;
    for (size_t i = 0; i < count; i++) {
        uint8_t *elements = member_of(&rows[i], column);
        const uint8_t length = ((const uint8_t *)rows[i].at)[column->count_offset];
        if (length > column->count_max) {
            return false;
        }
        for (size_t element = 0; element < length; element++) {
            uint64_t wire = 0;
            if (!take(source, &wire)) {
                return false;
            }
            reading->bad |= wire >> 32;
            const uint32_t value = (uint32_t)(is_signed ? unzigzag(wire) : wire);
            memcpy(elements + element * sizeof(value), &value, sizeof(value));
        }
    }
    return true;
}

/* Puts one entry into a member; false when it cannot hold it. */
static bool put_text(const struct weir_column *column, const uint8_t *text, size_t size,
                     uint8_t *member)
{
    uint64_t word = 0;
    switch ((enum weir_column_form)column->form) {
    case WEIR_COLUMN_TEXT:
        if (size >= column->width || memchr(text, '\0', size) != NULL) {
            return false;
        }
        memcpy(member, text, size);
        return true;
    case WEIR_COLUMN_ADDRESS:
        if (size != 4 && size != 16) {
            return false;
        }
        memcpy(member, text, size);
        member[offsetof(struct weir_address, size)] = (uint8_t)size;
        return true;
    case WEIR_COLUMN_BYTES:
        if (size != column->width) {
            return false;
        }
        memcpy(member, text, size);
        return true;
    case WEIR_COLUMN_WORD:
        if (size != sizeof(word)) {
            return false;
        }
        memcpy(&word, text, sizeof(word));
        word = le64toh(word);
        memcpy(member, &word, sizeof(word));
        return true;
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
    return false;
}

static bool copy_texts(struct reading *reading, const struct weir_column *column,
                       struct source *source, const struct weir_column_reader_row *rows,
                       size_t count)
{
    const struct weir_column_reader_texts *texts = reading->texts;
    for (size_t i = 0; i < count; i++) {
        uint64_t index = 0;
        if (!take(source, &index) || index > texts->count) {
            return false;
        }
        if (index != 0 && !put_text(column, texts->bytes + texts->offsets[index - 1],
                                    texts->offsets[index] - texts->offsets[index - 1],
                                    member_of(&rows[i], column))) {
            return false;
        }
    }
    return true;
}

static bool read_tile(struct reading *reading, const struct weir_column *column,
                      struct source *source, const struct weir_column_reader_row *rows,
                      size_t count)
{
    switch ((enum weir_column_form)column->form) {
    case WEIR_COLUMN_UINT:
    case WEIR_COLUMN_FLAG:
        return scatter_uints(reading, column, source, rows, count);
    case WEIR_COLUMN_OPTIONAL:
        return scatter_optional(reading, column, source, rows, count);
    case WEIR_COLUMN_INT:
    case WEIR_COLUMN_SINCE_START:
    case WEIR_COLUMN_SINCE_END:
        return scatter_times(reading, column, source, rows, count);
    case WEIR_COLUMN_REAL:
    case WEIR_COLUMN_OPTIONAL_REAL:
        return copy_reals(column, source, rows, count);
    case WEIR_COLUMN_RUN_UINT:
    case WEIR_COLUMN_RUN_INT:
        return copy_runs(reading, column, source, rows, count);
    case WEIR_COLUMN_TEXT:
    case WEIR_COLUMN_BYTES:
    case WEIR_COLUMN_WORD:
    case WEIR_COLUMN_ADDRESS:
        return copy_texts(reading, column, source, rows, count);
    }
    return false;
}

/* Finds what travelled of each column that we know. */
static bool find_sources(const struct weir_column_reader_block *block, struct source *sources)
{
    const struct weir_block *kind = block->kind;
    for (size_t i = 0; i < block->column_count; i++) {
        const struct weir_column_reader_column *came = &block->columns[i];
        size_t at = 0;
        while (at < kind->column_count && kind->columns[at].number != came->number) {
            at++;
        }
        if (at == kind->column_count) {
            continue;
        }
        if (sources[at].at != NULL || came->size == 0) {
            return false;
        }
        sources[at] = (struct source){came->values, came->values + came->size};
    }
    return true;
}

int weir_column_reader_read(const struct weir_column_reader_block *block,
                            const struct weir_column_reader_texts *texts)
{
    const struct weir_block *kind = block->kind;
    struct source sources[COLUMNS_MAX] = {{NULL, NULL}};
    struct reading reading = {.texts = texts};
    if (kind->column_count > COLUMNS_MAX || !find_sources(block, sources)) {
        return WEIR_EFORMAT;
    }
    for (size_t row = 0; row < block->count; row += TILE) {
        const size_t left = block->count - row;
        for (size_t i = 0; i < kind->column_count; i++) {
            if (sources[i].at != NULL && !read_tile(&reading, &kind->columns[i], &sources[i],
                                                    block->rows + row, left < TILE ? left : TILE)) {
                return WEIR_EFORMAT;
            }
        }
    }
    for (size_t i = 0; i < kind->column_count; i++) {
        if (sources[i].at != sources[i].end) {
            return WEIR_EFORMAT;
        }
    }
    return reading.bad == 0 ? 0 : WEIR_EFORMAT;
}
