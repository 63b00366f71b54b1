/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_certificate: whom a certificate names, and who signed it.
 *
 * Names as Zeek and RFC 4514 write them: "CN=www.example.org,O=Example,C=DE", the last part of the
 * certificate's name first.
 *
 * Source:  RFC 5280 4.1, X.690 (DER).
 */
#ifndef WEIR_SENSOR_INSPECT_TLS_CERTIFICATE_H
#define WEIR_SENSOR_INSPECT_TLS_CERTIFICATE_H

#include <stdbool.h>

#include "common/base/cursor.h"

#include "common/flow/flow_details.h"

/* Reads the body of a Certificate message of TLS up to 1.2: the first certificate's subject and
 * issuer. The body may be cut; a name is written whole or not at all. False when it is no
 * certificate; then nothing changed.
 */
bool tls_certificate_read(struct weir_cursor body, struct weir_tls_details *details);

#endif
