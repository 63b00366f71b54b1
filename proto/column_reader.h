/* SPDX-License-Identifier: Apache-2.0
 *
 * column_reader: the columns of one block of a peer's batch into rows of structs.
 *
 * Shape:   the other side of column_writer. The caller has made the rows, empty, and places them
 *          with their bases; what did not travel is left as it is.
 * Errors:  WEIR_EFORMAT for a column that is there twice, has not as many values as there are rows,
 *          or holds a value that its member cannot.
 * Threads: any.
 */
#ifndef WEIR_PROTO_COLUMN_READER_H
#define WEIR_PROTO_COLUMN_READER_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "proto/column.h"

struct weir_column_reader_texts { /* entry i, from 1, is bytes[offsets[i - 1] .. offsets[i]) */
    const uint8_t *bytes;
    const uint32_t *offsets;
    size_t count;
};

struct weir_column_reader_column { /* as it came */
    uint32_t number;
    const uint8_t *values;
    size_t size;
};

struct weir_column_reader_row {
    void *at;
    int64_t start_us, end_us;
};

struct weir_column_reader_block {
    const struct weir_block *kind;
    const struct weir_column_reader_column *columns;
    size_t column_count;
    const struct weir_column_reader_row *rows;
    size_t count;
};

WEIR_MUST_CHECK int weir_column_reader_read(const struct weir_column_reader_block *block,
                                            const struct weir_column_reader_texts *texts);

/* The kind of block with this number on the wire; NULL for one that is not known. */
const struct weir_block *weir_column_reader_kind(uint32_t number);

#endif
