/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ja4.h"

#include <string.h>

#include "sensor/inspect/digest.h"

#define COUNT_MAX   99 /* of ciphers and extensions, two digits */
#define DIGEST_PART 12 /* hexadecimal digits kept of each digest */
#define ITEM_SIZE   5  /* "1301," */

struct list {
    uint16_t value[JA4_LIST_MAX];
    size_t count;
};

static bool list_add(struct list *list, uint16_t value)
{
    if (tls_hello_is_grease(value)) {
        return true;
    }
    if (list->count == JA4_LIST_MAX) {
        return false;
    }
    list->value[list->count++] = value;
    return true;
}

static bool list_read(struct list *list, struct weir_cursor from)
{
    uint16_t value = 0;
    list->count = 0;
    while (weir_cursor_u16(&from, &value)) {
        if (!list_add(list, value)) {
            return false;
        }
    }
    return true;
}

/* Lists are short, and often nearly in order. */
static void list_sort(struct list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        const uint16_t value = list->value[i];
        size_t at = i;
        while (at > 0 && list->value[at - 1] > value) {
            list->value[at] = list->value[at - 1];
            at--;
        }
        list->value[at] = value;
    }
}

/* "1301,1302" behind text[size]; the new size. */
static size_t list_text(const struct list *list, char *text, size_t size)
{
    for (size_t i = 0; i < list->count; i++) {
        const uint8_t bytes[2] = {(uint8_t)(list->value[i] >> 8), (uint8_t)list->value[i]};
        if (i > 0) {
            text[size++] = ',';
        }
        digest_hex(bytes, sizeof(bytes), text + size);
        size += 4;
    }
    return size;
}

static void put_digest(const char *text, size_t size, char *out)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    digest_sha256(text, size, digest);
    digest_hex(digest, sizeof(digest), hex);
    memcpy(out, hex, DIGEST_PART);
}

static const char *version_text(const struct tls_client_hello *hello)
{
    switch (hello->supported != 0 ? hello->supported : hello->version) {
    case TLS_VERSION_1_3:
        return "13";
    case TLS_VERSION_1_2:
        return "12";
    case 0x0302U:
        return "11";
    case 0x0301U:
        return "10";
    case TLS_VERSION_SSL3:
        return "s3";
    default:
        return "00";
    }
}

static bool is_alphanumeric(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

/* First and last letter of the first protocol offered, or of its hexadecimal text. */
static void put_alpn(struct weir_cursor alpn, char out[2])
{
    static const char digits[] = "0123456789abcdef";
    if (alpn.left == 0) {
        memcpy(out, "00", 2);
        return;
    }
    const uint8_t first = alpn.next[0];
    const uint8_t last = alpn.next[alpn.left - 1];
    const bool plain = is_alphanumeric(first) && is_alphanumeric(last);
    out[0] = plain ? (char)first : digits[first >> 4];
    out[1] = plain ? (char)last : digits[last & 15];
}

static void put_count(size_t count, char out[2])
{
    const size_t shown = count < COUNT_MAX ? count : COUNT_MAX;
    out[0] = (char)('0' + shown / 10);
    out[1] = (char)('0' + shown % 10);
}

/* How many extensions; in *list those that are hashed, which server name and ALPN are not. */
static bool read_extensions(const struct tls_client_hello *hello, struct list *list, size_t *count)
{
    struct weir_cursor walk = hello->extensions;
    struct weir_cursor body = {0};
    uint16_t type = 0;
    list->count = 0;
    *count = 0;
    while (tls_hello_extension(&walk, &type, &body)) {
        *count += tls_hello_is_grease(type) ? 0 : 1;
        if (type != TLS_SERVER_NAME && type != TLS_ALPN && !list_add(list, type)) {
            return false;
        }
    }
    return true;
}

bool ja4_client(const struct tls_client_hello *hello, char transport, char text[JA4_TEXT_SIZE])
{
    struct list ciphers;
    struct list extensions = {.count = 0};
    struct list signatures;
    size_t extension_count = 0;
    char hashed[2 * JA4_LIST_MAX * ITEM_SIZE + 2];
    if (!list_read(&ciphers, hello->ciphers) ||
        !read_extensions(hello, &extensions, &extension_count) ||
        !list_read(&signatures, hello->signature_algorithms)) {
        return false;
    }
    memset(text, '0', JA4_TEXT_SIZE - 1);
    text[0] = transport;
    memcpy(text + 1, version_text(hello), 2);
    text[3] = hello->has_server_name ? 'd' : 'i';
    put_count(ciphers.count, text + 4);
    put_count(extension_count, text + 6);
    put_alpn(hello->alpn, text + 8);
    text[10] = '_';
    if (ciphers.count > 0) {
        list_sort(&ciphers);
        put_digest(hashed, list_text(&ciphers, hashed, 0), text + 11);
    }
    text[23] = '_';
    if (extensions.count > 0) {
        list_sort(&extensions);
        size_t size = list_text(&extensions, hashed, 0);
        if (signatures.count > 0) {
            hashed[size++] = '_';
            size = list_text(&signatures, hashed, size);
        }
        put_digest(hashed, size, text + 24);
    }
    text[JA4_TEXT_SIZE - 1] = '\0';
    return true;
}
