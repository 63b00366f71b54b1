/* SPDX-License-Identifier: Apache-2.0
 *
 * decode_guard: unpacks protobuf bytes of a peer without letting them choose our memory or stack.
 *
 * A scan walks the wire bytes against the message's descriptor with a budget, without allocating
 * and without recursion; only then protobuf-c unpacks, through an allocator over a capped arena.
 *
 * Owns:    the unpacked message lies in the arena; it is never freed by itself.
 * Errors:  WEIR_EFORMAT malformed, WEIR_ELIMIT over the budget or the arena.
 * Threads: any.
 */
#ifndef WEIR_PROTO_DECODE_GUARD_H
#define WEIR_PROTO_DECODE_GUARD_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

#define WEIR_DECODE_DEPTH_MAX 8

struct ProtobufCMessageDescriptor;
struct ProtobufCMessage;

struct weir_decode_budget {
    size_t fields;      /* tags in the whole message, unknown ones too */
    size_t submessages; /* messages inside it */
    size_t depth;       /* levels below the outermost; at most WEIR_DECODE_DEPTH_MAX */
    size_t heap_bytes;  /* what protobuf-c would allocate, by our estimate from above */
};

/* Tells whether the message is within its budget; *heap_bytes (may be NULL) gets the estimate. */
WEIR_MUST_CHECK int weir_decode_guard_scan(const struct ProtobufCMessageDescriptor *type,
                                           const uint8_t *bytes, size_t size,
                                           const struct weir_decode_budget *budget,
                                           size_t *heap_bytes);

/* Scans, then unpacks into the arena. */
WEIR_MUST_CHECK int weir_decode_guard_unpack(const struct ProtobufCMessageDescriptor *type,
                                             const uint8_t *bytes, size_t size,
                                             const struct weir_decode_budget *budget,
                                             struct weir_arena *arena,
                                             struct ProtobufCMessage **out);

#endif
