/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/relabel.h"

#include <stdlib.h>

#include "common/base/arena.h"

#include "proto/flow_batch_codec.h"
#include "proto/frame.h"

#define ARENA_MAX (64U * 1024U * 1024U)

struct relabel {
    struct weir_flow_batch_decoder *decoder;
    struct weir_flow_batch_encoder *encoder;
    struct weir_arena arena;
};

int relabel_new(struct relabel **out)
{
    struct relabel *relabel = (struct relabel *)calloc(1, sizeof(*relabel));
    if (relabel == NULL) {
        return WEIR_ENOMEM;
    }
    weir_arena_init(&relabel->arena, ARENA_MAX);
    int code = weir_flow_batch_decoder_new(&relabel->decoder);
    code = code != WEIR_OK
               ? code
               : weir_flow_batch_encoder_new(WEIR_ZSTD_LEVEL_DEFAULT, &relabel->encoder);
    if (code != WEIR_OK) {
        relabel_free(relabel);
        return code;
    }
    *out = relabel;
    return WEIR_OK;
}

void relabel_free(struct relabel *relabel)
{
    if (relabel != NULL) {
        weir_flow_batch_decoder_free(relabel->decoder);
        weir_flow_batch_encoder_free(relabel->encoder);
        weir_arena_fini(&relabel->arena);
        free(relabel);
    }
}

int relabel_frame(struct relabel *relabel, const struct spool_batch *batch,
                  const struct weir_boot_id *boot, struct weir_buffer *frame,
                  struct weir_error *error)
{
    struct weir_frame whole;
    struct weir_flow_batch decoded;
    weir_arena_reset(&relabel->arena);
    weir_buffer_reset(frame);
    int code = weir_frame_decode(batch->frame, batch->frame_size, &whole, error);
    code = code != WEIR_OK
               ? code
               : weir_flow_batch_decode(relabel->decoder, &whole, &relabel->arena, &decoded, error);
    if (code != WEIR_OK) {
        return code;
    }
    decoded.boot = *boot;
    return weir_flow_batch_encode(relabel->encoder, &decoded, frame, error);
}
