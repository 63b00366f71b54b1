/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_bytes: handshake messages of TLS, built from their parts.
 *
 * A message has its four bytes of header; tls_bytes_record() puts messages into records.
 */
#ifndef WEIR_TESTS_SUPPORT_TLS_BYTES_H
#define WEIR_TESTS_SUPPORT_TLS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_BYTES_BODY 4 /* where the body of a message begins */

struct tls_bytes {
    size_t size;
    uint8_t bytes[16384];
};

/* What a browser sends, with GREASE everywhere and `padding` bytes in its last extension, at most
 * 4096. JA4 t13d1516h2_8daaf6152771_e5627efa2ab1 is the example of its specification. */
void tls_bytes_browser(struct tls_bytes *to, const char *server_name, size_t padding);

/* TLS 1.0; with groups also a server name and point formats, else no extensions at all. */
void tls_bytes_old(struct tls_bytes *to, const uint16_t *ciphers, size_t count, bool groups);

void tls_bytes_server(struct tls_bytes *to, bool tls13);
void tls_bytes_certificate(struct tls_bytes *to);

/* Appends the messages as handshake records of at most record_max bytes. */
void tls_bytes_record(struct tls_bytes *to, const struct tls_bytes *messages, size_t record_max);

#endif
