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

struct name_text { /* a name being written; size excludes the NUL */
    char *at;
    size_t room, size;
};

static void add_plain(struct name_text *name, char letter)
{
    if (name->size + 1 < name->room) {
        name->at[name->size++] = letter;
    }
}

/* A dot inside a label is not the dot between labels. */
static void add_letter(struct name_text *name, uint8_t letter)
{
    static const char digits[] = "0123456789abcdef";
    if (letter > ' ' && letter <= '~' && letter != '.' && letter != '\\') {
        const bool upper = letter >= 'A' && letter <= 'Z';
        add_plain(name, (char)(upper ? letter | 0x20 : letter));
    } else if (letter == '\\' && name->size + 2 < name->room) {
        add_plain(name, '\\');
        add_plain(name, '\\');
    } else if (letter != '\\' && name->size + 4 < name->room) {
        add_plain(name, '\\');
        add_plain(name, 'x');
        add_plain(name, digits[letter >> 4]);
        add_plain(name, digits[letter & 15]);
    } else {
        name->room = name->size + 1; /* cut here, not behind the next letter that fits */
    }
}

static void add_label(struct name_text *name, const uint8_t *label, size_t size)
{
    if (name->size > 0) {
        add_plain(name, '.');
    }
    for (size_t i = 0; i < size; i++) {
        add_letter(name, label[i]);
    }
}

/* A name at the cursor, which moves behind it; pointers lead back into the message. */
static bool read_name(struct weir_cursor message, struct weir_cursor *at, char *text, size_t room)
{
    struct name_text name = {.at = text, .room = room};
    struct weir_cursor label = *at;
    size_t behind = message.left - at->left; /* pointers must lead before this */
    size_t total = 0;
    unsigned pointers = 0;
    uint8_t size = 0;
    uint8_t low = 0;
    const uint8_t *bytes = NULL;
    while (weir_cursor_u8(&label, &size) && size != 0) {
        if ((size & POINTER_BITS) == POINTER_BITS) {
            const size_t high = (size_t)(size & 0x3fU) << 8;
            if (!weir_cursor_u8(&label, &low) || (high | low) >= behind ||
                ++pointers > POINTERS_MAX) {
                return false;
            }
            behind = high | low;
            *at = pointers == 1 ? label : *at;
            label = weir_cursor_over(message.next + behind, message.left - behind);
        } else {
            total += size + 1U;
            if ((size & POINTER_BITS) != 0 || total >= NAME_BYTES_MAX ||
                !weir_cursor_bytes(&label, size, &bytes)) {
                return false;
            }
            add_label(&name, bytes, size);
        }
    }
    if (size != 0) { /* cut */
        return false;
    }
    if (name.size == 0) {
        add_plain(&name, '.');
    }
    text[name.size] = '\0';
    *at = pointers == 0 ? label : *at;
    return true;
}

/* Where a name leads does not matter to what stands behind it. */
static bool skip_name(struct weir_cursor *at)
{
    uint8_t size = 0;
    while (weir_cursor_u8(at, &size) && size != 0) {
        if ((size & POINTER_BITS) == POINTER_BITS) {
            return weir_cursor_skip(at, 1);
        }
        if ((size & POINTER_BITS) != 0 || !weir_cursor_skip(at, size)) {
            return false;
        }
    }
    return size == 0;
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
    if (!skip_name(at) || !weir_cursor_u16(at, &type) || !weir_cursor_u16(at, &class) ||
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
    memset(out, 0, offsetof(struct dns_message, name));
    out->name[0] = '\0';
    out->answers[0] = '\0';
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
