/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_blocks_codec: the blocks of an unpacked FlowBatch, handed to batch_blocks without protobuf's
 * types. For flow_batch_codec.c alone.
 *
 * Errors:  those of batch_blocks.
 */
#ifndef WEIR_PROTO_FLOW_BLOCKS_CODEC_H
#define WEIR_PROTO_FLOW_BLOCKS_CODEC_H

#include "common/base/arena.h"
#include "common/base/err.h"

#include "common/flow/flow_batch.h"

/* unpacked: a FlowBatch of protobuf-c. */
WEIR_MUST_CHECK int weir_flow_blocks_read(const void *unpacked, struct weir_arena *scratch,
                                          struct weir_arena *arena, struct weir_flow_batch *batch);

#endif
