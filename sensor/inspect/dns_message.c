/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dns_message.h"

#include <string.h>

#include "common/base/cursor.h"

#include "common/flow/address.h"
#include "common/flow/flow_details.h"

#define NAME_BYTES_MAX 255
#define POINTERS_MAX   16 /* each must go back, so there is no loop; this bounds the work */
#define POINTER_BITS   0xc0U
#define OPCODE_MAX     5
#define TYPE_A         1
#define TYPE_CNAME     5
#define TYPE_AAAA      28
#define TTL_MAX        INT32_MAX /* RFC 2181 8: beyond it is zero */

/* A dot inside a label is not the dot between labels. */
static void append_label(char *text, size_t room, const uint8_t *label, size_t size)
{
    static const char dot[] = "\\x2e";
    for (size_t i = 0; i < size; i++) {
        const uint8_t letter = label[i];
        const uint8_t lower = letter >= 'A' && letter <= 'Z' ? (uint8_t)(letter | 0x20) : letter;
        const size_t used = strlen(text);
        if (letter != '.') {
            weir_detail_text_append(text, room, &lower, 1);
        } else if (used + sizeof(dot) <= room) {
            memcpy(text + used, dot, sizeof(dot));
        }
    }
}

/* A name at the cursor, which moves behind it; pointers lead back into the message. */
static bool read_name(struct weir_cursor message, struct weir_cursor *at, char *text, size_t room)
{
    struct weir_cursor label = *at;
    size_t behind = message.left - at->left; /* pointers must lead before this */
    size_t total = 0;
    unsigned pointers = 0;
    uint8_t size = 0;
    const uint8_t *bytes = NULL;
    text[0] = '\0';
    while (weir_cursor_u8(&label, &size)) {
        if (size == 0) {
            if (pointers == 0) {
                *at = label;
            }
            if (text[0] == '\0') {
                weir_detail_text_append(text, room, ".", 1);
            }
            return true;
        }
        if ((size & POINTER_BITS) == POINTER_BITS) {
            uint8_t low = 0;
            if (!weir_cursor_u8(&label, &low)) {
                return false;
            }
            if (pointers == 0) {
                *at = label;
            }
            const size_t target = (size_t)(size & 0x3fU) << 8 | low;
            if (target >= behind || ++pointers > POINTERS_MAX) {
                return false;
            }
            behind = target;
            label = weir_cursor_over(message.next + target, message.left - target);
            continue;
        }
        total += size + 1U;
        if ((size & POINTER_BITS) != 0 || total >= NAME_BYTES_MAX ||
            !weir_cursor_bytes(&label, size, &bytes)) {
            return false;
        }
        if (text[0] != '\0') {
            weir_detail_text_append(text, room, ".", 1);
        }
        append_label(text, room, bytes, size);
    }
    return false;
}

static bool skip_name(struct weir_cursor message, struct weir_cursor *at)
{
    char text[DNS_NAME_SIZE];
    return read_name(message, at, text, sizeof(text));
}

/* Adds a whole value or nothing: half an address is another address. */
static void append_answer(struct dns_message *out, const char *value)
{
    const size_t used = strlen(out->answers);
    const size_t size = strlen(value);
    if (used + size + 2 > sizeof(out->answers)) {
        return;
    }
    if (used > 0) {
        out->answers[used] = ',';
    }
    memcpy(out->answers + used + (used > 0 ? 1 : 0), value, size + 1);
}

static void read_address(const uint8_t *bytes, uint8_t size, struct dns_message *out)
{
    struct weir_address address = {.size = size};
    char text[WEIR_ADDRESS_TEXT_SIZE];
    memcpy(address.bytes, bytes, size);
    weir_address_text(&address, text);
    append_answer(out, text);
}

static bool read_answer(struct weir_cursor message, struct weir_cursor *at, struct dns_message *out)
{
    uint16_t type = 0;
    uint16_t class = 0;
    uint32_t ttl = 0;
    uint16_t size = 0;
    if (!skip_name(message, at) || !weir_cursor_u16(at, &type) || !weir_cursor_u16(at, &class) ||
        !weir_cursor_u32(at, &ttl) || !weir_cursor_u16(at, &size) || size > at->left) {
        return false;
    }
    ttl = ttl > TTL_MAX ? 0 : ttl;
    out->ttl_min_s = out->has_ttl && out->ttl_min_s < ttl ? out->ttl_min_s : ttl;
    out->has_ttl = true;
    if (type == TYPE_A && size == 4) {
        read_address(at->next, 4, out);
    } else if (type == TYPE_AAAA && size == 16) {
        read_address(at->next, 16, out);
    } else if (type == TYPE_CNAME) {
        struct weir_cursor name = *at;
        char text[DNS_NAME_SIZE];
        if (read_name(message, &name, text, sizeof(text))) {
            append_answer(out, text);
        }
    }
    return weir_cursor_skip(at, size);
}

static bool read_header(struct weir_cursor *at, struct dns_message *out, uint16_t count[4])
{
    uint16_t bits = 0;
    if (!weir_cursor_u16(at, &out->id) || !weir_cursor_u16(at, &bits)) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        if (!weir_cursor_u16(at, &count[i]) || count[i] > DNS_RECORDS_MAX) {
            return false;
        }
    }
    out->is_response = (bits & 0x8000U) != 0;
    out->opcode = bits >> 11 & 15;
    out->aa = (bits & 0x0400U) != 0;
    out->tc = (bits & 0x0200U) != 0;
    out->rd = (bits & 0x0100U) != 0;
    out->ra = (bits & 0x0080U) != 0;
    out->rcode = bits & 15;
    out->answer_count = count[1];
    return out->opcode <= OPCODE_MAX && count[0] <= 1 && (out->is_response || count[0] == 1);
}

bool dns_message_read(const uint8_t *bytes, size_t size, struct dns_message *out)
{
    const struct weir_cursor message = weir_cursor_over(bytes, size);
    struct weir_cursor at = message;
    uint16_t count[4] = {0};
    memset(out, 0, sizeof(*out));
    if (!read_header(&at, out, count)) {
        return false;
    }
    if (count[0] == 1) {
        if (!read_name(message, &at, out->name, sizeof(out->name)) ||
            !weir_cursor_u16(&at, &out->qtype) || !weir_cursor_u16(&at, &out->qclass)) {
            return false;
        }
        out->has_question = true;
    }
    for (uint16_t i = 0; out->is_response && i < count[1]; i++) {
        if (!read_answer(message, &at, out)) {
            break;
        }
    }
    return true;
}
