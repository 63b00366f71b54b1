/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/table_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/check.h"
#include "common/base/clock.h"

#define CELL_TEXT_BYTES 64

/* One value as text, before the format's own quoting. */
struct cell {
    const char *text; /* NULL = no value */
    bool quoted;      /* text: strings and times, which JSON puts in quotes */
};

struct weir_table_writer {
    enum weir_table_format format;
    const struct weir_column *columns;
    size_t column_count;
    FILE *out;
    size_t next_column;
    uint64_t row_count;
    struct weir_buffer kept; /* TABLE: every cell of every row, each ended by NUL */
    size_t *widths;          /* TABLE: characters of the widest cell a column */
};

static void write_csv_text(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        (void)fputs(text, out);
        return;
    }
    (void)fputc('"', out);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"') {
            (void)fputc('"', out);
        }
        (void)fputc(*at, out);
    }
    (void)fputc('"', out);
}

/* Bytes of the UTF-8 character at `at`, or 0 when it is not one (RFC 3629). */
static size_t utf8_size(const unsigned char *at)
{
    if (at[0] < 0x80) {
        return 1;
    }
    const size_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    const bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    const bool beyond = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
    return overlong || beyond ? 0 : size;
}

/* Names seen on the wire need not be UTF-8, JSON must be: a wrong byte becomes U+FFFD. */
static void write_json_text(FILE *out, const char *text)
{
    (void)fputc('"', out);
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        const size_t size = utf8_size(at);
        if (size == 0) {
            (void)fputs("\\ufffd", out);
        } else if (*at == '"' || *at == '\\') {
            (void)fprintf(out, "\\%c", *at);
        } else if (*at < 0x20 || *at == 0x7f) {
            (void)fprintf(out, "\\u%04x", *at);
        } else {
            (void)fwrite(at, 1, size, out);
        }
        at += size == 0 ? 1 : size;
    }
    (void)fputc('"', out);
}

/* A table is read on a terminal: no byte that came from a peer may drive it. */
static void keep_table_text(struct weir_table_writer *writer, const char *text)
{
    size_t width = 0;
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        const size_t size = utf8_size(at);
        /* U+0080..U+009F are control characters too */
        const bool shown =
            size > 0 && *at >= 0x20 && *at != 0x7f && !(at[0] == 0xc2 && at[1] < 0xa0);
        weir_buffer_add(&writer->kept, shown ? (const char *)at : "?", shown ? size : 1);
        at += size == 0 ? 1 : size;
        width++;
    }
    weir_buffer_add_u8(&writer->kept, 0);
    size_t *widest = &writer->widths[writer->next_column];
    *widest = width > *widest ? width : *widest;
}

static void begin_json_cell(struct weir_table_writer *writer)
{
    if (writer->next_column == 0) {
        if (writer->format == WEIR_TABLE_JSON) {
            (void)fputs(writer->row_count == 0 ? "[\n" : ",\n", writer->out);
        }
        (void)fputc('{', writer->out);
    } else {
        (void)fputc(',', writer->out);
    }
    write_json_text(writer->out, writer->columns[writer->next_column].name);
    (void)fputc(':', writer->out);
}

static void add_cell(struct weir_table_writer *writer, struct cell cell)
{
    weir_check(writer->next_column < writer->column_count);
    switch (writer->format) {
    case WEIR_TABLE_TABLE:
        keep_table_text(writer, cell.text != NULL ? cell.text : "-");
        break;
    case WEIR_TABLE_CSV:
        if (writer->next_column > 0) {
            (void)fputc(',', writer->out);
        }
        write_csv_text(writer->out, cell.text != NULL ? cell.text : "");
        break;
    case WEIR_TABLE_JSON:
    case WEIR_TABLE_JSONL:
        begin_json_cell(writer);
        if (cell.text != NULL && cell.quoted) {
            write_json_text(writer->out, cell.text);
        } else {
            (void)fputs(cell.text != NULL ? cell.text : "null", writer->out);
        }
        break;
    }
    writer->next_column++;
}

int weir_table_writer_new(enum weir_table_format format, const struct weir_column *columns,
                          size_t count, FILE *out, struct weir_table_writer **out_writer)
{
    if (count == 0) {
        return WEIR_EINVAL;
    }
    struct weir_table_writer *writer = (struct weir_table_writer *)calloc(1, sizeof(*writer));
    size_t *widths = (size_t *)calloc(count, sizeof(*widths));
    if (writer == NULL || widths == NULL) {
        free(writer);
        free(widths);
        return WEIR_ENOMEM;
    }
    *writer = (struct weir_table_writer){
        .format = format, .columns = columns, .column_count = count, .out = out, .widths = widths};
    for (size_t i = 0; i < count; i++) {
        widths[i] = strlen(columns[i].name);
        if (format == WEIR_TABLE_CSV) {
            (void)fputs(i > 0 ? "," : "", out);
            write_csv_text(out, columns[i].name);
        }
    }
    if (format == WEIR_TABLE_CSV) {
        (void)fputc('\n', out);
    }
    *out_writer = writer;
    return WEIR_OK;
}

static const struct weir_column *column_for(const struct weir_table_writer *writer,
                                            enum weir_column_type type)
{
    weir_check(writer->next_column < writer->column_count);
    const struct weir_column *column = &writer->columns[writer->next_column];
    weir_check(column->type == type);
    return column;
}

void weir_table_writer_add_text(struct weir_table_writer *writer, const char *text)
{
    (void)column_for(writer, WEIR_COLUMN_TEXT);
    add_cell(writer, (struct cell){.text = text, .quoted = true});
}

void weir_table_writer_add_count(struct weir_table_writer *writer, uint64_t value)
{
    char text[CELL_TEXT_BYTES];
    (void)column_for(writer, WEIR_COLUMN_COUNT);
    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    add_cell(writer, (struct cell){.text = text});
}

void weir_table_writer_add_integer(struct weir_table_writer *writer, int64_t value)
{
    char text[CELL_TEXT_BYTES];
    (void)column_for(writer, WEIR_COLUMN_INTEGER);
    (void)snprintf(text, sizeof(text), "%" PRId64, value);
    add_cell(writer, (struct cell){.text = text});
}

void weir_table_writer_add_real(struct weir_table_writer *writer, double value)
{
    char text[CELL_TEXT_BYTES];
    const struct weir_column *column = column_for(writer, WEIR_COLUMN_REAL);
    if (!isfinite(value)) {
        weir_table_writer_add_null(writer);
        return;
    }
    if (writer->format == WEIR_TABLE_TABLE && column->decimals > 0 && fabs(value) < 1e18) {
        (void)snprintf(text, sizeof(text), "%.*f", column->decimals, value);
    } else if (writer->format == WEIR_TABLE_TABLE) {
        (void)snprintf(text, sizeof(text), "%.6g", value);
    } else {
        (void)snprintf(text, sizeof(text), "%.15g", value);
        if (strtod(text, NULL) < value || strtod(text, NULL) > value) {
            (void)snprintf(text, sizeof(text), "%.17g", value);
        }
    }
    add_cell(writer, (struct cell){.text = text});
}

void weir_table_writer_add_flag(struct weir_table_writer *writer, bool value)
{
    (void)column_for(writer, WEIR_COLUMN_FLAG);
    add_cell(writer, (struct cell){.text = value ? "true" : "false"});
}

void weir_table_writer_add_time(struct weir_table_writer *writer, int64_t wall_us)
{
    char text[28];
    (void)column_for(writer, WEIR_COLUMN_TIME);
    weir_wall_text(wall_us, text);
    add_cell(writer, (struct cell){.text = text, .quoted = true});
}

void weir_table_writer_add_null(struct weir_table_writer *writer)
{
    add_cell(writer, (struct cell){.text = NULL});
}

void weir_table_writer_end_row(struct weir_table_writer *writer)
{
    weir_check(writer->next_column == writer->column_count);
    switch (writer->format) {
    case WEIR_TABLE_TABLE:
        break;
    case WEIR_TABLE_CSV:
        (void)fputc('\n', writer->out);
        break;
    case WEIR_TABLE_JSON:
        (void)fputc('}', writer->out);
        break;
    case WEIR_TABLE_JSONL:
        (void)fputs("}\n", writer->out);
        break;
    }
    writer->next_column = 0;
    writer->row_count++;
}

static size_t width_of(const char *text)
{
    size_t width = 0;
    for (const char *at = text; *at != '\0'; at++) {
        width += ((unsigned char)*at & 0xc0) != 0x80 ? 1 : 0; /* bytes that begin a character */
    }
    return width;
}

static void pad(FILE *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)fputc(' ', out);
    }
}

/* Numbers stand right, so that their digits line up; the last column ends without blanks. */
static void write_aligned(const struct weir_table_writer *writer, size_t column, const char *text)
{
    const enum weir_column_type type = writer->columns[column].type;
    const bool right =
        type == WEIR_COLUMN_COUNT || type == WEIR_COLUMN_INTEGER || type == WEIR_COLUMN_REAL;
    const size_t blanks = writer->widths[column] - width_of(text);
    const bool last = column + 1 == writer->column_count;
    pad(writer->out, right ? blanks : 0);
    (void)fputs(text, writer->out);
    pad(writer->out, right || last ? 0 : blanks);
    (void)fputs(last ? "\n" : "  ", writer->out);
}

static void write_table(const struct weir_table_writer *writer)
{
    for (size_t i = 0; i < writer->column_count; i++) {
        write_aligned(writer, i, writer->columns[i].name);
    }
    const char *at = (const char *)writer->kept.bytes;
    for (uint64_t row = 0; row < writer->row_count; row++) {
        for (size_t i = 0; i < writer->column_count; i++) {
            write_aligned(writer, i, at);
            at += strlen(at) + 1;
        }
    }
}

int weir_table_writer_finish(struct weir_table_writer *writer)
{
    weir_check(writer->next_column == 0);
    int err = WEIR_OK;
    if (writer->kept.failed) {
        err = WEIR_ENOMEM;
    } else if (writer->format == WEIR_TABLE_TABLE) {
        write_table(writer);
    } else if (writer->format == WEIR_TABLE_JSON) {
        (void)fputs(writer->row_count == 0 ? "[]\n" : "\n]\n", writer->out);
    }
    if (err == WEIR_OK && (fflush(writer->out) != 0 || ferror(writer->out) != 0)) {
        err = WEIR_EIO;
    }
    weir_buffer_fini(&writer->kept);
    free(writer->widths);
    free(writer);
    return err;
}
