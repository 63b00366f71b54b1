/* SPDX-License-Identifier: Apache-2.0
 *
 * weir_frame: the 24 bytes before every message, checked before anything is parsed.
 *
 * Shape:   magic "WEIR" | version u8 | kind u8 | flags u16 | payload size u32 | plain size u32 |
 *          XXH3 of the payload as it travels u64, all big-endian; then the payload. One frame is
 *          one ZeroMQ message, one spool value or one model file.
 * Units:   sizes are bytes. `plain` is the payload after decompression.
 * Errors:  WEIR_ETRUNC, WEIR_EFORMAT (magic, lengths, hash), WEIR_EVERSION, WEIR_ELIMIT (over the
 *          maximum of its kind). Bytes after the payload are WEIR_EFORMAT.
 * Threads: any.
 */
#ifndef WEIR_PROTO_FRAME_H
#define WEIR_PROTO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#define WEIR_WIRE_VERSION        1 /* what we speak */
#define WEIR_WIRE_VERSION_OLDEST 1 /* and still understand: the previous one, once there is one */

#define WEIR_FRAME_HEADER_SIZE  24
#define WEIR_FRAME_BATCH_MAX    (4U * 1024U * 1024U) /* plain bytes of one BATCH */
#define WEIR_FRAME_PRIORITY_MAX (256U * 1024U)

/* The largest frame that may travel between sensor and collector: ZMQ_MAXMSGSIZE of both ends. */
#define WEIR_FRAME_WIRE_MAX (WEIR_FRAME_BATCH_MAX + WEIR_FRAME_HEADER_SIZE)

/* name, number, largest plain payload, text. Numbers travel: append, never renumber. */
#define WEIR_FRAME_KIND_TABLE(X)                                                                   \
    X(WEIR_FRAME_HELLO, 1, 16U * 1024U, "hello")                                                   \
    X(WEIR_FRAME_WELCOME, 2, 16U * 1024U, "welcome")                                               \
    X(WEIR_FRAME_REFUSE, 3, 1024U, "refuse")                                                       \
    X(WEIR_FRAME_BATCH, 4, WEIR_FRAME_BATCH_MAX, "batch")                                          \
    X(WEIR_FRAME_ACK, 5, 256U, "ack")                                                              \
    X(WEIR_FRAME_HEARTBEAT, 6, 8U * 1024U, "heartbeat")                                            \
    X(WEIR_FRAME_END_OF_STREAM, 7, 256U, "end_of_stream")                                          \
    X(WEIR_FRAME_MODEL_OFFER, 8, 1024U, "model_offer")                                             \
    X(WEIR_FRAME_MODEL_PULL, 9, 256U, "model_pull")                                                \
    X(WEIR_FRAME_MODEL_CHUNK, 10, 260U * 1024U, "model_chunk")                                     \
    X(WEIR_FRAME_MODEL_STATUS, 11, 1024U, "model_status")                                          \
    X(WEIR_FRAME_PRIORITY, 12, WEIR_FRAME_PRIORITY_MAX, "priority")                                \
    X(WEIR_FRAME_MODEL_FILE, 32, 64U * 1024U * 1024U, "model_file")

enum weir_frame_kind {
#define X(name, number, max, text) name = (number),
    WEIR_FRAME_KIND_TABLE(X)
#undef X
};

struct weir_frame { /* a decoded header; payload points into the bytes given to decode */
    uint8_t version;
    enum weir_frame_kind kind;
    bool compressed; /* payload is one zstd frame; BATCH and PRIORITY only */
    const uint8_t *payload;
    size_t payload_size; /* as it travels */
    size_t plain_size;
    uint64_t hash; /* XXH3 of the payload as it travels */
};

/* "batch"; NULL for a number that is no kind. */
const char *weir_frame_kind_text(int kind);

/* Largest plain payload of a kind; 0 for a number that is no kind. */
size_t weir_frame_kind_max(int kind);

/* Writes the header over 24 bytes at header; the payload lies elsewhere. WEIR_ELIMIT. */
WEIR_MUST_CHECK int weir_frame_header_encode(const struct weir_frame *frame,
                                             uint8_t header[WEIR_FRAME_HEADER_SIZE]);

/* Appends header and payload, uncompressed. HELLO and REFUSE travel in our oldest version, so that
 * every peer can read them; the rest in our newest. WEIR_ELIMIT, WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_frame_encode(enum weir_frame_kind kind, const void *payload, size_t size,
                                      struct weir_buffer *out);

/* Checks everything but the payload's content. The error's sentence is for the peer's log too. */
WEIR_MUST_CHECK int weir_frame_decode(const void *bytes, size_t size, struct weir_frame *out,
                                      struct weir_error *error);

#endif
