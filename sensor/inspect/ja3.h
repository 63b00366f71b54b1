/* SPDX-License-Identifier: Apache-2.0
 *
 * ja3: the fingerprints of a TLS client and server by what their hellos list, as MD5.
 *
 * Client: version, ciphers, extensions, groups and point formats in decimal, without GREASE.
 * Server: version, cipher, extensions.
 *
 * Source:  JA3 and JA3S (Salesforce, 2017).
 */
#ifndef WEIR_SENSOR_INSPECT_JA3_H
#define WEIR_SENSOR_INSPECT_JA3_H

#include "sensor/inspect/tls_hello.h"

#define JA3_TEXT_SIZE 33

/* Of a whole hello. */
void ja3_client(const struct tls_client_hello *hello, char text[JA3_TEXT_SIZE]);
void ja3_server(const struct tls_server_hello *hello, char text[JA3_TEXT_SIZE]);

#endif
