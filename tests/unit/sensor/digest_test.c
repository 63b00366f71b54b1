/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/digest.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void assert_hex(const uint8_t *bytes, size_t size, const char *want)
{
    char text[129];
    assert_true(size <= 64);
    digest_hex(bytes, size, text);
    assert_string_equal(text, want);
}

/* RFC 1321 A.5 */
static void md5_in_pieces_equals_the_published_one(void **state)
{
    (void)state;
    struct digest_md5 md5;
    char text[33];
    digest_md5_begin(&md5);
    digest_md5_add(&md5, "message ", 8);
    digest_md5_add(&md5, "digest", 6);
    digest_md5_text(&md5, text);
    assert_string_equal(text, "f96b697d7cb7938d525a2f31aaf161d0");
    digest_md5_begin(&md5);
    digest_md5_text(&md5, text);
    assert_string_equal(text, "d41d8cd98f00b204e9800998ecf8427e");
}

/* FIPS 180-4 */
static void sha256_of_abc_is_the_published_one(void **state)
{
    (void)state;
    uint8_t out[DIGEST_SHA256_SIZE];
    digest_sha256("abc", 3, out);
    assert_hex(out, sizeof(out),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* FIPS 197 C.1 */
static void aes_block_is_the_published_one(void **state)
{
    (void)state;
    uint8_t key[16];
    uint8_t in[16];
    uint8_t out[16];
    for (unsigned i = 0; i < 16; i++) {
        key[i] = (uint8_t)i;
        in[i] = (uint8_t)(i * 17);
    }
    digest_aes_block(key, in, out);
    assert_hex(out, 16, "69c4e0d86a7b0430d8cdb78070b4c55a");
}

/* RFC 9001 A.1 */
static void secrets_of_quic_are_the_published_ones(void **state)
{
    (void)state;
    static const uint8_t salt[] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                   0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
    static const uint8_t id[] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};
    uint8_t initial[32];
    uint8_t client[32];
    uint8_t out[16];
    digest_hkdf_extract(salt, sizeof(salt), id, sizeof(id), initial);
    assert_hex(initial, 32, "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44");
    digest_hkdf_expand_label(initial, "client in", client, 32);
    assert_hex(client, 32, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
    digest_hkdf_expand_label(client, "quic key", out, 16);
    assert_hex(out, 16, "1f369613dd76d5467730efcbe3b1a22d");
    digest_hkdf_expand_label(client, "quic iv", out, 12);
    assert_hex(out, 12, "fa044b2f42a3fd3b46fb255c");
    digest_hkdf_expand_label(client, "quic hp", out, 16);
    assert_hex(out, 16, "9f50449e04a0e810283a1e9933adedd2");
}

/* McGrew and Viega, test cases 1 and 2 of AES-128-GCM. */
static void sealed_bytes_open_only_with_their_tag(void **state)
{
    (void)state;
    static const uint8_t zero[16];
    uint8_t sealed[32] = {0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92, 0xf3, 0x28, 0xc2,
                          0xb9, 0x71, 0xb2, 0xfe, 0x78, 0xab, 0x6e, 0x47, 0xd4, 0x2c, 0xec,
                          0x13, 0xbd, 0xf5, 0x3a, 0x67, 0xb2, 0x12, 0x57, 0xbd, 0xdf};
    uint8_t out[16];
    const struct digest_sealed text = {.key = zero,
                                       .nonce = zero,
                                       .associated = zero,
                                       .associated_size = 0,
                                       .bytes = sealed,
                                       .size = sizeof(sealed)};
    assert_true(digest_gcm_open(&text, out));
    assert_memory_equal(out, zero, 16);
    sealed[20] ^= 1;
    assert_false(digest_gcm_open(&text, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(md5_in_pieces_equals_the_published_one),
        cmocka_unit_test(sha256_of_abc_is_the_published_one),
        cmocka_unit_test(aes_block_is_the_published_one),
        cmocka_unit_test(secrets_of_quic_are_the_published_ones),
        cmocka_unit_test(sealed_bytes_open_only_with_their_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
