/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ftp_control.h"

#include <string.h>
#include <strings.h>

#include "common/base/cursor.h"

/* Decimal number at the cursor, at most `limit`. */
static bool read_number(struct weir_cursor *text, uint32_t limit, uint32_t *out)
{
    uint32_t value = 0;
    uint8_t digit = 0;
    size_t digits = 0;
    while (text->left > 0 && text->next[0] >= '0' && text->next[0] <= '9') {
        (void)weir_cursor_u8(text, &digit);
        value = value * 10 + (uint32_t)(digit - '0');
        if (value > limit) {
            return false;
        }
        digits++;
    }
    if (digits == 0) {
        return false;
    }
    *out = value;
    return true;
}

static bool read_letter(struct weir_cursor *text, uint8_t letter)
{
    return text->left > 0 && text->next[0] == letter && weir_cursor_skip(text, 1);
}

/* "h1,h2,h3,h4,p1,p2" */
static bool read_six(struct weir_cursor *text, struct ftp_announcement *out)
{
    uint32_t number[6];
    for (size_t i = 0; i < 6; i++) {
        if ((i > 0 && !read_letter(text, ',')) || !read_number(text, 255, &number[i])) {
            return false;
        }
    }
    struct ftp_announcement found = {.port = (uint16_t)(number[4] << 8 | number[5])};
    found.address.size = 4;
    for (size_t i = 0; i < 4; i++) {
        found.address.bytes[i] = (uint8_t)number[i];
    }
    if (found.port == 0) {
        return false;
    }
    *out = found;
    return true;
}

/* "|2|fe80::1|5282|" or "|||5282|"; any delimiter. */
static bool read_extended(struct weir_cursor *text, struct ftp_announcement *out)
{
    uint8_t delimiter = 0;
    uint32_t port = 0;
    char address[WEIR_ADDRESS_TEXT_SIZE] = {0};
    if (!weir_cursor_u8(text, &delimiter)) {
        return false;
    }
    while (text->left > 0 && text->next[0] != delimiter) { /* the family is in the address too */
        (void)weir_cursor_skip(text, 1);
    }
    if (!read_letter(text, delimiter)) {
        return false;
    }
    for (size_t i = 0; text->left > 0 && text->next[0] != delimiter; i++) {
        if (i + 1 >= sizeof(address)) {
            return false;
        }
        address[i] = (char)text->next[0];
        (void)weir_cursor_skip(text, 1);
    }
    if (!read_letter(text, delimiter) || !read_number(text, 65535, &port) || port == 0) {
        return false;
    }
    struct ftp_announcement found = {.port = (uint16_t)port};
    if (address[0] != '\0' && weir_address_parse(address, &found.address) != WEIR_OK) {
        return false;
    }
    *out = found;
    return true;
}

/* Moves behind the first `letter`. */
static bool skip_past(struct weir_cursor *text, uint8_t letter)
{
    while (text->left > 0) {
        if (read_letter(text, letter)) {
            return true;
        }
        (void)weir_cursor_skip(text, 1);
    }
    return false;
}

static bool begins(struct weir_cursor *text, const char *word)
{
    const size_t size = strlen(word);
    return text->left >= size && strncasecmp((const char *)text->next, word, size) == 0 &&
           weir_cursor_skip(text, size);
}

bool ftp_control_read(const char *line, size_t size, bool from_client, struct ftp_announcement *out)
{
    struct weir_cursor text = weir_cursor_over(line, size);
    if (from_client) {
        if (begins(&text, "PORT ")) {
            return read_six(&text, out);
        }
        return begins(&text, "EPRT ") && read_extended(&text, out);
    }
    if (begins(&text, "227 ")) { /* the parenthesis is customary, not required */
        while (text.left > 0 && (text.next[0] < '0' || text.next[0] > '9')) {
            (void)weir_cursor_skip(&text, 1);
        }
        return read_six(&text, out);
    }
    return begins(&text, "229 ") && skip_past(&text, '(') && read_extended(&text, out);
}
