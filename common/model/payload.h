/* SPDX-License-Identifier: Apache-2.0
 *
 * payload: the envelope around every kind of model: magic, version, kind, schema hash, length,
 * checksum.
 *
 * Shape:   "WEIRMODL" · u16 version · u16 kind · u32 body bytes · u64 schema hash · body ·
 *          u64 XXH3 of everything before it. Big-endian.
 * Owns:    nothing; a read payload points into the caller's bytes.
 * Errors:  the checksum finds accidents; who wrote the bytes is the artefact's signature's
 *          business.
 */
#ifndef WEIR_COMMON_MODEL_PAYLOAD_H
#define WEIR_COMMON_MODEL_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "common/model/model_kind.h"

#define WEIR_PAYLOAD_VERSION   1
#define WEIR_PAYLOAD_BYTES_MAX (64U * 1024U * 1024U)

struct weir_payload {
    enum weir_model_kind kind;
    uint64_t schema_hash;
    const uint8_t *body;
    size_t body_bytes;
};

/* Checks everything about the envelope. Bytes after the checksum are an error. */
WEIR_MUST_CHECK int weir_payload_decode(const void *bytes, size_t size, struct weir_payload *out,
                                        struct weir_error *error);

/* Appends the whole payload; running out of memory is remembered by the buffer. */
void weir_payload_encode(const struct weir_payload *payload, struct weir_buffer *out);

#endif
