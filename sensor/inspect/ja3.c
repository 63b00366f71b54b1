/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ja3.h"

#include "sensor/inspect/digest.h"

#define DECIMAL_MAX 5
#define TEXT_STEP   256 /* letters gathered before they are digested */

struct listing { /* the text whose digest is the name */
    struct digest_md5 md5;
    char text[TEXT_STEP];
    size_t size;
    bool first; /* the next number is the first of its list */
};

static void begin(struct listing *listing)
{
    digest_md5_begin(&listing->md5);
    listing->size = 0;
    listing->first = true;
}

static void end(struct listing *listing, char text[JA3_TEXT_SIZE])
{
    digest_md5_add(&listing->md5, listing->text, listing->size);
    digest_md5_text(&listing->md5, text);
}

static void add_letter(struct listing *listing, char letter)
{
    if (listing->size == sizeof(listing->text)) {
        digest_md5_add(&listing->md5, listing->text, listing->size);
        listing->size = 0;
    }
    listing->text[listing->size++] = letter;
}

/* The next number of a list, behind a "-" unless it is the first. */
static void add_number(struct listing *listing, uint16_t value)
{
    char digits[DECIMAL_MAX];
    size_t count = 0;
    unsigned left = value;
    do {
        digits[count++] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (!listing->first) {
        add_letter(listing, '-');
    }
    listing->first = false;
    while (count > 0) {
        add_letter(listing, digits[--count]);
    }
}

static void next_list(struct listing *listing)
{
    add_letter(listing, ',');
    listing->first = true;
}

static void add_list(struct listing *listing, struct weir_cursor list)
{
    uint16_t value = 0;
    next_list(listing);
    while (weir_cursor_u16(&list, &value)) {
        if (!tls_hello_is_grease(value)) {
            add_number(listing, value);
        }
    }
}

static void add_extensions(struct listing *listing, struct weir_cursor extensions)
{
    uint16_t type = 0;
    struct weir_cursor body = {0};
    next_list(listing);
    while (tls_hello_extension(&extensions, &type, &body)) {
        if (!tls_hello_is_grease(type)) {
            add_number(listing, type);
        }
    }
}

static void add_bytes(struct listing *listing, struct weir_cursor list)
{
    uint8_t value = 0;
    next_list(listing);
    while (weir_cursor_u8(&list, &value)) {
        add_number(listing, value);
    }
}

void ja3_client(const struct tls_client_hello *hello, char text[JA3_TEXT_SIZE])
{
    struct listing listing;
    begin(&listing);
    add_number(&listing, hello->version);
    add_list(&listing, hello->ciphers);
    add_extensions(&listing, hello->extensions);
    add_list(&listing, hello->groups);
    add_bytes(&listing, hello->point_formats);
    end(&listing, text);
}

void ja3_server(const struct tls_server_hello *hello, char text[JA3_TEXT_SIZE])
{
    struct listing listing;
    begin(&listing);
    add_number(&listing, hello->version);
    next_list(&listing);
    add_number(&listing, hello->cipher);
    add_extensions(&listing, hello->extensions);
    end(&listing, text);
}
