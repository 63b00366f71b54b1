/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/signals.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

static void signal_becomes_readable_and_is_read_once(void **state)
{
    (void)state;
    int fd = -1;
    assert_err(weir_signals_open(&fd), WEIR_OK);
    assert_int_equal(weir_signals_next(fd), 0);
    assert_int_equal(kill(getpid(), SIGHUP), 0);
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 1000), 1);
    assert_int_equal(weir_signals_next(fd), SIGHUP);
    assert_int_equal(weir_signals_next(fd), 0);
    weir_signals_close(fd);
}

static void each_of_the_four_signals_is_caught(void **state)
{
    (void)state;
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    int fd = -1;
    assert_err(weir_signals_open(&fd), WEIR_OK);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        assert_int_equal(kill(getpid(), numbers[i]), 0);
        assert_int_equal(weir_signals_next(fd), numbers[i]);
    }
    weir_signals_close(fd);
}

static void closing_unblocks_them(void **state)
{
    (void)state;
    int fd = -1;
    sigset_t blocked;
    assert_err(weir_signals_open(&fd), WEIR_OK);
    assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &blocked), 0);
    assert_int_equal(sigismember(&blocked, SIGTERM), 1);
    weir_signals_close(fd);
    assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &blocked), 0);
    assert_int_equal(sigismember(&blocked, SIGTERM), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signal_becomes_readable_and_is_read_once),
        cmocka_unit_test(each_of_the_four_signals_is_caught),
        cmocka_unit_test(closing_unblocks_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
