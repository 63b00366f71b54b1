/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/syscall_filter.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

#define PASSED 0
#define FAILED 9 /* the call came back with an error */

typedef int action_fn(void);

/* What becomes of a child that does this behind the filter: its wait status. */
static int behind_filter(enum syscall_filter_mode mode, action_fn *action)
{
    const pid_t child = fork();
    if (child == 0) {
        _exit(syscall_filter_load(mode, NULL) != WEIR_OK ? FAILED : action());
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int open_packet_socket(void)
{
    const int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd >= 0) {
        (void)close(fd);
    }
    return PASSED;
}

static int open_tcp_socket(void)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 ? PASSED : FAILED;
}

static int start_process(void)
{
    return fork() >= 0 ? PASSED : FAILED;
}

static int start_program(void)
{
    (void)execl("/bin/true", "true", NULL);
    return PASSED;
}

static int map_code(void)
{
    return mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
                   MAP_FAILED
               ? PASSED
               : FAILED;
}

static int turn_into_code(void)
{
    void *page = mmap(NULL, 4096, PROT_WRITE | PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ? PASSED : FAILED;
}

static int become_root(void)
{
    return setuid(0) == 0 ? PASSED : FAILED;
}

static void *nothing(void *argument)
{
    return argument;
}

static int start_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0
               ? PASSED
               : FAILED;
}

static void *wait_and_start(void *argument)
{
    atomic_int *go = (atomic_int *)argument;
    while (atomic_load(go) == 0) {
        (void)usleep(1000);
    }
    (void)start_process();
    return NULL;
}

static void what_a_sensor_needs_passes(void **state)
{
    (void)state;
    assert_int_equal(behind_filter(SYSCALL_FILTER_KILL, open_tcp_socket), PASSED);
    assert_int_equal(behind_filter(SYSCALL_FILTER_KILL, start_thread), PASSED);
}

static void what_a_sensor_does_not_need_ends_it(void **state)
{
    static action_fn *const actions[] = {open_packet_socket, start_process,  start_program,
                                         map_code,           turn_into_code, become_root};
    (void)state;
    if (syscall_filter_is_sanitized()) {
        skip();
    }
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        const int status = behind_filter(SYSCALL_FILTER_KILL, actions[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

static void log_and_off_let_everything_pass(void **state)
{
    (void)state;
    assert_int_equal(behind_filter(SYSCALL_FILTER_LOG, open_packet_socket), PASSED);
    assert_int_equal(behind_filter(SYSCALL_FILTER_OFF, open_packet_socket), PASSED);
}

static void threads_that_run_already_are_held_to_it_too(void **state)
{
    (void)state;
    if (syscall_filter_is_sanitized()) {
        skip();
    }
    const pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        atomic_int go;
        atomic_init(&go, 0);
        if (pthread_create(&thread, NULL, wait_and_start, &go) != 0 ||
            syscall_filter_load(SYSCALL_FILTER_KILL, NULL) != WEIR_OK) {
            _exit(FAILED);
        }
        atomic_store(&go, 1);
        (void)pthread_join(thread, NULL);
        _exit(PASSED);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_sensor_needs_passes),
        cmocka_unit_test(what_a_sensor_does_not_need_ends_it),
        cmocka_unit_test(log_and_off_let_everything_pass),
        cmocka_unit_test(threads_that_run_already_are_held_to_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
