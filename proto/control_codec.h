/* SPDX-License-Identifier: Apache-2.0
 *
 * control_codec: control messages as frames and back.
 *
 * Errors:  encode: WEIR_EINVAL for a count or text beyond its array, WEIR_ENOMEM. decode:
 *          WEIR_EFORMAT (malformed, or a field of the wrong length), WEIR_ELIMIT (a text or list
 *          longer than control.h allows), WEIR_EVERSION, WEIR_ENOMEM.
 * Threads: any.
 */
#ifndef WEIR_PROTO_CONTROL_CODEC_H
#define WEIR_PROTO_CONTROL_CODEC_H

#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/err.h"

#include "proto/control.h"
#include "proto/frame.h"

/* Appends one whole frame. */
WEIR_MUST_CHECK int weir_control_encode(const struct weir_control *control,
                                        struct weir_buffer *frame, struct weir_error *error);

/* Reads a frame that weir_frame_decode accepted. Scratch and chunk bytes are taken from the arena.
 * *out is large (some 5 KiB): keep one. */
WEIR_MUST_CHECK int weir_control_decode(const struct weir_frame *frame, struct weir_arena *arena,
                                        struct weir_control *out, struct weir_error *error);

#endif
