/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/sysexit.h"

#include "common/base/err.h"

#include "tests/support/weir_test.h"

static void every_error_has_an_exit_code_of_sysexits(void **state)
{
    (void)state;
    assert_int_equal(weir_exit_code(WEIR_OK), 0);
    assert_int_equal(weir_exit_code(WEIR_EINVAL), 64);
    assert_int_equal(weir_exit_code(WEIR_EFORMAT), 65);
    assert_int_equal(weir_exit_code(WEIR_EDB), 69);
    assert_int_equal(weir_exit_code(WEIR_EIO), 74);
    assert_int_equal(weir_exit_code(WEIR_EAGAIN), 75);
    assert_int_equal(weir_exit_code(WEIR_EPERM), 77);
    for (int code = WEIR_EDB; code < WEIR_OK; code++) {
        assert_in_range(weir_exit_code(code), 64, 78);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_an_exit_code_of_sysexits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
