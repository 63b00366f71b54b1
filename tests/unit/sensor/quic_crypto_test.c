/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/quic_crypto.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void add(struct quic_crypto *crypto, uint16_t offset, const char *bytes)
{
    uint8_t frame[64] = {6, (uint8_t)(0x40 | offset >> 8), (uint8_t)offset, (uint8_t)strlen(bytes)};
    memcpy(frame + 4, bytes, strlen(bytes));
    quic_crypto_add(crypto, frame, 4 + strlen(bytes));
}

static void pieces_grow_together(void **state)
{
    (void)state;
    struct quic_crypto crypto = {0};
    add(&crypto, 6, "gh");
    add(&crypto, 2, "cd");
    assert_int_equal(crypto.pieces, 2);
    assert_int_equal(quic_crypto_beginning(&crypto).left, 0);
    add(&crypto, 0, "abc");
    assert_int_equal(quic_crypto_beginning(&crypto).left, 4);
    add(&crypto, 4, "ef");
    assert_int_equal(crypto.pieces, 1);
    assert_int_equal(quic_crypto_beginning(&crypto).left, 8);
    assert_memory_equal(quic_crypto_beginning(&crypto).next, "abcdefgh", 8);
}

static void one_piece_too_many_is_passed_over(void **state)
{
    (void)state;
    struct quic_crypto crypto = {0};
    for (uint16_t i = 0; i <= QUIC_PIECES_MAX; i++) {
        add(&crypto, (uint16_t)(2 * i), "x");
    }
    assert_int_equal(crypto.pieces, QUIC_PIECES_MAX);
    add(&crypto, 1, "y");
    assert_int_equal(crypto.pieces, QUIC_PIECES_MAX - 1);
    assert_int_equal(quic_crypto_beginning(&crypto).left, 3);
}

static void bytes_beyond_the_bound_are_dropped(void **state)
{
    (void)state;
    struct quic_crypto crypto = {0};
    add(&crypto, QUIC_CRYPTO_MAX - 2, "abcd");
    assert_int_equal(crypto.piece[0].to, QUIC_CRYPTO_MAX);
    add(&crypto, QUIC_CRYPTO_MAX, "abcd");
    assert_int_equal(crypto.pieces, 1);
}

static void other_frames_are_skipped_or_end_the_packet(void **state)
{
    (void)state;
    struct quic_crypto crypto = {0};
    /* padding, ping, ACK of two ranges, ACK with counts, CRYPTO, CONNECTION_CLOSE, CRYPTO */
    static const uint8_t frames[] = {0, 1, 2, 9, 0, 1, 0, 3,   4,    3, 9, 0, 0,
                                     0, 1, 2, 3, 6, 0, 1, 'a', 0x1c, 6, 1, 1, 'b'};
    quic_crypto_add(&crypto, frames, sizeof(frames));
    assert_int_equal(quic_crypto_beginning(&crypto).left, 1);
    static const uint8_t longer[] = {6, 1, 9, 'x'};
    quic_crypto_add(&crypto, longer, sizeof(longer));
    assert_int_equal(quic_crypto_beginning(&crypto).left, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_grow_together),
        cmocka_unit_test(one_piece_too_many_is_passed_over),
        cmocka_unit_test(bytes_beyond_the_bound_are_dropped),
        cmocka_unit_test(other_frames_are_skipped_or_end_the_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
