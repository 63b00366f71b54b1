/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/flow_blocks_codec.h"

#include "proto/batch_blocks.h"
#include "proto/weir/v1/flow_batch.pb-c.h"

int weir_flow_blocks_read(const void *unpacked, struct weir_arena *scratch,
                          struct weir_arena *arena, struct weir_flow_batch *batch)
{
    const Weir__V1__FlowBatch *message = (const Weir__V1__FlowBatch *)unpacked;
    struct weir_batch_block *blocks =
        (struct weir_batch_block *)weir_arena_take(scratch, message->n_blocks * sizeof(*blocks));
    for (size_t i = 0; blocks != NULL && i < message->n_blocks; i++) {
        const Weir__V1__Block *from = message->blocks[i];
        struct weir_column_reader_column *columns =
            (struct weir_column_reader_column *)weir_arena_take(scratch,
                                                                from->n_columns * sizeof(*columns));
        for (size_t column = 0; columns != NULL && column < from->n_columns; column++) {
            columns[column] =
                (struct weir_column_reader_column){.number = from->columns[column]->number,
                                                   .values = from->columns[column]->values.data,
                                                   .size = from->columns[column]->values.len};
        }
        blocks[i] = (struct weir_batch_block){.number = from->number,
                                              .count = from->count,
                                              .rows = from->rows.data,
                                              .rows_size = from->rows.len,
                                              .columns = columns,
                                              .column_count = from->n_columns};
        blocks = columns == NULL ? NULL : blocks;
    }
    const struct weir_batch_blocks_came came = {.at = blocks,
                                                .count = message->n_blocks,
                                                .text_sizes = message->text_sizes.data,
                                                .text_sizes_size = message->text_sizes.len,
                                                .text_bytes = message->text_bytes.data,
                                                .text_bytes_size = message->text_bytes.len};
    return blocks == NULL ? WEIR_ENOMEM : weir_batch_blocks_read(&came, scratch, arena, batch);
}
