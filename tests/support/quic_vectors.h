/* SPDX-License-Identifier: Apache-2.0
 *
 * quic_vectors: Initial packets of a client, sealed.
 *
 * All carry the client hello of RFC 9001 A.2 for example.com under connection id 8394c8f03e515708.
 * The version 2 packet and the split one were sealed with Python's cryptography 48.
 */
#ifndef WEIR_TESTS_SUPPORT_QUIC_VECTORS_H
#define WEIR_TESTS_SUPPORT_QUIC_VECTORS_H

#include <stdint.h>

#define QUIC_VECTOR_SIZE 1200

extern const uint8_t quic_vector_v1[QUIC_VECTOR_SIZE]; /* RFC 9001 A.2, as printed there */
extern const uint8_t quic_vector_v2[QUIC_VECTOR_SIZE]; /* RFC 9369 A.2 */

/* The same hello in two datagrams and four frames out of order, with PING and ACK between. */
#define QUIC_SPLIT_FIRST  180
#define QUIC_SPLIT_SECOND 223
extern const uint8_t quic_vector_split_first[QUIC_SPLIT_FIRST];
extern const uint8_t quic_vector_split_second[QUIC_SPLIT_SECOND];

#endif
