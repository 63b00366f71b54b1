/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ja3.h"

#include "sensor/inspect/digest.h"

#define DECIMAL_MAX 5

/* The next number of a list, behind a "-" unless it is the first. */
static void add_number(struct digest_md5 *md5, uint16_t value, bool *first)
{
    char text[1 + DECIMAL_MAX];
    size_t at = sizeof(text);
    unsigned left = value;
    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (!*first) {
        text[--at] = '-';
    }
    *first = false;
    digest_md5_add(md5, text + at, sizeof(text) - at);
}

static void add_list(struct digest_md5 *md5, struct weir_cursor list)
{
    bool first = true;
    uint16_t value = 0;
    digest_md5_add(md5, ",", 1);
    while (weir_cursor_u16(&list, &value)) {
        if (!tls_hello_is_grease(value)) {
            add_number(md5, value, &first);
        }
    }
}

static void add_extensions(struct digest_md5 *md5, struct weir_cursor extensions)
{
    bool first = true;
    uint16_t type = 0;
    struct weir_cursor body = {0};
    digest_md5_add(md5, ",", 1);
    while (tls_hello_extension(&extensions, &type, &body)) {
        if (!tls_hello_is_grease(type)) {
            add_number(md5, type, &first);
        }
    }
}

static void add_bytes(struct digest_md5 *md5, struct weir_cursor list)
{
    bool first = true;
    uint8_t value = 0;
    digest_md5_add(md5, ",", 1);
    while (weir_cursor_u8(&list, &value)) {
        add_number(md5, value, &first);
    }
}

void ja3_client(const struct tls_client_hello *hello, char text[JA3_TEXT_SIZE])
{
    struct digest_md5 md5;
    bool first = true;
    digest_md5_begin(&md5);
    add_number(&md5, hello->version, &first);
    add_list(&md5, hello->ciphers);
    add_extensions(&md5, hello->extensions);
    add_list(&md5, hello->groups);
    add_bytes(&md5, hello->point_formats);
    digest_md5_text(&md5, text);
}

void ja3_server(const struct tls_server_hello *hello, char text[JA3_TEXT_SIZE])
{
    struct digest_md5 md5;
    bool first = true;
    digest_md5_begin(&md5);
    add_number(&md5, hello->version, &first);
    first = true;
    digest_md5_add(&md5, ",", 1);
    add_number(&md5, hello->cipher, &first);
    add_extensions(&md5, hello->extensions);
    digest_md5_text(&md5, text);
}
