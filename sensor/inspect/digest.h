/* SPDX-License-Identifier: Apache-2.0
 *
 * digest: the digests and the cipher that fingerprints and QUIC are made of.
 *
 * None of it guards a secret of ours: MD5 is what JA3 and HASSH are defined by, and the keys of
 * QUIC Initial packets are public.
 *
 * Source:  nettle (MD5, SHA-256, HMAC, HKDF, AES-128, GCM), included in digest.c alone.
 */
#ifndef WEIR_SENSOR_INSPECT_DIGEST_H
#define WEIR_SENSOR_INSPECT_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_MD5_SIZE    16
#define DIGEST_SHA256_SIZE 32
#define DIGEST_AES_SIZE    16
#define DIGEST_NONCE_SIZE  12
#define DIGEST_TAG_SIZE    16

/* MD5 under way; digest_md5_begin() makes it ready. */
struct digest_md5 {
    uint64_t room[12];
};

void digest_md5_begin(struct digest_md5 *md5);
void digest_md5_add(struct digest_md5 *md5, const void *bytes, size_t size);

/* The digest in hexadecimal with a NUL. */
void digest_md5_text(struct digest_md5 *md5, char text[2 * DIGEST_MD5_SIZE + 1]);

/* Bytes as 2 * size hexadecimal digits with a NUL. */
void digest_hex(const uint8_t *bytes, size_t size, char *text);

/* SHA-256 of some bytes. */
void digest_sha256(const void *bytes, size_t size, uint8_t out[DIGEST_SHA256_SIZE]);

/* HKDF-Extract and HKDF-Expand-Label (RFC 8446 7.1, empty context) with SHA-256. The label is at
 * most 24 letters, out_size at most 32. */
void digest_hkdf_extract(const uint8_t *salt, size_t salt_size, const uint8_t *key, size_t key_size,
                         uint8_t out[DIGEST_SHA256_SIZE]);
void digest_hkdf_expand_label(const uint8_t secret[DIGEST_SHA256_SIZE], const char *label,
                              uint8_t *out, size_t out_size);

/* One block of AES-128. */
void digest_aes_block(const uint8_t key[DIGEST_AES_SIZE], const uint8_t in[DIGEST_AES_SIZE],
                      uint8_t out[DIGEST_AES_SIZE]);

struct digest_sealed {    /* a text of AES-128-GCM */
    const uint8_t *key;   /* DIGEST_AES_SIZE */
    const uint8_t *nonce; /* DIGEST_NONCE_SIZE */
    const uint8_t *associated;
    size_t associated_size;
    const uint8_t *bytes; /* text and tag */
    size_t size;          /* at least DIGEST_TAG_SIZE */
};

/* Decrypts into out[sealed->size - DIGEST_TAG_SIZE]. False when the tag is wrong. */
bool digest_gcm_open(const struct digest_sealed *sealed, uint8_t *out);

#endif
