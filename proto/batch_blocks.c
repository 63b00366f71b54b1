/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/batch_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "common/flow/detail_field.h"
#include "common/flow/flow_statistics.h"
#include "common/flow/l2_event.h"

#include "proto/flow_batch_columns.h"
#include "proto/wire_bytes.h"

int weir_batch_blocks_init(struct weir_batch_blocks *blocks, uint64_t key)
{
    weir_batch_dictionary_init(&blocks->texts, key, WEIR_DICTIONARY_TEXT_MAX);
    weir_column_writer_init(&blocks->writer, &blocks->texts);
    blocks->rows = (struct weir_column_row *)calloc(WEIR_BATCH_RECORDS_MAX, sizeof(*blocks->rows));
    blocks->records = (uint32_t *)calloc(WEIR_BATCH_RECORDS_MAX, sizeof(*blocks->records));
    if (blocks->rows == NULL || blocks->records == NULL) {
        weir_batch_blocks_fini(blocks);
        return WEIR_ENOMEM;
    }
    return 0;
}

void weir_batch_blocks_fini(struct weir_batch_blocks *blocks)
{
    weir_column_writer_fini(&blocks->writer);
    weir_batch_dictionary_fini(&blocks->texts);
    free(blocks->rows);
    free(blocks->records);
    blocks->rows = NULL;
    blocks->records = NULL;
}

/* What a record has of a kind of block; NULL for nothing. */
static const void *row_of(const struct weir_flow_record *record, size_t kind)
{
    if (kind == WEIR_BLOCK_STATISTICS) {
        return record->statistics;
    }
    const size_t index = kind - WEIR_BLOCK_DETAIL;
    if (record->details == NULL || (record->details->present >> index & 1U) == 0) {
        return NULL;
    }
    return weir_detail_block_in(record->details, &weir_detail_blocks()[index]);
}

static size_t gather(struct weir_batch_blocks *blocks, const struct weir_flow_batch *batch,
                     size_t kind)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct weir_flow_record *record = &batch->records[i];
        const void *row = row_of(record, kind);
        if (row != NULL) {
            blocks->records[count] = (uint32_t)i;
            blocks->rows[count++] = (struct weir_column_row){.at = row,
                                                             .start_us = record->start_us,
                                                             .end_us = record->end_us};
        }
    }
    return count;
}

/* Events and markers are rows of the batch itself. */
static size_t gather_own(struct weir_batch_blocks *blocks, const void *first, size_t size,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        blocks->rows[i] = (struct weir_column_row){.at = (const uint8_t *)first + i * size};
    }
    return count;
}

/* Room for every text that the batch may refer to. */
static size_t count_texts(const struct weir_flow_batch *batch)
{
    const struct weir_block *kinds = weir_block_table();
    size_t count = batch->event_count * kinds[WEIR_BLOCK_L2_EVENT].text_count;
    for (size_t i = 0; i < batch->count; i++) {
        const struct weir_flow_record *record = &batch->records[i];
        count += record->statistics == NULL ? 0 : kinds[WEIR_BLOCK_STATISTICS].text_count;
        const uint32_t present = record->details == NULL ? 0 : record->details->present;
        for (size_t block = 0; present != 0 && block < WEIR_DETAIL_BLOCK_COUNT; block++) {
            count += (present >> block & 1U) * kinds[WEIR_BLOCK_DETAIL + block].text_count;
        }
    }
    return count;
}

/* Which details any record has. */
static uint32_t details_of(const struct weir_flow_batch *batch)
{
    uint32_t present = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct weir_flow_details *details = batch->records[i].details;
        present |= details == NULL ? 0 : details->present;
    }
    return present;
}

static void add_texts(const struct weir_batch_dictionary *texts, struct weir_buffer *out)
{
    if (texts->count == 0) {
        return;
    }
    size_t size = texts->count;
    for (size_t i = 0; i < texts->count; i++) {
        size += texts->offsets[i + 1] - texts->offsets[i] >= 0x80U ? 1 : 0;
    }
    weir_wire_add_head(out, WEIR_TEXT_SIZES_NUMBER, size);
    uint8_t *at = weir_buffer_reserve(out, size);
    for (size_t i = 0; at != NULL && i < texts->count; i++) {
        at = weir_varint_write(at, texts->offsets[i + 1] - texts->offsets[i]);
    }
    out->size += at == NULL ? 0 : size;
    weir_wire_add_bytes(out, WEIR_TEXT_BYTES_NUMBER, texts->bytes.bytes, texts->bytes.size);
}

void weir_batch_blocks_add(struct weir_batch_blocks *blocks, const struct weir_flow_batch *batch,
                           struct weir_buffer *out)
{
    const struct weir_block *kinds = weir_block_table();
    const uint32_t details = details_of(batch);
    weir_batch_dictionary_reset(&blocks->texts, count_texts(batch));
    for (size_t kind = 0; kind < WEIR_BLOCK_COUNT; kind++) {
        size_t count = 0;
        if (kind == WEIR_BLOCK_MARKER) {
            count =
                gather_own(blocks, batch->markers, sizeof(*batch->markers), batch->marker_count);
        } else if (kind == WEIR_BLOCK_L2_EVENT) {
            count = gather_own(blocks, batch->events, sizeof(*batch->events), batch->event_count);
        } else if (kind == WEIR_BLOCK_STATISTICS ||
                   (details >> (kind - WEIR_BLOCK_DETAIL) & 1U) != 0) {
            count = gather(blocks, batch, kind);
        }
        const bool is_own = kind == WEIR_BLOCK_MARKER || kind == WEIR_BLOCK_L2_EVENT;
        const struct weir_column_writer_block block = {.kind = &kinds[kind],
                                                       .rows = blocks->rows,
                                                       .records = is_own ? NULL : blocks->records,
                                                       .count = count};
        weir_column_writer_add(&blocks->writer, &block, WEIR_BLOCKS_NUMBER, out);
    }
    add_texts(&blocks->texts, out);
    out->failed = out->failed || blocks->texts.failed;
}
