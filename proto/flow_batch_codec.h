/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_batch_codec: a flow batch as one BATCH frame, column by column.
 *
 * Shape:   message FlowBatch of weir/v1/flow_batch.proto. A column has one value a record, or none
 *          at all when every value is zero. Times are differences; addresses and texts are indexes
 *          into the batch's dictionary; rare blocks name their rows. Statistics, details, events
 *          and markers travel in blocks (batch_blocks).
 * Owns:    encoder and decoder keep their scratch memory between batches.
 * Errors:  encode: WEIR_EINVAL for a record that is not valid, WEIR_ENOMEM, WEIR_ELIMIT. decode:
 *          WEIR_EFORMAT when columns disagree or an index is out of range, WEIR_ELIMIT,
 *          WEIR_ENOMEM, WEIR_EVERSION.
 * Threads: one encoder or decoder, one thread.
 * Source:  specification 6.2; architecture 5.
 */
#ifndef WEIR_PROTO_FLOW_BATCH_CODEC_H
#define WEIR_PROTO_FLOW_BATCH_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/err.h"

#include "common/flow/flow_batch.h"

#include "proto/frame.h"

#define WEIR_ZSTD_LEVEL_NONE    (-1000) /* leaves the payload as it is */
#define WEIR_ZSTD_LEVEL_DEFAULT (-1)    /* two thirds of the time of 1 for 5 % more bytes */

struct weir_flow_batch_encoder;
struct weir_flow_batch_decoder;

/* level: zstd's, or WEIR_ZSTD_LEVEL_NONE. */
WEIR_MUST_CHECK int weir_flow_batch_encoder_new(int level, struct weir_flow_batch_encoder **out);
void weir_flow_batch_encoder_free(struct weir_flow_batch_encoder *encoder);

/* Appends the batch as one whole frame to *frame. Equal batches give equal bytes. *error names the
 * record and field that is not valid. */
WEIR_MUST_CHECK int weir_flow_batch_encode(struct weir_flow_batch_encoder *encoder,
                                           const struct weir_flow_batch *batch,
                                           struct weir_buffer *frame, struct weir_error *error);

/* The same as a PRIORITY frame: a copy ahead of the batch that a record travels in. It has no
 * sequence, is never acknowledged, and nobody counts its records as delivered. */
WEIR_MUST_CHECK int weir_flow_batch_encode_priority(struct weir_flow_batch_encoder *encoder,
                                                    const struct weir_flow_batch *batch,
                                                    struct weir_buffer *frame,
                                                    struct weir_error *error);

WEIR_MUST_CHECK int weir_flow_batch_decoder_new(struct weir_flow_batch_decoder **out);
void weir_flow_batch_decoder_free(struct weir_flow_batch_decoder *decoder);

/* Reads a BATCH or PRIORITY frame; out->records and all they point at are taken from the arena. A
 * batch's content_hash is frame->hash and its wire bytes frame->payload_size. */
WEIR_MUST_CHECK int weir_flow_batch_decode(struct weir_flow_batch_decoder *decoder,
                                           const struct weir_frame *frame, struct weir_arena *arena,
                                           struct weir_flow_batch *out, struct weir_error *error);

#endif
