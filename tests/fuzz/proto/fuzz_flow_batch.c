/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_flow_batch: any bytes as the plain payload of a batch; what is accepted must be encodable
 * and come back the same.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/flow_batch_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
