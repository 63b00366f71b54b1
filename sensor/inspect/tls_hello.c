/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/tls_hello.h"

#define RANDOM_SIZE     32
#define SESSION_ID_MAX  32
#define NAME_TYPE_HOST  0
#define VERSION_MAJOR   3
#define VERSION_DRAFT13 0x7fU /* high byte of TLS 1.3 drafts */

/* A list behind its length; what is there of it when it is cut, and then false. */
static bool read_list(struct weir_cursor *from, size_t size, struct weir_cursor *out)
{
    const bool whole = size <= from->left;
    *out = weir_cursor_over(from->next, whole ? size : from->left);
    (void)weir_cursor_skip(from, out->left);
    return whole;
}

static bool read_list8(struct weir_cursor *from, struct weir_cursor *out)
{
    uint8_t size = 0;
    return weir_cursor_u8(from, &size) && read_list(from, size, out);
}

static bool read_list16(struct weir_cursor *from, struct weir_cursor *out)
{
    uint16_t size = 0;
    return weir_cursor_u16(from, &size) && read_list(from, size, out);
}

bool tls_hello_extension(struct weir_cursor *extensions, uint16_t *type, struct weir_cursor *body)
{
    struct weir_cursor probe = *extensions;
    struct weir_cursor found = {0};
    uint16_t read = 0;
    if (!weir_cursor_u16(&probe, &read) || !read_list16(&probe, &found)) {
        return false;
    }
    *extensions = probe;
    *type = read;
    *body = found;
    return true;
}

static struct weir_cursor server_name_in(struct weir_cursor body)
{
    struct weir_cursor list = {0};
    struct weir_cursor name = {0};
    uint8_t type = 0;
    (void)read_list16(&body, &list);
    while (weir_cursor_u8(&list, &type) && read_list16(&list, &name)) {
        if (type == NAME_TYPE_HOST) {
            return name;
        }
    }
    return (struct weir_cursor){0};
}

static struct weir_cursor first_alpn_in(struct weir_cursor body)
{
    struct weir_cursor list = {0};
    struct weir_cursor name = {0};
    (void)read_list16(&body, &list);
    return read_list8(&list, &name) ? name : (struct weir_cursor){0};
}

static uint16_t best_version_in(struct weir_cursor body)
{
    struct weir_cursor list = {0};
    uint16_t version = 0;
    uint16_t best = 0;
    (void)read_list8(&body, &list);
    while (weir_cursor_u16(&list, &version)) {
        if (!tls_hello_is_grease(version) && version >> 8 == VERSION_MAJOR && version > best) {
            best = version;
        }
    }
    return best;
}

static struct weir_cursor list16_in(struct weir_cursor body)
{
    struct weir_cursor list = {0};
    (void)read_list16(&body, &list);
    return list;
}

static struct weir_cursor list8_in(struct weir_cursor body)
{
    struct weir_cursor list = {0};
    (void)read_list8(&body, &list);
    return list;
}

/* The extensions behind the fixed part, and whether all of them are there. */
static bool read_extensions(struct weir_cursor *body, struct weir_cursor *out)
{
    if (body->left == 0) { /* TLS 1.2 and before: none */
        return true;
    }
    if (!read_list16(body, out)) {
        return false;
    }
    struct weir_cursor walk = *out;
    struct weir_cursor ignored = {0};
    uint16_t type = 0;
    while (tls_hello_extension(&walk, &type, &ignored)) {
    }
    return walk.left == 0;
}

/* Version, random and session id, which both hellos begin with. */
static bool read_head(struct weir_cursor *body, uint16_t *version)
{
    uint8_t session = 0;
    return weir_cursor_u16(body, version) && *version >> 8 == VERSION_MAJOR &&
           weir_cursor_skip(body, RANDOM_SIZE) && weir_cursor_u8(body, &session) &&
           session <= SESSION_ID_MAX && weir_cursor_skip(body, session);
}

bool tls_hello_read_client(struct weir_cursor body, struct tls_client_hello *out)
{
    struct tls_client_hello hello = {0};
    struct weir_cursor compression = {0};
    if (!read_head(&body, &hello.version)) {
        return false;
    }
    hello.whole = read_list16(&body, &hello.ciphers) && hello.ciphers.left % 2 == 0 &&
                  read_list8(&body, &compression) && read_extensions(&body, &hello.extensions);
    struct weir_cursor walk = hello.extensions;
    struct weir_cursor extension = {0};
    uint16_t type = 0;
    while (tls_hello_extension(&walk, &type, &extension)) {
        switch (type) {
        case TLS_SERVER_NAME:
            hello.has_server_name = true;
            hello.server_name = server_name_in(extension);
            break;
        case TLS_SUPPORTED_GROUPS:
            hello.groups = list16_in(extension);
            break;
        case TLS_POINT_FORMATS:
            hello.point_formats = list8_in(extension);
            break;
        case TLS_SIGNATURE_ALGORITHMS:
            hello.signature_algorithms = list16_in(extension);
            break;
        case TLS_ALPN:
            hello.alpn = first_alpn_in(extension);
            break;
        case TLS_SUPPORTED_VERSIONS:
            hello.supported = best_version_in(extension);
            break;
        default:
            break;
        }
    }
    *out = hello;
    return true;
}

bool tls_hello_read_server(struct weir_cursor body, struct tls_server_hello *out)
{
    struct tls_server_hello hello = {0};
    if (!read_head(&body, &hello.version) || !weir_cursor_u16(&body, &hello.cipher)) {
        return false;
    }
    hello.whole = weir_cursor_skip(&body, 1) && read_extensions(&body, &hello.extensions);
    struct weir_cursor walk = hello.extensions;
    struct weir_cursor extension = {0};
    uint16_t type = 0;
    while (tls_hello_extension(&walk, &type, &extension)) {
        uint16_t version = 0;
        if (type == TLS_ALPN) {
            hello.alpn = first_alpn_in(extension);
        } else if (type == TLS_SUPPORTED_VERSIONS && weir_cursor_u16(&extension, &version)) {
            hello.supported = version >> 8 == VERSION_DRAFT13 ? TLS_VERSION_1_3 : version;
        }
    }
    *out = hello;
    return true;
}
