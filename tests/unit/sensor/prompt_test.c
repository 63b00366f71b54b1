/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/prompt.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void shell_prompts_end_in_their_sign_and_perhaps_one_space(void **state)
{
    (void)state;
    char eighty[82];
    memset(eighty, 'a', sizeof(eighty));
    eighty[79] = '$';
    eighty[80] = '$';
    assert_true(prompt_is_shell("$ ", 2));
    assert_true(prompt_is_shell("joe@host:~>", 11));
    assert_true(prompt_is_shell("%", 1));
    assert_false(prompt_is_shell("$  ", 3));
    assert_false(prompt_is_shell("login:", 6));
    assert_false(prompt_is_shell(" ", 1));
    assert_false(prompt_is_shell("", 0));
    assert_true(prompt_is_shell(eighty, 80));
    assert_false(prompt_is_shell(eighty, 81));
}

static void roots_prompt_ends_in_a_hash_and_does_not_begin_with_one(void **state)
{
    (void)state;
    assert_true(prompt_is_root("host# ", 6));
    assert_false(prompt_is_root("# ", 2));
    assert_false(prompt_is_root("###", 3));
    assert_false(prompt_is_root("# note #", 8));
    assert_false(prompt_is_root("host$ ", 6));
}

static void login_and_password_prompts_end_in_their_word(void **state)
{
    (void)state;
    assert_true(prompt_is_login("host login: ", 12));
    assert_true(prompt_is_login("Username:", 9));
    assert_false(prompt_is_login("Last login: Mon", 15));
    assert_true(prompt_is_password("Password:", 9));
    assert_true(prompt_is_password("joe's password: ", 16));
    assert_false(prompt_is_password("passwords", 9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shell_prompts_end_in_their_sign_and_perhaps_one_space),
        cmocka_unit_test(roots_prompt_ends_in_a_hash_and_does_not_begin_with_one),
        cmocka_unit_test(login_and_password_prompts_end_in_their_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
