/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"

#include "tests/support/weir_test.h"

struct fixture {
    char path[64];
    char *argv[6];
    struct sensor_options options;
    struct reload reload;
};

static void write_file(const struct fixture *f, const char *text)
{
    FILE *file = fopen(f->path, "we");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    struct weir_command_line line = {0};
    static char program[] = "weir-sensor";
    static char config[] = "--config";
    static char drain[] = "--collector-drain=9 s";
    (void)snprintf(f->path, sizeof(f->path), "/tmp/weir-reload-XXXXXX");
    const int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    write_file(f, "[capture]\nread = a.pcap\n[output]\nfile = -\n[flow]\ntcp_idle = 100 s\n");
    f->argv[0] = program;
    f->argv[1] = config;
    f->argv[2] = f->path;
    f->argv[3] = drain;
    f->options.argc = 4;
    f->options.argv = f->argv;
    assert_err(weir_options_from_arguments(&sensor_options_table, 4, f->argv, &f->options, &line,
                                           NULL),
               WEIR_OK);
    reload_init(&f->reload, &f->options);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    reload_fini(&f->reload);
    weir_options_fini(&sensor_options_table, &f->options);
    (void)unlink(f->path);
    free(f);
    return 0;
}

static void before_a_reload_the_first_settings_are_in_force(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_ptr_equal(reload_now(&f->reload), &f->options);
}

static void what_reloads_is_taken_and_the_command_line_still_wins(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    write_file(f, "[capture]\nread = a.pcap\n[output]\nfile = -\n[flow]\ntcp_idle = 20 s\n"
                  "[log]\nlevel = error\n[collector]\ndrain = 1 s\n");
    assert_err(reload_read(&f->reload), WEIR_OK);
    assert_int_equal(reload_now(&f->reload)->timeouts.tcp_idle_us, 20000000);
    assert_int_equal(reload_now(&f->reload)->log_level, 0);
    assert_int_equal(reload_now(&f->reload)->drain_us, 9000000);
}

static void a_wrong_file_changes_nothing(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    write_file(f, "[flow]\ntcp_idle = soon\n");
    assert_err(reload_read(&f->reload), WEIR_EFORMAT);
    assert_ptr_equal(reload_now(&f->reload), &f->options);
    write_file(f, "[flow]\ntcp_idle = 30 s\n"); /* no longer says what to read */
    assert_err(reload_read(&f->reload), WEIR_EINVAL);
    assert_int_equal(reload_now(&f->reload)->timeouts.tcp_idle_us, 100000000);
}

static void a_file_that_is_gone_changes_nothing(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_int_equal(unlink(f->path), 0);
    assert_err(reload_read(&f->reload), WEIR_ENOENT);
    assert_ptr_equal(reload_now(&f->reload), &f->options);
}

static void the_latest_good_reload_counts(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    write_file(f, "[capture]\nread = a.pcap\n[output]\nfile = -\n[flow]\ntcp_idle = 20 s\n");
    assert_err(reload_read(&f->reload), WEIR_OK);
    write_file(f, "[capture]\nread = a.pcap\n[output]\nfile = -\n[flow]\nudp_idle = 7 s\n");
    assert_err(reload_read(&f->reload), WEIR_OK);
    assert_int_equal(reload_now(&f->reload)->timeouts.tcp_idle_us, 300000000);
    assert_int_equal(reload_now(&f->reload)->timeouts.udp_idle_us, 7000000);
}

/* What reload_read() logs. */
static void read_logged(struct reload *reload, char *text, size_t room)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    weir_log_flush();
    const int before = dup(STDERR_FILENO);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    const int code = reload_read(reload);
    weir_log_flush();
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    assert_err(code, WEIR_OK);
    rewind(file);
    text[fread(text, 1, room - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
}

static void only_a_file_that_was_read_is_named(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    char text[4096];
    static char read[] = "--read=a.pcap";
    static char output[] = "--output=-";
    read_logged(&f->reload, text, sizeof(text));
    assert_non_null(strstr(text, f->path));
    if (access(sensor_options_table.default_path, F_OK) == 0) {
        skip();
    }
    f->argv[1] = read;
    f->argv[2] = output;
    read_logged(&f->reload, text, sizeof(text));
    assert_non_null(strstr(text, "reload.done file=-\n"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(before_a_reload_the_first_settings_are_in_force),
        TEST(what_reloads_is_taken_and_the_command_line_still_wins),
        TEST(a_wrong_file_changes_nothing),
        TEST(a_file_that_is_gone_changes_nothing),
        TEST(the_latest_good_reload_counts),
        TEST(only_a_file_that_was_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
