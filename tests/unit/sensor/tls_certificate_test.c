/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/tls_certificate.h"

#include <string.h>

#include "tests/support/tls_bytes.h"
#include "tests/support/weir_test.h"

static void names_are_written_last_part_first(void **state)
{
    (void)state;
    static struct tls_bytes message;
    struct weir_tls_details details = {0};
    tls_bytes_certificate(&message);
    assert_true(tls_certificate_read(weir_cursor_over(message.bytes + TLS_BYTES_BODY,
                                                      message.size - TLS_BYTES_BODY),
                                     &details));
    assert_string_equal(details.subject, "CN=www.example.org,O=Example,C=DE");
    assert_string_equal(details.issuer, "CN=Test CA,C=US");
}

static void cut_certificate_gives_the_names_before_the_cut(void **state)
{
    (void)state;
    static struct tls_bytes message;
    size_t both = 0;
    tls_bytes_certificate(&message);
    for (size_t size = 0; size < message.size - TLS_BYTES_BODY; size++) {
        struct weir_tls_details details = {0};
        if (tls_certificate_read(weir_cursor_over(message.bytes + TLS_BYTES_BODY, size),
                                 &details)) {
            const bool subject = details.subject[0] != '\0';
            assert_string_equal(details.issuer, "CN=Test CA,C=US");
            assert_string_equal(details.subject,
                                subject ? "CN=www.example.org,O=Example,C=DE" : "");
            both += subject ? 1 : 0;
        }
    }
    assert_true(both > 100);
}

static void other_bytes_are_refused(void **state)
{
    (void)state;
    struct weir_tls_details details = {0};
    assert_false(
        tls_certificate_read(weir_cursor_over("\0\0\7\0\0\4\x30\x80\x30\0", 10), &details));
    assert_false(tls_certificate_read(weir_cursor_over("\0\0\7\0\0\4\x04\2\x30\0", 10), &details));
    assert_string_equal(details.subject, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_written_last_part_first),
        cmocka_unit_test(cut_certificate_gives_the_names_before_the_cut),
        cmocka_unit_test(other_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
