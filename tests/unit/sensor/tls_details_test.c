/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/tls_details.h"

#include <string.h>

#include "tests/support/tls_bytes.h"
#include "tests/support/weir_test.h"

static void the_servers_version_stands_whatever_comes_first(void **state)
{
    (void)state;
    static struct tls_bytes client;
    static struct tls_bytes server;
    tls_bytes_browser(&client, "a.example", 0);
    tls_bytes_server(&server, false);
    const struct weir_cursor client_body =
        weir_cursor_over(client.bytes + TLS_BYTES_BODY, client.size - TLS_BYTES_BODY);
    const struct weir_cursor server_body =
        weir_cursor_over(server.bytes + TLS_BYTES_BODY, server.size - TLS_BYTES_BODY);
    for (int first = 0; first < 2; first++) {
        struct weir_tls_details details = {0};
        if (first == 1) {
            assert_true(tls_details_add_server(&details, server_body));
        }
        assert_true(tls_details_add_client(&details, client_body, 't'));
        assert_string_equal(details.version, first == 1 ? "TLSv12" : "TLSv13");
        assert_true(tls_details_add_server(&details, server_body));
        assert_string_equal(details.version, "TLSv12");
        assert_int_equal(details.client_version, 0x0303);
        assert_int_equal(details.supported_version, 0x0304);
    }
}

static void what_is_no_hello_changes_nothing(void **state)
{
    (void)state;
    const struct weir_tls_details empty = {0};
    struct weir_tls_details details = {0};
    assert_false(tls_details_add_client(&details, weir_cursor_over("\2\3", 2), 't'));
    assert_false(tls_details_add_server(&details, weir_cursor_over("", 0)));
    assert_memory_equal(&details, &empty, sizeof(empty));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_servers_version_stands_whatever_comes_first),
        cmocka_unit_test(what_is_no_hello_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
