/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/service_notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

struct fixture {
    struct sockaddr_un address;
    int fd;
    char got[256];
};

/* A socket in the place of systemd's. */
static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    f->address.sun_family = AF_UNIX;
    (void)snprintf(f->address.sun_path, sizeof(f->address.sun_path), "/tmp/weir-notify-%d",
                   (int)getpid());
    (void)unlink(f->address.sun_path);
    f->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(f->fd >= 0);
    assert_int_equal(bind(f->fd, (const struct sockaddr *)&f->address, sizeof(f->address)), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", f->address.sun_path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "4000000", 1), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    (void)close(f->fd);
    (void)unlink(f->address.sun_path);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    free(f);
    return 0;
}

static const char *told(struct fixture *f)
{
    const ssize_t size = recv(f->fd, f->got, sizeof(f->got) - 1, 0);
    f->got[size > 0 ? size : 0] = '\0';
    return f->got;
}

static void the_life_of_a_sensor_is_told(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    service_notify_ready();
    assert_non_null(strstr(told(f), "READY=1"));
    service_notify_reloading(weir_mono_now());
    assert_non_null(strstr(told(f), "RELOADING=1\nMONOTONIC_USEC="));
    service_notify_stopping();
    assert_non_null(strstr(told(f), "STOPPING=1"));
}

static void a_sign_of_life_comes_four_times_in_the_limit(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct service_notify notify;
    service_notify_init(&notify);
    assert_int_equal(notify.period_us, 1000000);
    struct weir_mono now = notify.last;
    now.ns += 999 * 1000 * 1000;
    service_notify_advance(&notify, now);
    assert_string_equal(told(f), "");
    now.ns += 1000 * 1000;
    service_notify_advance(&notify, now);
    assert_string_equal(told(f), "WATCHDOG=1");
    service_notify_advance(&notify, now);
    assert_string_equal(told(f), "");
}

static void without_somebody_to_tell_nothing_happens(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct service_notify notify;
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
    service_notify_init(&notify);
    assert_int_equal(notify.period_us, 0);
    service_notify_ready();
    service_notify_advance(&notify, weir_mono_now());
    assert_string_equal(told(f), "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_life_of_a_sensor_is_told),
        TEST(a_sign_of_life_comes_four_times_in_the_limit),
        TEST(without_somebody_to_tell_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
