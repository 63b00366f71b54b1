/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ja3.h"

#include <string.h>

#include "tests/support/tls_bytes.h"
#include "tests/support/weir_test.h"

static struct weir_cursor body_of(const struct tls_bytes *message)
{
    return weir_cursor_over(message->bytes + TLS_BYTES_BODY, message->size - TLS_BYTES_BODY);
}

static void assert_ja3(const struct tls_bytes *message, const char *want)
{
    struct tls_client_hello hello;
    char text[JA3_TEXT_SIZE];
    assert_true(tls_hello_read_client(body_of(message), &hello));
    ja3_client(&hello, text);
    assert_string_equal(text, want);
}

/* The two examples of JA3's own description. */
static void published_clients_have_their_published_names(void **state)
{
    (void)state;
    static struct tls_bytes message;
    static const uint16_t first[] = {47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4};
    static const uint16_t second[] = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99};
    tls_bytes_old(&message, first, 12, true);
    assert_ja3(&message, "ada70206e40642a3e4461f35503241d5");
    tls_bytes_old(&message, second, 11, false);
    assert_ja3(&message, "de350869b8c85de67a350c8d186f11e6");
}

/* MD5 of "771,4865-...,0-23-65281-10-11-35-16-5-13-18-51-45-43-27-17513-21,29-23-24,0" */
static void grease_is_left_out(void **state)
{
    (void)state;
    static struct tls_bytes message;
    tls_bytes_browser(&message, "www.example.org", 10);
    assert_ja3(&message, "cd08e31494f9531f560d64c695473da9");
    tls_bytes_browser(&message, "other.example", 200);
    assert_ja3(&message, "cd08e31494f9531f560d64c695473da9");
}

/* MD5 of "771,4865,43-51" and "771,49199,65281-16" */
static void servers_are_named_by_their_choice(void **state)
{
    (void)state;
    static struct tls_bytes message;
    struct tls_server_hello hello;
    char text[JA3_TEXT_SIZE];
    tls_bytes_server(&message, true);
    assert_true(tls_hello_read_server(body_of(&message), &hello));
    ja3_server(&hello, text);
    assert_string_equal(text, "f4febc55ea12b31ae17cfb7e614afda8");
    tls_bytes_server(&message, false);
    assert_true(tls_hello_read_server(body_of(&message), &hello));
    ja3_server(&hello, text);
    assert_string_equal(text, "7bee5c1d424b7e5f943b06983bb11422");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_clients_have_their_published_names),
        cmocka_unit_test(grease_is_left_out),
        cmocka_unit_test(servers_are_named_by_their_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
