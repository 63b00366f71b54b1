/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_reader: the hellos of a TLS connection, and up to TLS 1.2 the server's certificate.
 *
 * Shape:   takes the first bytes of both directions in order, in any pieces. One buffer serves the
 *          client's hello, then the server's messages; of a message longer than the buffer only
 *          the beginning is read, and no fingerprint is made of half a hello.
 * Owns:    its state; zeroed, it is a new connection.
 * Source:  RFC 8446 4 and 5, RFC 5246 7.4; ja3.h, ja4.h.
 */
#ifndef WEIR_SENSOR_INSPECT_TLS_READER_H
#define WEIR_SENSOR_INSPECT_TLS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_details.h"

#include "sensor/inspect/reading.h"

#define TLS_MESSAGE_KEPT 4096

struct tls_side {
    uint16_t record_left; /* payload bytes of the record being read */
    uint8_t header[5];    /* of the record being read */
    uint8_t header_size;
    bool closed; /* nothing more is read of this direction */
};

struct tls_reader {
    struct tls_side side[2]; /* 0 client, 1 server */
    uint32_t message_left;   /* bytes of the message that have not come */
    uint16_t size;           /* kept of the message, with its four header bytes */
    uint8_t speaker;         /* whose message is in bytes; an index of side */
    bool any;                /* some message was read */
    uint8_t bytes[TLS_MESSAGE_KEPT];
};

/* Reads the next bytes of a direction into details. */
enum reading tls_reader_add(struct tls_reader *reader, bool from_client, const uint8_t *bytes,
                            size_t size, struct weir_tls_details *details);

/* Bytes of this direction were lost, or it has ended: what came of its message is read, and then
 * nothing more. */
enum reading tls_reader_lose(struct tls_reader *reader, bool from_client,
                             struct weir_tls_details *details);

#endif
