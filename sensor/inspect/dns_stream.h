/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_stream: cuts the stream of DNS over TCP into messages.
 *
 * Shape:   one direction, in any pieces; of a message longer than DNS_STREAM_KEPT only the
 *          beginning is given.
 * Owns:    its state; zeroed, it is a new stream.
 * Source:  RFC 1035 4.2.2, RFC 7766.
 */
#ifndef WEIR_SENSOR_INSPECT_DNS_STREAM_H
#define WEIR_SENSOR_INSPECT_DNS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/cursor.h"

#define DNS_STREAM_KEPT 512

struct dns_stream {
    uint16_t length; /* of the message, from its prefix */
    uint16_t taken;  /* bytes of it that came */
    uint8_t prefix;  /* bytes of the prefix that came, 0 .. 2 */
    uint8_t message[DNS_STREAM_KEPT];
};

/* Reads until a message is whole, true with it in *out, which lies in the payload or the stream
 * and is good until the next call; false when all is read. */
bool dns_stream_next(struct dns_stream *stream, struct weir_cursor *payload,
                     struct weir_cursor *out);

#endif
