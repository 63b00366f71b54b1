/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/payload.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/cursor.h"
#include "common/base/hash.h"

#define MAGIC          "WEIRMODL"
#define MAGIC_BYTES    8U
#define HEAD_BYTES     (MAGIC_BYTES + 2U + 2U + 4U + 8U)
#define CHECKSUM_BYTES 8U

int weir_payload_decode(const void *bytes, size_t size, struct weir_payload *out,
                        struct weir_error *error)
{
    struct weir_cursor cursor = weir_cursor_over(bytes, size);
    const uint8_t *magic = NULL;
    uint16_t version = 0;
    uint16_t kind = 0;
    uint32_t body_bytes = 0;
    struct weir_payload found = {0};
    uint64_t checksum = 0;
    if (size > WEIR_PAYLOAD_BYTES_MAX) {
        return weir_fail(error, WEIR_ELIMIT, "model payload: %zu bytes, at most %u", size,
                         WEIR_PAYLOAD_BYTES_MAX);
    }
    if (!weir_cursor_bytes(&cursor, MAGIC_BYTES, &magic) || !weir_cursor_u16(&cursor, &version) ||
        !weir_cursor_u16(&cursor, &kind) || !weir_cursor_u32(&cursor, &body_bytes) ||
        !weir_cursor_u64(&cursor, &found.schema_hash)) {
        return weir_fail(error, WEIR_ETRUNC, "model payload: %zu bytes are too few", size);
    }
    if (memcmp(magic, MAGIC, MAGIC_BYTES) != 0) {
        return weir_fail(error, WEIR_EFORMAT, "model payload: does not begin with " MAGIC);
    }
    if (version != WEIR_PAYLOAD_VERSION) {
        return weir_fail(error, WEIR_EVERSION, "model payload: version %u, this program reads %d",
                         version, WEIR_PAYLOAD_VERSION);
    }
    if (!weir_cursor_bytes(&cursor, body_bytes, &found.body) ||
        !weir_cursor_u64(&cursor, &checksum)) {
        return weir_fail(error, WEIR_ETRUNC, "model payload: ends before its %u bytes of body",
                         body_bytes);
    }
    if (cursor.left != 0) {
        return weir_fail(error, WEIR_EFORMAT, "model payload: %zu bytes too many", cursor.left);
    }
    if (checksum != weir_hash(bytes, size - CHECKSUM_BYTES)) {
        return weir_fail(error, WEIR_EFORMAT, "model payload: checksum does not fit the content");
    }
    found.kind = (enum weir_model_kind)kind;
    if (weir_model_kind_text(found.kind) == NULL) {
        return weir_fail(error, WEIR_EFORMAT, "model payload: %u is no kind of model", kind);
    }
    found.body_bytes = body_bytes;
    *out = found;
    return 0;
}

void weir_payload_encode(const struct weir_payload *payload, struct weir_buffer *out)
{
    weir_check(payload->body_bytes <= WEIR_PAYLOAD_BYTES_MAX - HEAD_BYTES - CHECKSUM_BYTES);
    const size_t start = out->size;
    weir_buffer_add(out, MAGIC, MAGIC_BYTES);
    weir_buffer_add_u16(out, WEIR_PAYLOAD_VERSION);
    weir_buffer_add_u16(out, (uint16_t)payload->kind);
    weir_buffer_add_u32(out, (uint32_t)payload->body_bytes);
    weir_buffer_add_u64(out, payload->schema_hash);
    weir_buffer_add(out, payload->body, payload->body_bytes);
    if (!out->failed) {
        weir_buffer_add_u64(out, weir_hash(out->bytes + start, out->size - start));
    }
}
