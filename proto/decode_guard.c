/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/decode_guard.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* protobuf-c 1.4 keeps a 40-byte note a tag in slabs that double, and 32 bytes of an unknown one;
 * the arena rounds each piece up to 16. */
#define HEAP_PER_FIELD 128U
#define HEAP_PER_PIECE 16U
#define VARINT_MAX     10U
#define FIELD_MAX      ((UINT64_C(1) << 29) - 1)
#define WIRE_VARINT    0U
#define WIRE_FIXED64   1U
#define WIRE_BYTES     2U
#define WIRE_FIXED32   5U
#define ELEMENT_MAX    16U /* ProtobufCBinaryData, the largest element of a repeated field */

struct level {
    const ProtobufCMessageDescriptor *type; /* NULL: not one of ours */
    const uint8_t *end;
};

struct scan {
    const uint8_t *at;
    struct level levels[WEIR_DECODE_DEPTH_MAX + 1];
    size_t depth;
    size_t fields, submessages, heap_bytes;
};

static bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
    uint64_t value = 0;
    const uint8_t *next = *at;
    for (unsigned i = 0; i < VARINT_MAX && next < end; i++) {
        const uint8_t byte = *next++;
        value |= (uint64_t)(byte & 0x7FU) << (7 * i);
        if ((byte & 0x80U) == 0) {
            *at = next;
            *out = value;
            return true;
        }
    }
    return false;
}

/* Bytes of memory that one element of a packed field takes at most for one byte on the wire. */
static size_t growth_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return 1;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
        return sizeof(uint64_t);
    }
    return ELEMENT_MAX;
}

/* A length-delimited field: enters it when it is a message, else steps over it. */
static int scan_bytes(struct scan *scan, const ProtobufCFieldDescriptor *field,
                      const struct weir_decode_budget *budget)
{
    const uint8_t *end = scan->levels[scan->depth].end;
    uint64_t size = 0;
    if (!read_varint(&scan->at, end, &size) || size > (uint64_t)(end - scan->at)) {
        return WEIR_EFORMAT;
    }
    if (field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessageDescriptor *type =
            (const ProtobufCMessageDescriptor *)field->descriptor;
        scan->submessages++;
        scan->heap_bytes += type->sizeof_message + HEAP_PER_PIECE;
        if (scan->submessages > budget->submessages || scan->depth >= budget->depth ||
            scan->depth >= WEIR_DECODE_DEPTH_MAX) {
            return WEIR_ELIMIT;
        }
        scan->depth++;
        scan->levels[scan->depth] = (struct level){.type = type, .end = scan->at + size};
        return 0;
    }
    const bool packed = field != NULL && field->label == PROTOBUF_C_LABEL_REPEATED;
    scan->heap_bytes += (size_t)size * (packed ? growth_of(field->type) : 1) + HEAP_PER_PIECE;
    scan->at += size;
    return 0;
}

static int scan_field(struct scan *scan, const struct weir_decode_budget *budget)
{
    const struct level *level = &scan->levels[scan->depth];
    uint64_t tag = 0;
    uint64_t ignored = 0;
    if (!read_varint(&scan->at, level->end, &tag) || tag >> 3 == 0 || tag >> 3 > FIELD_MAX) {
        return WEIR_EFORMAT;
    }
    scan->fields++;
    scan->heap_bytes += HEAP_PER_FIELD;
    if (scan->fields > budget->fields) {
        return WEIR_ELIMIT;
    }
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(level->type, (unsigned)(tag >> 3));
    const size_t left = (size_t)(level->end - scan->at);
    switch (tag & 7U) {
    case WIRE_VARINT:
        return read_varint(&scan->at, level->end, &ignored) ? 0 : WEIR_EFORMAT;
    case WIRE_FIXED64:
        scan->at += left < 8 ? 0 : 8;
        return left < 8 ? WEIR_EFORMAT : 0;
    case WIRE_FIXED32:
        scan->at += left < 4 ? 0 : 4;
        return left < 4 ? WEIR_EFORMAT : 0;
    case WIRE_BYTES:
        return scan_bytes(scan, field, budget);
    default:
        return WEIR_EFORMAT; /* groups, and numbers that mean nothing */
    }
}

int weir_decode_guard_scan(const struct ProtobufCMessageDescriptor *type, const uint8_t *bytes,
                           size_t size, const struct weir_decode_budget *budget, size_t *heap_bytes)
{
    struct scan scan = {.at = bytes, .heap_bytes = type->sizeof_message};
    scan.levels[0] = (struct level){.type = type, .end = size == 0 ? bytes : bytes + size};
    while (scan.depth > 0 || scan.at != scan.levels[0].end) {
        if (scan.at == scan.levels[scan.depth].end) {
            scan.depth--;
            continue;
        }
        const int err = scan_field(&scan, budget);
        if (err != 0) {
            return err;
        }
        if (scan.heap_bytes > budget->heap_bytes) {
            return WEIR_ELIMIT;
        }
    }
    if (heap_bytes != NULL) {
        *heap_bytes = scan.heap_bytes;
    }
    return 0;
}

static void *take(void *arena, size_t size)
{
    return weir_arena_take((struct weir_arena *)arena, size);
}

static void keep(void *arena, void *piece)
{
    (void)arena;
    (void)piece;
}

int weir_decode_guard_unpack(const struct ProtobufCMessageDescriptor *type, const uint8_t *bytes,
                             size_t size, const struct weir_decode_budget *budget,
                             struct weir_arena *arena, struct ProtobufCMessage **out)
{
    const int err = weir_decode_guard_scan(type, bytes, size, budget, NULL);
    if (err != 0) {
        return err;
    }
    ProtobufCAllocator allocator = {.alloc = take, .free = keep, .allocator_data = arena};
    const bool room = arena->limit == 0 || budget->heap_bytes <= arena->limit - arena->used;
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, size, bytes);
    if (message == NULL) {
        return room ? WEIR_EFORMAT : WEIR_ELIMIT;
    }
    *out = message;
    return 0;
}
