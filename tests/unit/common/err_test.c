/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/err.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void every_code_has_its_own_text(void **state)
{
    (void)state;
    assert_string_equal(weir_err_text(WEIR_OK), "success");
    assert_string_equal(weir_err_text(1), "unknown error");
    assert_string_equal(weir_err_text(WEIR_EDB), "database error");
    for (int code = WEIR_EDB; code <= WEIR_OK; code++) {
        assert_string_not_equal(weir_err_text(code), "unknown error");
    }
}

static void fail_fills_the_sentence_and_gives_the_code(void **state)
{
    (void)state;
    struct weir_error error = {0};
    assert_err(weir_fail(&error, WEIR_EFORMAT, "%s:%d: bad", "x.conf", 3), WEIR_EFORMAT);
    assert_err(error.code, WEIR_EFORMAT);
    assert_string_equal(error.text, "x.conf:3: bad");
    assert_err(weir_fail(NULL, WEIR_EIO, "unheard"), WEIR_EIO);
}

static void long_sentence_is_cut(void **state)
{
    (void)state;
    struct weir_error error = {0};
    char text[1000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_err(weir_fail(&error, WEIR_EIO, "%s", text), WEIR_EIO);
    assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_own_text),
        cmocka_unit_test(fail_fills_the_sentence_and_gives_the_code),
        cmocka_unit_test(long_sentence_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
