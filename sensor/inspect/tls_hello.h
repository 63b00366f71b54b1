/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_hello: the parts of a client's or server's hello, found but not copied.
 *
 * Shape:   lists are cursors over the hello's own bytes, in wire form without their length; empty
 *          where the hello has none. A hello that is cut gives what came before the cut and is not
 *          `whole`; nothing may be said of its lists but that they begin so.
 * Source:  RFC 8446 4.1, RFC 5246 7.4.1, RFC 6066 3, RFC 7301, RFC 8701 (GREASE).
 */
#ifndef WEIR_SENSOR_INSPECT_TLS_HELLO_H
#define WEIR_SENSOR_INSPECT_TLS_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/cursor.h"

#define TLS_SERVER_NAME          0x0000U
#define TLS_SUPPORTED_GROUPS     0x000aU
#define TLS_POINT_FORMATS        0x000bU
#define TLS_SIGNATURE_ALGORITHMS 0x000dU
#define TLS_ALPN                 0x0010U
#define TLS_SUPPORTED_VERSIONS   0x002bU

#define TLS_VERSION_SSL3 0x0300U
#define TLS_VERSION_1_2  0x0303U
#define TLS_VERSION_1_3  0x0304U

struct tls_client_hello {
    bool whole;
    bool has_server_name; /* the extension is there, whatever is in it */
    uint16_t version;     /* the field; 0x0303 for TLS 1.2 and later */
    uint16_t supported;   /* best of the extension, 0 without it */
    struct weir_cursor ciphers, extensions;
    struct weir_cursor groups, point_formats, signature_algorithms;
    struct weir_cursor server_name, alpn; /* alpn: the first offered */
};

struct tls_server_hello {
    bool whole;
    uint16_t version;   /* the field */
    uint16_t supported; /* of the extension, 0 without it */
    uint16_t cipher;
    struct weir_cursor extensions;
    struct weir_cursor alpn;
};

/* One extension of an `extensions` cursor, which moves behind it. False at its end. */
bool tls_hello_extension(struct weir_cursor *extensions, uint16_t *type, struct weir_cursor *body);

/* Whether a cipher, extension, group or version is one of the sixteen that mean nothing. */
static inline bool tls_hello_is_grease(uint16_t value)
{
    return (value & 0x0f0fU) == 0x0a0aU && value >> 8 == (value & 0xffU);
}

/* Reads a handshake body. False when not even the version is there, or it cannot be one. */
bool tls_hello_read_client(struct weir_cursor body, struct tls_client_hello *out);
bool tls_hello_read_server(struct weir_cursor body, struct tls_server_hello *out);

#endif
