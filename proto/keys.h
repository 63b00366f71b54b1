/* SPDX-License-Identifier: Apache-2.0
 *
 * keys: CURVE key pairs of sensors and collectors, Ed25519 key pairs that sign models.
 *
 * Shape:   CURVE keys are Z85 text (40 characters), as ZeroMQ takes them. Key files are text:
 *          `weir-curve-public Z85`, `weir-curve-secret Z85`, `weir-sign-public HEX`,
 *          `weir-sign-secret HEX`, one a line; # begins a comment.
 * Owns:    secrets lie in the caller's struct; _fini wipes them. Files with a secret are 0600.
 * Errors:  WEIR_EIO, WEIR_EFORMAT, WEIR_EPERM for a secret that others may read; the sentence names
 *          the file. No secret is ever printed.
 * Threads: any.
 */
#ifndef WEIR_PROTO_KEYS_H
#define WEIR_PROTO_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define WEIR_CURVE_BYTES      32
#define WEIR_CURVE_TEXT_SIZE  41 /* Z85 of 32 bytes and NUL */
#define WEIR_FINGERPRINT_SIZE 25 /* "weir:ab12-cd34-ef56-7890" and NUL */
#define WEIR_SIGN_PUBLIC_SIZE 32
#define WEIR_SIGN_SECRET_SIZE 64
#define WEIR_SIGN_TEXT_SIZE   65 /* hexadecimal of the public key and NUL */

struct weir_curve_key {
    char public_z85[WEIR_CURVE_TEXT_SIZE];
    char secret_z85[WEIR_CURVE_TEXT_SIZE]; /* "" when only the public half is known */
};

struct weir_sign_key {
    uint8_t public_key[WEIR_SIGN_PUBLIC_SIZE];
    uint8_t secret_key[WEIR_SIGN_SECRET_SIZE];
    bool has_secret;
};

/* A fresh pair from the machine's entropy. */
WEIR_MUST_CHECK int weir_curve_key_init(struct weir_curve_key *key);
void weir_curve_key_fini(struct weir_curve_key *key);

/* Writes the pair (0600), or with public_only the public half (0644). Replaces no file:
 * WEIR_ECONFLICT. */
WEIR_MUST_CHECK int weir_curve_key_save(const struct weir_curve_key *key, const char *path,
                                        bool public_only, struct weir_error *error);

/* Reads a file with a pair or with a public half alone. */
WEIR_MUST_CHECK int weir_curve_key_load(const char *path, struct weir_curve_key *out,
                                        struct weir_error *error);

/* True when text is the Z85 of 32 bytes. */
bool weir_curve_text_valid(const char *text);

/* Between the text and the 32 bytes that tables store. False when text is no key. */
bool weir_curve_bytes(const char *public_z85, uint8_t bytes[WEIR_CURVE_BYTES]);
void weir_curve_text(const uint8_t bytes[WEIR_CURVE_BYTES], char public_z85[WEIR_CURVE_TEXT_SIZE]);

/* What people compare: BLAKE2b-64 of the public key, in four groups. False when it is no key. */
bool weir_curve_fingerprint(const char *public_z85, char text[WEIR_FINGERPRINT_SIZE]);

/* The same for keys that sign models. */
WEIR_MUST_CHECK int weir_sign_key_init(struct weir_sign_key *key);
void weir_sign_key_fini(struct weir_sign_key *key);
WEIR_MUST_CHECK int weir_sign_key_save(const struct weir_sign_key *key, const char *path,
                                       bool public_only, struct weir_error *error);
WEIR_MUST_CHECK int weir_sign_key_load(const char *path, struct weir_sign_key *out,
                                       struct weir_error *error);
void weir_sign_fingerprint(const uint8_t public_key[WEIR_SIGN_PUBLIC_SIZE],
                           char text[WEIR_FINGERPRINT_SIZE]);

#endif
