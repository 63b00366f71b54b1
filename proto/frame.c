/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/frame.h"

#include <string.h>

#include "common/base/cursor.h"
#include "common/base/hash.h"

#define MAGIC           UINT32_C(0x57454952) /* "WEIR" */
#define FLAG_COMPRESSED 1U

const char *weir_frame_kind_text(int kind)
{
    switch (kind) {
#define X(name, number, max, text)                                                                 \
    case number:                                                                                   \
        return text;
        WEIR_FRAME_KIND_TABLE(X)
#undef X
    default:
        return NULL;
    }
}

size_t weir_frame_kind_max(int kind)
{
    switch (kind) {
#define X(name, number, max, text)                                                                 \
    case number:                                                                                   \
        return max;
        WEIR_FRAME_KIND_TABLE(X)
#undef X
    default:
        return 0;
    }
}

static void store_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

int weir_frame_header_encode(const struct weir_frame *frame, uint8_t header[WEIR_FRAME_HEADER_SIZE])
{
    const size_t max = weir_frame_kind_max((int)frame->kind);
    if (frame->plain_size > max || frame->payload_size > max) {
        return WEIR_ELIMIT;
    }
    store_u32(header, MAGIC);
    header[4] = frame->version;
    header[5] = (uint8_t)frame->kind;
    header[6] = 0;
    header[7] = frame->compressed ? FLAG_COMPRESSED : 0;
    store_u32(header + 8, (uint32_t)frame->payload_size);
    store_u32(header + 12, (uint32_t)frame->plain_size);
    store_u32(header + 16, (uint32_t)(frame->hash >> 32));
    store_u32(header + 20, (uint32_t)frame->hash);
    return 0;
}

int weir_frame_encode(enum weir_frame_kind kind, const void *payload, size_t size,
                      struct weir_buffer *out)
{
    const bool for_all = kind == WEIR_FRAME_HELLO || kind == WEIR_FRAME_REFUSE;
    const struct weir_frame frame = {
        .version = for_all ? WEIR_WIRE_VERSION_OLDEST : WEIR_WIRE_VERSION,
        .kind = kind,
        .payload_size = size,
        .plain_size = size,
        .hash = weir_hash(payload, size),
    };
    uint8_t header[WEIR_FRAME_HEADER_SIZE];
    const int err = weir_frame_header_encode(&frame, header);
    if (err != 0) {
        return err;
    }
    weir_buffer_add(out, header, sizeof(header));
    weir_buffer_add(out, payload, size);
    return out->failed ? WEIR_ENOMEM : 0;
}

/* Everything that can be known from the header alone. */
static int check_header(const struct weir_frame *frame, uint16_t flags, struct weir_error *error)
{
    const size_t max = weir_frame_kind_max((int)frame->kind);
    if (max == 0) {
        return weir_fail(error, WEIR_EFORMAT, "frame: unknown kind %d", (int)frame->kind);
    }
    const bool may_compress = frame->kind == WEIR_FRAME_BATCH || frame->kind == WEIR_FRAME_PRIORITY;
    if ((flags & ~FLAG_COMPRESSED) != 0 || (frame->compressed && !may_compress)) {
        return weir_fail(error, WEIR_EFORMAT, "frame: unknown flags 0x%x", (unsigned)flags);
    }
    if (frame->payload_size > max || frame->plain_size > max) {
        return weir_fail(error, WEIR_ELIMIT, "frame: %s of %zu bytes, at most %zu",
                         weir_frame_kind_text((int)frame->kind),
                         frame->plain_size > frame->payload_size ? frame->plain_size
                                                                 : frame->payload_size,
                         max);
    }
    if (!frame->compressed && frame->plain_size != frame->payload_size) {
        return weir_fail(error, WEIR_EFORMAT, "frame: two lengths, %zu and %zu",
                         frame->payload_size, frame->plain_size);
    }
    return 0;
}

int weir_frame_decode(const void *bytes, size_t size, struct weir_frame *out,
                      struct weir_error *error)
{
    struct weir_cursor cursor = weir_cursor_over(bytes, size);
    struct weir_frame frame = {0};
    uint32_t magic = 0;
    uint32_t payload_size = 0;
    uint32_t plain_size = 0;
    uint16_t flags = 0;
    uint8_t kind = 0;
    if (!weir_cursor_u32(&cursor, &magic)) {
        return weir_fail(error, WEIR_ETRUNC, "frame: %zu bytes are too few", size);
    }
    if (magic != MAGIC) {
        return weir_fail(error, WEIR_EFORMAT, "frame: this is no weir frame (magic 0x%08x)",
                         (unsigned)magic);
    }
    if (!weir_cursor_u8(&cursor, &frame.version) || !weir_cursor_u8(&cursor, &kind) ||
        !weir_cursor_u16(&cursor, &flags) || !weir_cursor_u32(&cursor, &payload_size) ||
        !weir_cursor_u32(&cursor, &plain_size) || !weir_cursor_u64(&cursor, &frame.hash)) {
        return weir_fail(error, WEIR_ETRUNC, "frame: %zu bytes are too few", size);
    }
    if (frame.version < WEIR_WIRE_VERSION_OLDEST || frame.version > WEIR_WIRE_VERSION) {
        return weir_fail(error, WEIR_EVERSION,
                         "frame: wire version %d, this program speaks %d to %d: bring both "
                         "programs to releases at most one wire version apart",
                         (int)frame.version, WEIR_WIRE_VERSION_OLDEST, WEIR_WIRE_VERSION);
    }
    frame.kind = (enum weir_frame_kind)kind;
    frame.compressed = (flags & FLAG_COMPRESSED) != 0;
    frame.payload_size = payload_size;
    frame.plain_size = plain_size;
    const int err = check_header(&frame, flags, error);
    if (err != 0) {
        return err;
    }
    if (!weir_cursor_bytes(&cursor, frame.payload_size, &frame.payload)) {
        return weir_fail(error, WEIR_ETRUNC, "frame: %zu of %zu payload bytes", cursor.left,
                         frame.payload_size);
    }
    if (cursor.left != 0) {
        return weir_fail(error, WEIR_EFORMAT, "frame: %zu bytes after the payload", cursor.left);
    }
    if (weir_hash(frame.payload, frame.payload_size) != frame.hash) {
        return weir_fail(error, WEIR_EFORMAT, "frame: the payload's hash is wrong");
    }
    *out = frame;
    return 0;
}
