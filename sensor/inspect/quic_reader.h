/* SPDX-License-Identifier: Apache-2.0
 *
 * quic_reader: the TLS client hello out of the Initial packets of a QUIC connection.
 *
 * The keys of Initial packets follow from the connection id the client chose, so whoever sees the
 * first datagram can read them. CRYPTO frames are put together over datagrams and gaps.
 *
 * Shape:   takes the client's datagrams in order of arrival, QUIC_DATAGRAMS_MAX at most and four
 *          packets of each; of the handshake QUIC_CRYPTO_MAX bytes. A packet longer than
 *          QUIC_PACKET_MAX is passed over.
 * Owns:    its state; zeroed, it is a new connection.
 * Source:  RFC 9000 17.2, RFC 9001 5 (version 1), RFC 9369 3 (version 2).
 */
#ifndef WEIR_SENSOR_INSPECT_QUIC_READER_H
#define WEIR_SENSOR_INSPECT_QUIC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_details.h"

#include "sensor/inspect/quic_crypto.h"
#include "sensor/inspect/reading.h"

#define QUIC_DATAGRAMS_MAX 10
#define QUIC_PACKET_MAX    2048
#define QUIC_ID_MAX        20

struct quic_reader {
    uint32_t version;
    uint8_t id_size;
    uint8_t id[QUIC_ID_MAX]; /* destination id of the client's first Initial */
    uint8_t datagrams;
    struct quic_crypto crypto;
};

/* Reads one datagram of the client into details; NOT when the first is no Initial of a known
 * version that decrypts. */
enum reading quic_reader_add(struct quic_reader *reader, const uint8_t *datagram, size_t size,
                             struct weir_tls_details *details);

/* The flow is over: a hello of which only the beginning came is read as far as it goes. */
enum reading quic_reader_end(const struct quic_reader *reader, struct weir_tls_details *details);

#endif
