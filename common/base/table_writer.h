/* SPDX-License-Identifier: Apache-2.0
 *
 * weir_table_writer: rows of named, typed columns, written for people or for programs.
 *
 * Shape:   one add call a column, left to right, then weir_table_writer_end_row(). CSV, JSON and
 *          JSONL stream; TABLE keeps all rows until finish, because it aligns them.
 *          CSV is RFC 4180 with a header line and LF line ends; JSON is one array with one object a
 *          line; JSONL is the objects alone. NULL is empty in CSV, null in JSON, "-" in a table.
 * Owns:    copies of what was added; columns and out are borrowed.
 * Errors:  remembered, and returned by weir_table_writer_finish().
 */
#ifndef WEIR_COMMON_BASE_TABLE_WRITER_H
#define WEIR_COMMON_BASE_TABLE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

#define WEIR_TABLE_FORMATS "table|csv|json|jsonl" /* choices of an option row, in enum order */

enum weir_table_format {
    WEIR_TABLE_TABLE,
    WEIR_TABLE_CSV,
    WEIR_TABLE_JSON,
    WEIR_TABLE_JSONL,
};

enum weir_column_type {
    WEIR_COLUMN_TEXT,    /* control characters become '?' in a table */
    WEIR_COLUMN_COUNT,   /* uint64_t */
    WEIR_COLUMN_INTEGER, /* int64_t */
    WEIR_COLUMN_REAL,    /* double; not finite = NULL */
    WEIR_COLUMN_FLAG,    /* bool: true, false */
    WEIR_COLUMN_TIME,    /* int64_t us since 1970, as 2026-01-05T10:11:12.345678Z */
};

struct weir_column {
    const char *name;
    enum weir_column_type type;
    int decimals; /* REAL in a table: digits after the point; 0 = as many as needed */
};

struct weir_table_writer;

/* Gives a writer in *out_writer. WEIR_EINVAL with no columns, WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_table_writer_new(enum weir_table_format format,
                                          const struct weir_column *columns, size_t count,
                                          FILE *out, struct weir_table_writer **out_writer);

/* The next column of the row; it must be of this type. */
void weir_table_writer_add_text(struct weir_table_writer *writer, const char *text);
void weir_table_writer_add_count(struct weir_table_writer *writer, uint64_t value);
void weir_table_writer_add_integer(struct weir_table_writer *writer, int64_t value);
void weir_table_writer_add_real(struct weir_table_writer *writer, double value);
void weir_table_writer_add_flag(struct weir_table_writer *writer, bool value);
void weir_table_writer_add_time(struct weir_table_writer *writer, int64_t wall_us);

/* The next column, of any type, is NULL. */
void weir_table_writer_add_null(struct weir_table_writer *writer);

void weir_table_writer_end_row(struct weir_table_writer *writer);

/* Writes what is kept, flushes and frees the writer. WEIR_EIO, WEIR_ENOMEM: the output is not
 * whole.
 */
WEIR_MUST_CHECK int weir_table_writer_finish(struct weir_table_writer *writer);

#endif
