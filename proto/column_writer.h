/* SPDX-License-Identifier: Apache-2.0
 *
 * column_writer: rows of structs as one block of columns, in protobuf's wire bytes.
 *
 * Shape:   message Block of weir/v1/flow_batch.proto. It goes over the rows in tiles small enough
 *          for the processor's cache, column by column within a tile.
 * Owns:    its columns' memory, kept between blocks; borrows the batch's texts.
 * Errors:  want of memory is remembered in the output's `failed`.
 * Threads: one writer, one thread.
 */
#ifndef WEIR_PROTO_COLUMN_WRITER_H
#define WEIR_PROTO_COLUMN_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"

#include "proto/batch_dictionary.h"
#include "proto/column.h"

#define WEIR_COLUMNS_MAX 160 /* of one kind of block */

struct weir_column_writer {
    struct weir_batch_dictionary *texts;
    struct weir_buffer room;              /* of all columns; each has the same share */
    uint8_t *end[WEIR_COLUMNS_MAX];       /* next byte of each column */
    uint64_t seen[WEIR_COLUMNS_MAX];      /* all values or-ed: 0 = the column need not travel */
    const void *before[WEIR_COLUMNS_MAX]; /* the last text of each column, and its index */
    uint32_t index[WEIR_COLUMNS_MAX];
};

struct weir_column_writer_block {
    const struct weir_block *kind;
    const struct weir_column_row *rows;
    const uint32_t *records; /* the row of the batch that each speaks of; NULL: of none */
    size_t count;
};

void weir_column_writer_init(struct weir_column_writer *writer,
                             struct weir_batch_dictionary *texts);
void weir_column_writer_fini(struct weir_column_writer *writer);

/* Appends the block as field `number` of the message in *out; nothing for no rows. The rows are
 * valid, and the dictionary has room for text_count entries a row. */
void weir_column_writer_add(struct weir_column_writer *writer,
                            const struct weir_column_writer_block *block, unsigned number,
                            struct weir_buffer *out);

#endif
