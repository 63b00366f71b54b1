/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/history.h"

#include <string.h>

#include "sensor/decode/packet.h"

#include "tests/support/weir_test.h"

static void assert_history(const struct history *history, const char *want)
{
    char text[WEIR_HISTORY_SIZE] = {0};
    memcpy(text, history->text, history->size);
    assert_string_equal(text, want);
}

static void ordinary_connection_reads_as_zeek_writes_it(void **state)
{
    (void)state;
    struct history history = {0};
    struct history_side orig = {0};
    struct history_side resp = {0};
    history_add_segment(&history, &orig, true, PACKET_TCP_SYN, 1, false);
    history_add_segment(&history, &resp, false, PACKET_TCP_SYN | PACKET_TCP_ACK, 9, false);
    history_add_segment(&history, &orig, true, PACKET_TCP_ACK, 2, false);
    history_add_segment(&history, &orig, true, PACKET_TCP_ACK, 2, true);
    history_add_segment(&history, &resp, false, PACKET_TCP_ACK, 10, true);
    history_add_segment(&history, &orig, true, PACKET_TCP_ACK, 5, true);
    history_add_segment(&history, &resp, false, PACKET_TCP_FIN | PACKET_TCP_ACK, 20, false);
    history_add_segment(&history, &orig, true, PACKET_TCP_FIN | PACKET_TCP_ACK, 8, false);
    assert_history(&history, "ShADdfF");
}

static void sequence_letters_repeat_only_with_another_number(void **state)
{
    (void)state;
    struct history history = {0};
    struct history_side side = {0};
    history_add_segment(&history, &side, true, PACKET_TCP_SYN, 1, false);
    history_add_segment(&history, &side, true, PACKET_TCP_SYN, 1, false);
    history_add_segment(&history, &side, true, PACKET_TCP_SYN, 2, false);
    history_add_segment(&history, &side, true, PACKET_TCP_RST, 2, false);
    history_add_segment(&history, &side, true, PACKET_TCP_RST, 2, false);
    assert_history(&history, "SSR");
}

static void counted_letters_come_at_powers_of_ten(void **state)
{
    (void)state;
    struct history history = {0};
    struct history_side side = {0};
    for (int i = 0; i < 100; i++) {
        history_add(&history, &side, false, 't');
    }
    assert_history(&history, "ttt");
}

static void odd_flags_have_their_letters_once(void **state)
{
    (void)state;
    struct history history = {0};
    struct history_side side = {0};
    for (int i = 0; i < 2; i++) {
        history_add_segment(&history, &side, true, PACKET_TCP_SYN | PACKET_TCP_FIN, 1, false);
        history_add_segment(&history, &side, true, PACKET_TCP_FIN | PACKET_TCP_RST, 1, false);
    }
    assert_history(&history, "QSFIR");
}

static void flip_stands_first_and_the_text_is_bounded(void **state)
{
    (void)state;
    struct history history = {0};
    struct history_side side = {0};
    for (uint32_t i = 0; i < 100; i++) {
        history_add_segment(&history, &side, true, PACKET_TCP_SYN, i, false);
    }
    assert_int_equal(history.size, 64);
    struct history flipped = {0};
    history_add_segment(&flipped, &side, true, PACKET_TCP_SYN, 200, false);
    history_add_flip(&flipped);
    assert_history(&flipped, "^S");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_connection_reads_as_zeek_writes_it),
        cmocka_unit_test(sequence_letters_repeat_only_with_another_number),
        cmocka_unit_test(counted_letters_come_at_powers_of_ten),
        cmocka_unit_test(odd_flags_have_their_letters_once),
        cmocka_unit_test(flip_stands_first_and_the_text_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
