/* SPDX-License-Identifier: Apache-2.0
 *
 * batch_blocks: the blocks of one batch and the texts they refer to, written and read.
 *
 * Writing looks for the records that have statistics and details, and gives each kind of block the
 * rows it has; reading makes the statistics and details of the records that the blocks name.
 *
 * Owns:    the writer keeps its memory between batches. What is read lies in the caller's arena;
 *          a record's details end behind the last block it has (weir_flow_details_size).
 * Errors:  writing: want of memory is remembered in the output's `failed`. Reading: WEIR_EFORMAT,
 *          WEIR_ELIMIT, WEIR_ENOMEM.
 * Threads: one writer, one thread.
 */
#ifndef WEIR_PROTO_BATCH_BLOCKS_H
#define WEIR_PROTO_BATCH_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/err.h"

#include "common/flow/flow_batch.h"

#include "proto/batch_dictionary.h"
#include "proto/column_reader.h"
#include "proto/column_writer.h"

struct weir_batch_blocks {
    struct weir_batch_dictionary texts;
    struct weir_column_writer writer;
    struct weir_column_row *rows; /* WEIR_BATCH_RECORDS_MAX */
    uint32_t *records;            /* as many */
};

WEIR_MUST_CHECK int weir_batch_blocks_init(struct weir_batch_blocks *blocks, uint64_t key);
void weir_batch_blocks_fini(struct weir_batch_blocks *blocks);

/* Appends texts and blocks to the FlowBatch message in *out. */
void weir_batch_blocks_add(struct weir_batch_blocks *blocks, const struct weir_flow_batch *batch,
                           struct weir_buffer *out);

struct weir_batch_block { /* one block as it came */
    uint32_t number, count;
    const uint8_t *rows;
    size_t rows_size;
    const struct weir_column_reader_column *columns;
    size_t column_count;
};

struct weir_batch_blocks_came {
    const struct weir_batch_block *at;
    size_t count;
    const uint8_t *text_sizes; /* varints */
    size_t text_sizes_size;
    const uint8_t *text_bytes;
    size_t text_bytes_size;
};

/* Gives the batch's records their statistics and details, and the batch its events and markers.
 * The records' own fields are read before. Scratch is needed only while it runs. */
WEIR_MUST_CHECK int weir_batch_blocks_read(const struct weir_batch_blocks_came *came,
                                           struct weir_arena *scratch, struct weir_arena *arena,
                                           struct weir_flow_batch *batch);

#endif
