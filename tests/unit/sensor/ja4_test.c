/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ja4.h"

#include <string.h>

#include "tests/support/tls_bytes.h"
#include "tests/support/weir_test.h"

static struct weir_cursor body_of(const struct tls_bytes *message)
{
    return weir_cursor_over(message->bytes + TLS_BYTES_BODY, message->size - TLS_BYTES_BODY);
}

/* The example of JA4's own description. */
static void published_client_has_its_published_name(void **state)
{
    (void)state;
    static struct tls_bytes message;
    struct tls_client_hello hello;
    char text[JA4_TEXT_SIZE];
    tls_bytes_browser(&message, "www.example.org", 10);
    assert_true(tls_hello_read_client(body_of(&message), &hello));
    assert_true(ja4_client(&hello, 't', text));
    assert_string_equal(text, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_true(ja4_client(&hello, 'q', text));
    assert_string_equal(text, "q13d1516h2_8daaf6152771_e5627efa2ab1");
}

static void missing_lists_are_zeros(void **state)
{
    (void)state;
    static struct tls_bytes message;
    static const uint16_t ciphers[] = {0x0035, 0x002f};
    struct tls_client_hello hello;
    char text[JA4_TEXT_SIZE];
    tls_bytes_old(&message, ciphers, 2, false);
    assert_true(tls_hello_read_client(body_of(&message), &hello));
    assert_true(ja4_client(&hello, 't', text));
    /* the first twelve digits of SHA-256 of "002f,0035" */
    assert_string_equal(text, "t10i020000_f54dd463d39b_000000000000");
    tls_bytes_old(&message, ciphers, 0, false);
    assert_true(tls_hello_read_client(body_of(&message), &hello));
    assert_true(ja4_client(&hello, 't', text));
    assert_string_equal(text, "t10i000000_000000000000_000000000000");
}

static void protocol_that_is_no_text_is_written_in_digits(void **state)
{
    (void)state;
    struct tls_client_hello hello = {.version = 0x0303};
    char text[JA4_TEXT_SIZE];
    hello.alpn = weir_cursor_over("\xab\x01", 2);
    assert_true(ja4_client(&hello, 't', text));
    assert_memory_equal(text, "t12i0000a1_", 11);
    hello.alpn = weir_cursor_over("h", 1);
    assert_true(ja4_client(&hello, 't', text));
    assert_memory_equal(text, "t12i0000hh_", 11);
}

static void list_too_long_has_no_name(void **state)
{
    (void)state;
    uint8_t many[2 * (JA4_LIST_MAX + 1)];
    struct tls_client_hello hello = {.version = 0x0303};
    char text[JA4_TEXT_SIZE] = "kept";
    memset(many, 1, sizeof(many));
    hello.ciphers = weir_cursor_over(many, sizeof(many));
    assert_false(ja4_client(&hello, 't', text));
    assert_string_equal(text, "kept");
    hello.ciphers.left -= 2;
    assert_true(ja4_client(&hello, 't', text));
    assert_memory_equal(text, "t12i990000_", 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_client_has_its_published_name),
        cmocka_unit_test(missing_lists_are_zeros),
        cmocka_unit_test(protocol_that_is_no_text_is_written_in_digits),
        cmocka_unit_test(list_too_long_has_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
