/* SPDX-License-Identifier: Apache-2.0
 *
 * ja4: the fingerprint of a TLS client that does not change when it shuffles its extensions.
 *
 * "t13d1516h2_8daaf6152771_e5627efa2ab1": transport, version, server name or not, how many ciphers
 * and extensions, ALPN; then twelve digits of SHA-256 over the sorted ciphers, and over the sorted
 * extensions with the signature algorithms. GREASE is left out everywhere.
 *
 * Source:  JA4 (FoxIO, 2023), TLS client part, BSD licence.
 */
#ifndef WEIR_SENSOR_INSPECT_JA4_H
#define WEIR_SENSOR_INSPECT_JA4_H

#include "sensor/inspect/tls_hello.h"

#define JA4_TEXT_SIZE 37
#define JA4_LIST_MAX  256 /* ciphers, extensions, signature algorithms; no client has so many */

/* Of a whole hello; transport is 't' over TCP and 'q' over QUIC. False, and nothing written, when a
 * list is longer than JA4_LIST_MAX. */
bool ja4_client(const struct tls_client_hello *hello, char transport, char text[JA4_TEXT_SIZE]);

#endif
