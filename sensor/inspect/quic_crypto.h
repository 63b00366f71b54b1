/* SPDX-License-Identifier: Apache-2.0
 *
 * quic_crypto: the beginning of a QUIC handshake, out of the frames of opened packets.
 *
 * Shape:   the first QUIC_CRYPTO_MAX bytes in up to QUIC_PIECES_MAX pieces that do not touch; a
 *          frame that would make one more is passed over. What came first stays.
 * Owns:    its state; zeroed, nothing is known.
 * Source:  RFC 9000 19.6 (CRYPTO), and the other frames an Initial may hold (12.4).
 */
#ifndef WEIR_SENSOR_INSPECT_QUIC_CRYPTO_H
#define WEIR_SENSOR_INSPECT_QUIC_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/cursor.h"

#define QUIC_CRYPTO_MAX 4096
#define QUIC_PIECES_MAX 24 /* some clients shuffle the hello in a dozen frames */

struct quic_piece {
    uint16_t from, to; /* bytes [from, to) are known */
};

struct quic_crypto {
    uint8_t pieces;
    struct quic_piece piece[QUIC_PIECES_MAX]; /* ascending */
    uint8_t bytes[QUIC_CRYPTO_MAX];
};

/* Reads the frames of one packet. */
void quic_crypto_add(struct quic_crypto *crypto, const uint8_t *frames, size_t size);

/* What is known without a gap from the first byte on. */
struct weir_cursor quic_crypto_beginning(const struct quic_crypto *crypto);

#endif
