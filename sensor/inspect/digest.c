/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/digest.h"

#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <string.h>

#include "common/base/check.h"

#define LABEL_PREFIX "tls13 "
#define LABEL_MAX    24

_Static_assert(sizeof(struct md5_ctx) <= sizeof(struct digest_md5), "the library's state fits");
_Static_assert(_Alignof(struct md5_ctx) <= _Alignof(struct digest_md5), "and is aligned");

/* The library's state is copied in and out, because the room is of another type. */
void digest_md5_begin(struct digest_md5 *md5)
{
    struct md5_ctx context;
    md5_init(&context);
    memcpy(md5->room, &context, sizeof(context));
}

void digest_md5_add(struct digest_md5 *md5, const void *bytes, size_t size)
{
    struct md5_ctx context;
    memcpy(&context, md5->room, sizeof(context));
    md5_update(&context, size, bytes);
    memcpy(md5->room, &context, sizeof(context));
}

void digest_hex(const uint8_t *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}

void digest_md5_text(struct digest_md5 *md5, char text[2 * DIGEST_MD5_SIZE + 1])
{
    struct md5_ctx context;
    uint8_t digest[DIGEST_MD5_SIZE];
    memcpy(&context, md5->room, sizeof(context));
    md5_digest(&context, sizeof(digest), digest);
    digest_hex(digest, sizeof(digest), text);
}

void digest_sha256(const void *bytes, size_t size, uint8_t out[DIGEST_SHA256_SIZE])
{
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, size, bytes);
    sha256_digest(&context, DIGEST_SHA256_SIZE, out);
}

/* The library takes its state without a type. */
static void keyed_add(void *context, size_t size, const uint8_t *bytes)
{
    hmac_sha256_update(context, size, bytes);
}

static void keyed_end(void *context, size_t size, uint8_t *out)
{
    hmac_sha256_digest(context, size, out);
}

void digest_hkdf_extract(const uint8_t *salt, size_t salt_size, const uint8_t *key, size_t key_size,
                         uint8_t out[DIGEST_SHA256_SIZE])
{
    struct hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, salt_size, salt);
    hkdf_extract(&context, keyed_add, keyed_end, DIGEST_SHA256_SIZE, key_size, key, out);
}

void digest_hkdf_expand_label(const uint8_t secret[DIGEST_SHA256_SIZE], const char *label,
                              uint8_t *out, size_t out_size)
{
    const size_t label_size = strlen(label);
    const size_t prefix_size = strlen(LABEL_PREFIX);
    uint8_t text[2 + 1 + sizeof(LABEL_PREFIX) + LABEL_MAX + 1] = {0};
    size_t size = 0;
    weir_check(label_size <= LABEL_MAX && out_size <= DIGEST_SHA256_SIZE);
    text[size++] = 0;
    text[size++] = (uint8_t)out_size;
    text[size++] = (uint8_t)(prefix_size + label_size);
    memcpy(text + size, LABEL_PREFIX, prefix_size);
    size += prefix_size;
    memcpy(text + size, label, label_size);
    size += label_size;
    text[size++] = 0; /* the context is empty */

    struct hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, DIGEST_SHA256_SIZE, secret);
    hkdf_expand(&context, keyed_add, keyed_end, DIGEST_SHA256_SIZE, size, text, out_size, out);
}

void digest_aes_block(const uint8_t key[DIGEST_AES_SIZE], const uint8_t in[DIGEST_AES_SIZE],
                      uint8_t out[DIGEST_AES_SIZE])
{
    struct aes128_ctx context;
    aes128_set_encrypt_key(&context, key);
    aes128_encrypt(&context, DIGEST_AES_SIZE, out, in);
}

bool digest_gcm_open(const struct digest_sealed *sealed, uint8_t *out)
{
    weir_check(sealed->size >= DIGEST_TAG_SIZE);
    const size_t text_size = sealed->size - DIGEST_TAG_SIZE;
    struct gcm_aes128_ctx context;
    uint8_t tag[DIGEST_TAG_SIZE];
    gcm_aes128_set_key(&context, sealed->key);
    gcm_aes128_set_iv(&context, DIGEST_NONCE_SIZE, sealed->nonce);
    gcm_aes128_update(&context, sealed->associated_size, sealed->associated);
    gcm_aes128_decrypt(&context, text_size, out, sealed->bytes);
    gcm_aes128_digest(&context, sizeof(tag), tag);
    return memeql_sec(tag, sealed->bytes + text_size, sizeof(tag)) != 0;
}
