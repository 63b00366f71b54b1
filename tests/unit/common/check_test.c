/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

static void true_condition_costs_nothing(void **state)
{
    (void)state;
    int calls = 0;
    weir_check(++calls == 1);
    assert_int_equal(calls, 1);
}

static void false_condition_aborts(void **state)
{
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        (void)close(STDERR_FILENO);
        weir_check(child != 0);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(true_condition_costs_nothing),
        cmocka_unit_test(false_condition_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
