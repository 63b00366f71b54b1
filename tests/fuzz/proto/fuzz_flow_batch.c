/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_flow_batch: any bytes as the plain payload of a batch; what is accepted must be encodable
 * and come back the same.
 */
#include <stdlib.h>
#include <string.h>

#include "common/flow/detail_field.h"
#include "common/flow/l2_event.h"

#include "proto/column.h"
#include "proto/flow_batch_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every column of a row, bit for bit. */
static void same_row(size_t kind, const void *got, const void *want)
{
    const struct weir_block *block = &weir_block_table()[kind];
    for (size_t i = 0; i < block->column_count; i++) {
        const struct weir_column *column = &block->columns[i];
        const size_t size =
            (size_t)column->width * (column->count_max == 0 ? 1 : column->count_max);
        if (memcmp((const uint8_t *)got + column->offset, (const uint8_t *)want + column->offset,
                   size) != 0) {
            abort();
        }
    }
}

static void same_extras(const struct weir_flow_record *got, const struct weir_flow_record *want)
{
    const struct weir_detail_block *blocks = weir_detail_blocks();
    if ((got->statistics == NULL) != (want->statistics == NULL) ||
        (got->details == NULL) != (want->details == NULL) || got->app != want->app ||
        got->tunnel_id != want->tunnel_id) {
        abort();
    }
    if (want->statistics != NULL) {
        same_row(WEIR_BLOCK_STATISTICS, got->statistics, want->statistics);
    }
    for (size_t i = 0; want->details != NULL && i < WEIR_DETAIL_BLOCK_COUNT; i++) {
        if ((want->details->present >> i & 1U) != 0) {
            same_row(WEIR_BLOCK_DETAIL + i, weir_detail_block_in(got->details, &blocks[i]),
                     weir_detail_block_in(want->details, &blocks[i]));
        }
    }
}

static void round_trip(struct weir_flow_batch_decoder *decoder, const struct weir_flow_batch *batch)
{
    struct weir_flow_batch_encoder *encoder = NULL;
    struct weir_buffer bytes = {0};
    struct weir_arena arena;
    struct weir_frame frame;
    struct weir_flow_batch again;
    weir_arena_init(&arena, 0);
    if (weir_flow_batch_encoder_new(WEIR_ZSTD_LEVEL_NONE, &encoder) != 0 ||
        weir_flow_batch_encode(encoder, batch, &bytes, NULL) != 0 ||
        weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL) != 0 ||
        weir_flow_batch_decode(decoder, &frame, &arena, &again, NULL) != 0 ||
        again.count != batch->count || again.last_record_no != batch->last_record_no) {
        abort();
    }
    for (size_t i = 0; i < again.count; i++) {
        const struct weir_flow_record *got = &again.records[i];
        const struct weir_flow_record *want = &batch->records[i];
        if (got->flow_id != want->flow_id || got->record_no != want->record_no ||
            got->start_us != want->start_us || got->orig.bytes != want->orig.bytes ||
            strcmp(got->history, want->history) != 0) {
            abort();
        }
        same_extras(got, want);
    }
    if (again.event_count != batch->event_count || again.marker_count != batch->marker_count) {
        abort();
    }
    for (size_t i = 0; i < again.event_count; i++) {
        same_row(WEIR_BLOCK_L2_EVENT, &again.events[i], &batch->events[i]);
    }
    for (size_t i = 0; i < again.marker_count; i++) {
        same_row(WEIR_BLOCK_MARKER, &again.markers[i], &batch->markers[i]);
    }
    weir_flow_batch_encoder_free(encoder);
    weir_buffer_fini(&bytes);
    weir_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weir_flow_batch_decoder *decoder = NULL;
    struct weir_flow_batch batch;
    struct weir_arena arena;
    const struct weir_frame frame = {.version = WEIR_WIRE_VERSION,
                                     .kind = WEIR_FRAME_BATCH,
                                     .payload = data,
                                     .payload_size = size,
                                     .plain_size = size};
    if (weir_flow_batch_decoder_new(&decoder) != 0) {
        return 0;
    }
    weir_arena_init(&arena, 0);
    if (weir_flow_batch_decode(decoder, &frame, &arena, &batch, NULL) == 0) {
        round_trip(decoder, &batch);
    }
    weir_arena_fini(&arena);
    weir_flow_batch_decoder_free(decoder);
    return 0;
}
