/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_details.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void text_is_escaped_and_cut_before_an_escape(void **state)
{
    (void)state;
    char text[12];
    weir_detail_text_put(text, sizeof(text), "a\\b\n\xff", 5);
    assert_string_equal(text, "a\\\\b\\x0a"); /* \xff needs four more and the NUL */
    weir_detail_text_append(text, sizeof(text), "xyz!", 4);
    assert_string_equal(text, "a\\\\b\\x0axyz");
    weir_detail_text_put(text, sizeof(text), "", 0);
    assert_string_equal(text, "");
}

static void copied_text_is_cut_before_an_escape(void **state)
{
    (void)state;
    char text[8];
    weir_detail_text_copy(text, sizeof(text), "abcdefg");
    assert_string_equal(text, "abcdefg");
    weir_detail_text_copy(text, sizeof(text), "abcdefgh");
    assert_string_equal(text, "abcdefg");
    weir_detail_text_copy(text, sizeof(text), "abcd\\x0aefgh");
    assert_string_equal(text, "abcd");
    weir_detail_text_copy(text, sizeof(text), "abcdef\\\\");
    assert_string_equal(text, "abcdef");
    weir_detail_text_copy(text, sizeof(text), "abc\\x0a\\\\");
    assert_string_equal(text, "abc\\x0a");
}

static void withholding_leaves_fingerprints_and_counts(void **state)
{
    (void)state;
    struct weir_flow_details details = {.present = 1U << WEIR_DETAIL_TLS};
    memcpy(details.tls.server_name, "bank.example", 13);
    memcpy(details.tls.ja4, "t13d", 5);
    details.tls.cipher = 0x1301;
    weir_flow_details_withhold(&details);
    assert_string_equal(details.tls.server_name, "");
    assert_string_equal(details.tls.ja4, "t13d");
    assert_int_equal(details.tls.cipher, 0x1301);
}

static void a_text_without_end_or_with_control_bytes_is_named(void **state)
{
    (void)state;
    struct weir_flow_details details = {.present = 1U << WEIR_DETAIL_SSH};
    const char *why = NULL;
    assert_true(weir_flow_details_valid(&details, &why));
    memset(details.ssh.hassh, 'a', sizeof(details.ssh.hassh));
    assert_false(weir_flow_details_valid(&details, &why));
    assert_string_equal(why, "hassh");
    details.ssh.hassh[3] = '\n';
    details.ssh.hassh[32] = '\0';
    assert_false(weir_flow_details_valid(&details, NULL));
    details.present = 0;
    assert_true(weir_flow_details_valid(&details, NULL));
    details.present = 1U << WEIR_DETAIL_BLOCK_COUNT;
    assert_false(weir_flow_details_valid(&details, &why));
    details = (struct weir_flow_details){.present = 1U << WEIR_DETAIL_DHCP, .dhcp.server.size = 5};
    assert_false(weir_flow_details_valid(&details, &why));
    assert_string_equal(why, "server_addr");
}

static void a_count_saturates(void **state)
{
    (void)state;
    uint32_t count = UINT32_MAX - 1;
    weir_detail_count(&count);
    weir_detail_count(&count);
    assert_int_equal(count, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped_and_cut_before_an_escape),
        cmocka_unit_test(copied_text_is_cut_before_an_escape),
        cmocka_unit_test(withholding_leaves_fingerprints_and_counts),
        cmocka_unit_test(a_text_without_end_or_with_control_bytes_is_named),
        cmocka_unit_test(a_count_saturates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
