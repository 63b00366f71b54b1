/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/app.h"

#include <stdint.h>
#include <string.h>

#include "tests/support/weir_test.h"

static void every_app_has_a_text_that_parses_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WEIR_APP_COUNT; i++) {
        const char *text = weir_app_text((enum weir_app)i);
        enum weir_app back = WEIR_APP_COUNT;
        assert_non_null(text);
        assert_true(weir_app_parse(text, &back));
        assert_int_equal(back, i);
    }
}

static void the_ends_of_the_table_have_their_numbers(void **state)
{
    (void)state;
    assert_int_equal(WEIR_APP_NONE, 0);
    assert_string_equal(weir_app_text(WEIR_APP_UNKNOWN), "unknown");
    assert_string_equal(weir_app_text(WEIR_APP_TLS), "tls");
    assert_string_equal(weir_app_text(WEIR_APP_NETBIOS_NS), "netbios-ns");
    assert_string_equal(weir_app_text(WEIR_APP_IKE), "ike");
    assert_int_equal(WEIR_APP_IKE + 1, WEIR_APP_COUNT);
    assert_true(WEIR_APP_COUNT <= UINT8_MAX);
}

static void a_value_or_text_out_of_the_table_is_none(void **state)
{
    (void)state;
    enum weir_app app = WEIR_APP_TLS;
    assert_null(weir_app_text(WEIR_APP_COUNT));
    assert_false(weir_app_parse("TLS", &app));
    assert_false(weir_app_parse("", &app));
    assert_int_equal(app, WEIR_APP_TLS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_app_has_a_text_that_parses_back),
        cmocka_unit_test(the_ends_of_the_table_have_their_numbers),
        cmocka_unit_test(a_value_or_text_out_of_the_table_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
