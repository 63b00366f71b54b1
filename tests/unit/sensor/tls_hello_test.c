/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/tls_hello.h"

#include <string.h>

#include "tests/support/tls_bytes.h"
#include "tests/support/weir_test.h"

static struct weir_cursor body_of(const struct tls_bytes *message)
{
    return weir_cursor_over(message->bytes + TLS_BYTES_BODY, message->size - TLS_BYTES_BODY);
}

static void client_hello_is_found_in_its_parts(void **state)
{
    (void)state;
    static struct tls_bytes message;
    struct tls_client_hello hello;
    tls_bytes_browser(&message, "www.example.org", 100);
    assert_true(tls_hello_read_client(body_of(&message), &hello));
    assert_true(hello.whole && hello.has_server_name);
    assert_int_equal(hello.version, TLS_VERSION_1_2);
    assert_int_equal(hello.supported, TLS_VERSION_1_3);
    assert_int_equal(hello.ciphers.left, 32);
    assert_int_equal(hello.server_name.left, 15);
    assert_memory_equal(hello.server_name.next, "www.example.org", 15);
    assert_int_equal(hello.alpn.left, 2);
    assert_memory_equal(hello.alpn.next, "h2", 2);
    assert_int_equal(hello.groups.left, 8);
    assert_int_equal(hello.point_formats.left, 1);
    assert_int_equal(hello.signature_algorithms.left, 16);
}

static void cut_hello_is_never_whole_and_keeps_what_came(void **state)
{
    (void)state;
    static struct tls_bytes message;
    tls_bytes_browser(&message, "www.example.org", 100);
    const struct weir_cursor body = body_of(&message);
    size_t named = 0;
    for (size_t size = 0; size < body.left; size++) {
        struct tls_client_hello hello = {0};
        if (tls_hello_read_client(weir_cursor_over(body.next, size), &hello)) {
            /* Without its compression methods or extensions a hello ends where it may. */
            assert_true(!hello.whole || hello.extensions.left == 0);
            named += hello.server_name.left == 15 ? 1 : 0;
        }
    }
    assert_true(named > 200);
}

static void server_hello_tells_its_choice(void **state)
{
    (void)state;
    static struct tls_bytes message;
    struct tls_server_hello hello;
    tls_bytes_server(&message, true);
    assert_true(tls_hello_read_server(body_of(&message), &hello));
    assert_true(hello.whole);
    assert_int_equal(hello.supported, TLS_VERSION_1_3);
    assert_int_equal(hello.cipher, 0x1301);
    tls_bytes_server(&message, false);
    assert_true(tls_hello_read_server(body_of(&message), &hello));
    assert_int_equal(hello.supported, 0);
    assert_int_equal(hello.cipher, 0xc02f);
    assert_memory_equal(hello.alpn.next, "h2", 2);
}

static void what_cannot_be_a_hello_is_refused(void **state)
{
    (void)state;
    static struct tls_bytes message;
    struct tls_client_hello client;
    struct tls_server_hello server;
    tls_bytes_browser(&message, "a", 0);
    message.bytes[TLS_BYTES_BODY] = 2; /* SSL 2 */
    assert_false(tls_hello_read_client(body_of(&message), &client));
    tls_bytes_browser(&message, "a", 0);
    message.bytes[TLS_BYTES_BODY + 34] = 33; /* session id */
    assert_false(tls_hello_read_client(body_of(&message), &client));
    assert_false(tls_hello_read_server(weir_cursor_over("\3\3", 2), &server));
}

static void grease_is_sixteen_values(void **state)
{
    (void)state;
    unsigned count = 0;
    for (uint32_t value = 0; value <= UINT16_MAX; value++) {
        count += tls_hello_is_grease((uint16_t)value) ? 1 : 0;
    }
    assert_int_equal(count, 16);
    assert_true(tls_hello_is_grease(0xfafa) && !tls_hello_is_grease(0x0a1a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_hello_is_found_in_its_parts),
        cmocka_unit_test(cut_hello_is_never_whole_and_keeps_what_came),
        cmocka_unit_test(server_hello_tells_its_choice),
        cmocka_unit_test(what_cannot_be_a_hello_is_refused),
        cmocka_unit_test(grease_is_sixteen_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
