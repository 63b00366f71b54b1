/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/text_field.h"

#include "tests/support/weir_test.h"

static void a_text_that_fits_is_copied(void **state)
{
    (void)state;
    char out[6] = "";
    assert_err(weir_text_field_copy("h\xc3\xa9llo", out, 6), WEIR_ELIMIT);
    assert_string_equal(out, "");
    assert_err(weir_text_field_copy("hello", out, 6), 0);
    assert_string_equal(out, "hello");
}

static void control_characters_are_refused(void **state)
{
    (void)state;
    char out[6];
    assert_err(weir_text_field_copy("a\nb", out, 6), WEIR_EFORMAT);
    assert_err(weir_text_field_copy("a\x7f", out, 6), WEIR_EFORMAT);
    assert_err(weir_text_field_check("a\tb", 4), WEIR_EINVAL);
    assert_err(weir_text_field_check("abc", 4), 0);
}

static void a_text_without_end_is_refused(void **state)
{
    (void)state;
    assert_err(weir_text_field_check("abcd", 4), WEIR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_that_fits_is_copied),
        cmocka_unit_test(control_characters_are_refused),
        cmocka_unit_test(a_text_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
