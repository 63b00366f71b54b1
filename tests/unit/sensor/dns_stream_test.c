/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dns_stream.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void messages_are_cut_out_in_pieces_of_any_size(void **state)
{
    (void)state;
    uint8_t bytes[2 + 3 + 2 + 2 + 700 + 2 + 1] = {0, 3, 'a', 'b', 'c', 0, 0, 2, 0xbc};
    memset(bytes + 9, 'x', 700);
    memcpy(bytes + 709, "\0\1z", 3);
    for (size_t step = 1; step <= sizeof(bytes); step++) {
        struct dns_stream stream = {0};
        size_t found = 0;
        for (size_t at = 0; at < sizeof(bytes); at += step) {
            struct weir_cursor payload =
                weir_cursor_over(bytes + at, sizeof(bytes) - at < step ? sizeof(bytes) - at : step);
            struct weir_cursor message;
            while (dns_stream_next(&stream, &payload, &message)) {
                static const size_t sizes[] = {3, DNS_STREAM_KEPT, 1};
                static const char first[] = "axz";
                assert_true(found < 3);
                assert_int_equal(message.left, sizes[found]);
                assert_int_equal(message.next[0], first[found]);
                assert_int_equal(message.next[message.left - 1], found == 0 ? 'c' : first[found]);
                found++;
            }
            assert_int_equal(payload.left, 0);
        }
        assert_int_equal(found, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_cut_out_in_pieces_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
