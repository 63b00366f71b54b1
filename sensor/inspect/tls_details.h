/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_details: what a record says of TLS, from the hellos of TCP or QUIC.
 */
#ifndef WEIR_SENSOR_INSPECT_TLS_DETAILS_H
#define WEIR_SENSOR_INSPECT_TLS_DETAILS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/cursor.h"

#include "common/flow/flow_details.h"

/* Adds a hello's handshake body; transport as in ja4.h. False when it is none; then nothing
 * changed. The client's version stands until the server's is known. */
bool tls_details_add_client(struct weir_tls_details *details, struct weir_cursor body,
                            char transport);
bool tls_details_add_server(struct weir_tls_details *details, struct weir_cursor body);

#endif
