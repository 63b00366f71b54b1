/* SPDX-License-Identifier: Apache-2.0 */
/* The half of batch_blocks that reads what a peer sent. */
#include <stdbool.h>
#include <string.h>

#include "common/flow/detail_field.h"
#include "common/flow/flow_record_copy.h"
#include "common/flow/flow_statistics.h"
#include "common/flow/l2_event.h"

#include "proto/batch_blocks.h"

#define DETAIL_ALIGNMENT 16U

/* What is made while one batch is read, in scratch memory. */
struct making {
    const struct weir_batch_blocks_came *came;
    struct weir_flow_batch *batch;
    struct weir_arena *arena;
    struct weir_column_reader_texts texts;
    struct weir_column_reader_row *rows; /* of the block being read */
    struct weir_flow_details **details;  /* of each record; NULL: nothing was read */
    const struct weir_batch_block *of_kind[WEIR_BLOCK_COUNT]; /* NULL: did not come */
    uint32_t *records; /* of all blocks, one after the other */
    uint32_t *records_of[WEIR_BLOCK_COUNT];
};

static bool read_varint(const uint8_t **at, const uint8_t *end, uint32_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35 && *at < end; shift += 7) {
        const uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) {
            *out = (uint32_t)value;
            return value <= UINT32_MAX;
        }
    }
    return false;
}

static int read_texts(struct making *making, struct weir_arena *scratch)
{
    const struct weir_batch_blocks_came *came = making->came;
    const uint8_t *at = came->text_sizes;
    const uint8_t *end = came->text_sizes_size == 0 ? at : at + came->text_sizes_size;
    uint32_t *offsets =
        (uint32_t *)weir_arena_take(scratch, (came->text_sizes_size + 1) * sizeof(*offsets));
    size_t offset = 0;
    size_t count = 0;
    if (offsets == NULL) {
        return WEIR_ENOMEM;
    }
    while (at < end) {
        uint32_t size = 0;
        if (!read_varint(&at, end, &size) || size == 0 || size > WEIR_DICTIONARY_TEXT_MAX ||
            size > came->text_bytes_size - offset) {
            return WEIR_EFORMAT;
        }
        offset += size;
        offsets[++count] = (uint32_t)offset;
    }
    making->texts = (struct weir_column_reader_texts){came->text_bytes, offsets, count};
    return offset == came->text_bytes_size ? 0 : WEIR_EFORMAT;
}

static bool is_own(size_t kind)
{
    return kind == WEIR_BLOCK_MARKER || kind == WEIR_BLOCK_L2_EVENT;
}

static size_t rows_max(const struct making *making, size_t kind)
{
    return kind == WEIR_BLOCK_MARKER     ? WEIR_MARKERS_MAX
           : kind == WEIR_BLOCK_L2_EVENT ? WEIR_BATCH_EVENTS_MAX
                                         : making->batch->count;
}

/* Sorts the blocks by kind; passes over kinds that we do not know. */
static int sort_blocks(struct making *making, size_t *row_count)
{
    for (size_t i = 0; i < making->came->count; i++) {
        const struct weir_batch_block *block = &making->came->at[i];
        const struct weir_block *kind = weir_column_reader_kind(block->number);
        if (kind == NULL) {
            continue;
        }
        const size_t index = (size_t)(kind - weir_block_table());
        if (making->of_kind[index] != NULL || block->count == 0 ||
            block->count > rows_max(making, index) || (is_own(index) && block->rows_size != 0)) {
            return WEIR_EFORMAT;
        }
        making->of_kind[index] = block;
        *row_count += is_own(index) ? 0 : block->count;
    }
    return 0;
}

/* The records that a block speaks of, in rising order. */
static int read_rows(struct making *making, size_t kind)
{
    const struct weir_batch_block *block = making->of_kind[kind];
    const uint8_t *at = block->rows;
    const uint8_t *end = block->rows_size == 0 ? at : at + block->rows_size;
    uint32_t *records = making->records_of[kind];
    uint64_t next = 0;
    for (size_t i = 0; i < block->count; i++) {
        uint32_t gap = 0;
        if (!read_varint(&at, end, &gap) || gap == 0 || next + gap > making->batch->count) {
            return WEIR_EFORMAT;
        }
        next += gap;
        records[i] = (uint32_t)next - 1;
    }
    return at == end ? 0 : WEIR_EFORMAT;
}

static int read_all_rows(struct making *making, struct weir_arena *scratch)
{
    size_t row_count = 0;
    int err = sort_blocks(making, &row_count);
    if (err != 0) {
        return err;
    }
    uint32_t *records = (uint32_t *)weir_arena_take(scratch, row_count * sizeof(*records));
    const size_t most =
        making->batch->count > WEIR_BATCH_EVENTS_MAX ? making->batch->count : WEIR_BATCH_EVENTS_MAX;
    making->rows =
        (struct weir_column_reader_row *)weir_arena_take(scratch, most * sizeof(*making->rows));
    if (records == NULL || making->rows == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t kind = 0; err == 0 && kind < WEIR_BLOCK_COUNT; kind++) {
        if (making->of_kind[kind] != NULL && !is_own(kind)) {
            making->records_of[kind] = records;
            records += making->of_kind[kind]->count;
            err = read_rows(making, kind);
        }
    }
    return err;
}

/* Reads a block whose rows are placed. */
static int read_block(const struct making *making, size_t kind)
{
    const struct weir_batch_block *block = making->of_kind[kind];
    const struct weir_column_reader_block reader = {.kind = &weir_block_table()[kind],
                                                    .columns = block->columns,
                                                    .column_count = block->column_count,
                                                    .rows = making->rows,
                                                    .count = block->count};
    return weir_column_reader_read(&reader, &making->texts);
}

static int read_statistics(struct making *making)
{
    const struct weir_batch_block *block = making->of_kind[WEIR_BLOCK_STATISTICS];
    if (block == NULL) {
        return 0;
    }
    struct weir_flow_statistics *statistics =
        (struct weir_flow_statistics *)weir_arena_take(making->arena,
                                                       block->count * sizeof(*statistics));
    if (statistics == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < block->count; i++) {
        struct weir_flow_record *record =
            &making->batch->records[making->records_of[WEIR_BLOCK_STATISTICS][i]];
        weir_flow_statistics_init(&statistics[i]);
        record->statistics = &statistics[i];
        making->rows[i] = (struct weir_column_reader_row){.at = &statistics[i],
                                                          .start_us = record->start_us,
                                                          .end_us = record->end_us};
    }
    return read_block(making, WEIR_BLOCK_STATISTICS);
}

static size_t details_room(uint32_t present)
{
    const size_t size = weir_flow_details_size(present);
    return (size + DETAIL_ALIGNMENT - 1) / DETAIL_ALIGNMENT * DETAIL_ALIGNMENT;
}

/* Gives each record that some block names its details, as long as its last block wants. One whole
 * struct follows the last, so that nobody who copies one leaves the memory. */
static int place_details(struct making *making, uint32_t *present)
{
    struct weir_flow_batch *batch = making->batch;
    size_t size = 0;
    for (size_t block = 0; block < WEIR_DETAIL_BLOCK_COUNT; block++) {
        const size_t kind = WEIR_BLOCK_DETAIL + block;
        for (size_t i = 0; making->of_kind[kind] != NULL && i < making->of_kind[kind]->count; i++) {
            present[making->records_of[kind][i]] |= 1U << block;
        }
    }
    for (size_t i = 0; i < batch->count; i++) {
        size += present[i] == 0 ? 0 : details_room(present[i]);
    }
    if (size == 0) {
        return 0;
    }
    uint8_t *at =
        (uint8_t *)weir_arena_take(making->arena, size + sizeof(struct weir_flow_details));
    if (at == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (present[i] != 0) {
            making->details[i] = (struct weir_flow_details *)(void *)at;
            making->details[i]->present = present[i];
            batch->records[i].details = making->details[i];
            at += details_room(present[i]);
        }
    }
    return 0;
}

static int read_details(struct making *making, struct weir_arena *scratch)
{
    const size_t count = making->batch->count;
    const struct weir_detail_block *blocks = weir_detail_blocks();
    uint32_t *present = (uint32_t *)weir_arena_take(scratch, count * sizeof(*present));
    making->details = (struct weir_flow_details **)weir_arena_take(scratch, count * sizeof(void *));
    if (present == NULL || making->details == NULL) {
        return WEIR_ENOMEM;
    }
    int err = place_details(making, present);
    for (size_t block = 0; err == 0 && block < WEIR_DETAIL_BLOCK_COUNT; block++) {
        const size_t kind = WEIR_BLOCK_DETAIL + block;
        const struct weir_batch_block *came = making->of_kind[kind];
        for (size_t i = 0; came != NULL && i < came->count; i++) {
            struct weir_flow_details *details = making->details[making->records_of[kind][i]];
            making->rows[i] = (struct weir_column_reader_row){
                .at = weir_detail_block_of(details, &blocks[block])};
        }
        err = came == NULL ? 0 : read_block(making, kind);
    }
    return err;
}

/* Events or markers: *out gets an array of `size` bytes a row. */
static int read_own(struct making *making, size_t kind, size_t size, void **out)
{
    const struct weir_batch_block *block = making->of_kind[kind];
    uint8_t *at = (uint8_t *)weir_arena_take(making->arena, block->count * size);
    if (at == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < block->count; i++) {
        making->rows[i] = (struct weir_column_reader_row){.at = at + i * size};
    }
    *out = at;
    return read_block(making, kind);
}

static int read_events(struct making *making)
{
    struct weir_flow_batch *batch = making->batch;
    void *at = NULL;
    if (making->of_kind[WEIR_BLOCK_L2_EVENT] == NULL) {
        return 0;
    }
    const int err = read_own(making, WEIR_BLOCK_L2_EVENT, sizeof(*batch->events), &at);
    batch->events = (struct weir_l2_event *)at;
    batch->event_count = making->of_kind[WEIR_BLOCK_L2_EVENT]->count;
    for (size_t i = 0; err == 0 && i < batch->event_count; i++) {
        if (!weir_l2_event_valid(&batch->events[i], NULL)) {
            return WEIR_EFORMAT;
        }
    }
    return err;
}

static int read_markers(struct making *making)
{
    struct weir_flow_batch *batch = making->batch;
    void *at = NULL;
    if (making->of_kind[WEIR_BLOCK_MARKER] == NULL) {
        return 0;
    }
    const int err = read_own(making, WEIR_BLOCK_MARKER, sizeof(*batch->markers), &at);
    batch->markers = (struct weir_marker *)at;
    batch->marker_count = making->of_kind[WEIR_BLOCK_MARKER]->count;
    for (size_t i = 0; err == 0 && i < batch->marker_count; i++) {
        if (!weir_marker_valid(&batch->markers[i])) {
            return WEIR_EFORMAT;
        }
    }
    return err;
}

int weir_batch_blocks_read(const struct weir_batch_blocks_came *came, struct weir_arena *scratch,
                           struct weir_arena *arena, struct weir_flow_batch *batch)
{
    struct making making = {.came = came, .batch = batch, .arena = arena};
    int err = read_texts(&making, scratch);
    err = err != 0 ? err : read_all_rows(&making, scratch);
    err = err != 0 ? err : read_statistics(&making);
    err = err != 0 ? err : read_details(&making, scratch);
    err = err != 0 ? err : read_events(&making);
    return err != 0 ? err : read_markers(&making);
}
