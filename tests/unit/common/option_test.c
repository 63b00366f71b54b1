/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/option.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/sysexit.h"

#include "tests/support/weir_test.h"

struct settings {
    bool promiscuous;
    uint64_t count;
    double speed;
    int64_t idle_us;
    uint64_t spool_bytes;
    char *collector;
    char *key;
    int format;
    struct weir_text_list read;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct weir_option rows[] = {
    {.key = "capture.promiscuous",
     .type = WEIR_OPTION_FLAG,
     .offset = FIELD(promiscuous),
     .initial = "yes",
     .help = "see frames for others too"},
    {.key = "capture.read",
     .flag = "read",
     .letter = 'r',
     .type = WEIR_OPTION_LIST,
     .offset = FIELD(read),
     .value = "FILE",
     .help = "read FILE"},
    {.key = "flow.idle_timeout",
     .type = WEIR_OPTION_SPAN,
     .offset = FIELD(idle_us),
     .initial = "60 s",
     .min = 1e6,
     .max = 86400e6,
     .help = "silence that ends a flow"},
    {.key = "flow.count",
     .letter = 'c',
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(count),
     .initial = "7",
     .min = 1,
     .max = 10,
     .help = "how many"},
    {.key = "replay.speed",
     .type = WEIR_OPTION_REAL,
     .offset = FIELD(speed),
     .initial = "0",
     .help = "times real time"},
    {.key = "spool.size_max",
     .type = WEIR_OPTION_SIZE,
     .offset = FIELD(spool_bytes),
     .initial = "64 MiB",
     .help = "bytes kept"},
    {.key = "export.collector",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(collector),
     .help = "where to ship"},
    {.key = "export.key",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(key),
     .secret = true,
     .help = "a secret"},
    {.key = "output.format",
     .type = WEIR_OPTION_CHOICE,
     .offset = FIELD(format),
     .initial = "csv",
     .choices = "csv|jsonl|none",
     .help = "how records are written"},
};

static const struct weir_option_table table = {
    .program = "weir-test",
    .summary = "Tests options.",
    .usage = "[OPTION...] [FILE...]",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};

static void assert_refused(const char *text, const char *sentence)
{
    struct settings settings = {0};
    struct weir_error error = {0};
    assert_err(weir_options_init(&table, &settings, &error), WEIR_OK);
    assert_err(weir_options_parse(&table, "a.conf", text, &settings, &error), WEIR_EFORMAT);
    assert_string_equal(error.text, sentence);
    weir_options_fini(&table, &settings);
}

static void defaults_fill_every_field(void **state)
{
    (void)state;
    struct settings settings = {0};
    assert_err(weir_options_init(&table, &settings, NULL), WEIR_OK);
    assert_true(settings.promiscuous);
    assert_int_equal(settings.count, 7);
    assert_int_equal(settings.idle_us, 60000000);
    assert_int_equal(settings.spool_bytes, 64 * 1024 * 1024);
    assert_null(settings.collector);
    assert_int_equal(settings.format, 0);
    weir_options_fini(&table, &settings);
}

static void file_sets_every_type(void **state)
{
    (void)state;
    struct settings settings = {0};
    struct weir_error error = {0};
    const char *text = "# a comment\n[capture]\npromiscuous = no\nread = a.pcap \"b c.pcap\"\n"
                       "  d.pcap\n[flow]\nidle_timeout = 1.5 min ; a note\ncount=10\n"
                       "[replay]\nspeed = 2.5x\n[spool]\nsize_max = 3 GiB\n"
                       "[export]\ncollector = tcp://a:1\n[output]\nformat = none\n";
    assert_err(weir_options_init(&table, &settings, NULL), WEIR_OK);
    assert_err(weir_options_parse(&table, "a.conf", text, &settings, &error), WEIR_OK);
    assert_false(settings.promiscuous);
    assert_int_equal(settings.read.count, 3);
    assert_string_equal(settings.read.at[1], "b c.pcap");
    assert_string_equal(settings.read.at[2], "d.pcap");
    assert_int_equal(settings.idle_us, 90000000);
    assert_int_equal(settings.count, 10);
    assert_true(settings.speed > 2.49 && settings.speed < 2.51);
    assert_int_equal(settings.spool_bytes, UINT64_C(3) << 30);
    assert_string_equal(settings.collector, "tcp://a:1");
    assert_int_equal(settings.format, 2);
    weir_options_fini(&table, &settings);
}

static void unknown_key_names_file_line_and_nearest_key(void **state)
{
    (void)state;
    assert_refused("[flow]\n\nidle_timout = 3 s\n",
                   "a.conf:3: unknown key flow.idle_timout; did you mean flow.idle_timeout?");
    assert_refused("[flows]\ncount = 3\n",
                   "a.conf:2: unknown key flows.count; did you mean flow.count?");
    assert_refused("[export]\nidle_timeout = 3 s\n",
                   "a.conf:2: unknown key export.idle_timeout; did you mean flow.idle_timeout?");
    assert_refused("[zzzzzzzz]\nqqqqqqqqqqq = 3\n", "a.conf:2: unknown key zzzzzzzz.qqqqqqqqqqq");
}

static void value_out_of_range_names_the_range(void **state)
{
    (void)state;
    assert_refused("[flow]\nidle_timeout = 0 s\n",
                   "a.conf:2: flow.idle_timeout: want 1 s .. 1 d, got 0 s");
    assert_refused("[flow]\ncount = 11\n", "a.conf:2: flow.count: want 1 .. 10, got 11");
    assert_refused("[flow]\ncount = -1\n", "a.conf:2: flow.count: want a whole number, got -1");
    assert_refused("[flow]\ncount = 99999999999999999999\n",
                   "a.conf:2: flow.count: want a smaller number, got 99999999999999999999");
    assert_refused("[flow]\nidle_timeout = 60\n",
                   "a.conf:2: flow.idle_timeout: want a time with us, ms, s, min, h or d, got 60");
    assert_refused("[output]\nformat = xml\n",
                   "a.conf:2: output.format: want csv|jsonl|none, got xml");
    assert_refused("[replay]\nspeed = nan\n", "a.conf:2: replay.speed: want a number, got nan");
    assert_refused("[capture]\npromiscuous =\n",
                   "a.conf:2: capture.promiscuous: want yes or no, got nothing");
    assert_refused("[capture]\nread = \"a\n",
                   "a.conf:2: capture.read: want words, or \"several words\" in quotes, got \"a");
}

static void key_set_twice_is_refused(void **state)
{
    (void)state;
    assert_refused("[flow]\ncount = 1\n[replay]\nspeed = 1\n[flow]\ncount = 2\n",
                   "a.conf:6: flow.count was set in line 2");
}

static void line_that_is_no_setting_is_refused(void **state)
{
    (void)state;
    assert_refused("[flow]\ncount\n", "a.conf:2: want [section] or key = value");
}

static void overlong_line_is_refused(void **state)
{
    (void)state;
    char text[600] = "[export]\ncollector = ";
    const size_t size = strlen(text);
    memset(text + size, 'a', sizeof(text) - size - 1);
    text[sizeof(text) - 1] = '\0';
    struct weir_error error = {0};
    struct settings settings = {0};
    assert_err(weir_options_parse(&table, "a.conf", text, &settings, &error), WEIR_EFORMAT);
    assert_non_null(strstr(error.text, "a.conf:2: the line is longer than "));
    weir_options_fini(&table, &settings);
}

static int from_arguments(struct settings *settings, struct weir_command_line *line,
                          struct weir_error *error, const char *const *words)
{
    static char storage[16][64];
    static char *argv[17]; /* operands point into it */
    int argc = 0;
    for (; words[argc] != NULL; argc++) {
        (void)snprintf(storage[argc], sizeof(storage[argc]), "%s", words[argc]);
        argv[argc] = storage[argc];
    }
    *settings = (struct settings){0};
    return weir_options_from_arguments(&table, argc, argv, settings, line, error);
}

static void command_line_wins_over_the_file(void **state)
{
    (void)state;
    char path[] = "/tmp/weir_option_XXXXXX";
    const int fd = mkstemp(path);
    static const char text[] = "[flow]\ncount = 3\nidle_timeout = 5 s\n[capture]\nread = x y\n";
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    (void)close(fd);
    struct settings settings;
    struct weir_command_line line = {0};
    struct weir_error error = {0};
    const char *const words[] = {"t",
                                 "-c",
                                 "4",
                                 "--config",
                                 path,
                                 "--read",
                                 "a b",
                                 "-r",
                                 "c",
                                 "rest",
                                 "--no-capture-promiscuous",
                                 "--replay-speed=2",
                                 NULL};
    assert_err(from_arguments(&settings, &line, &error, words), WEIR_OK);
    assert_int_equal(settings.count, 4);
    assert_int_equal(settings.idle_us, 5000000);
    assert_false(settings.promiscuous);
    assert_int_equal(settings.read.count, 2);
    assert_string_equal(settings.read.at[0], "a b");
    assert_string_equal(settings.read.at[1], "c");
    assert_int_equal(line.operand_count, 1);
    assert_string_equal(line.operands[0], "rest");
    assert_err(weir_options_take_operands(&table, "read", &line, &settings, &error), WEIR_OK);
    assert_int_equal(settings.read.count, 3);
    assert_string_equal(settings.read.at[2], "rest");
    weir_options_fini(&table, &settings);
    (void)unlink(path);
}

static void assert_line_refused(const char *const *words, const char *sentence)
{
    struct settings settings;
    struct weir_command_line line = {0};
    struct weir_error error = {0};
    const int err = from_arguments(&settings, &line, &error, words);
    assert_err(err, WEIR_EINVAL);
    assert_int_equal(weir_options_exit_code(err), WEIR_EXIT_USAGE);
    assert_string_equal(error.text, sentence);
    weir_options_fini(&table, &settings);
}

static void wrong_command_line_is_a_sentence(void **state)
{
    (void)state;
    assert_line_refused((const char *const[]){"t", "--flow-idle-timout=3", NULL},
                        "unknown or ambiguous option --flow-idle-timout; did you mean "
                        "--flow-idle-timeout");
    assert_line_refused((const char *const[]){"t", "-q", NULL},
                        "unknown option -q; see weir-test --help");
    assert_line_refused((const char *const[]){"t", "--flow-count", NULL},
                        "--flow-count wants a value; see weir-test --help");
    assert_line_refused((const char *const[]){"t", "--help=3", NULL}, "--help=3 takes no value");
    assert_line_refused((const char *const[]){"t", "-c", "0", NULL},
                        "--flow-count: want 1 .. 10, got 0");
}

static void missing_file_is_named(void **state)
{
    (void)state;
    struct settings settings;
    struct weir_command_line line = {0};
    struct weir_error error = {0};
    const char *const words[] = {"t", "--config=/nowhere/x.conf", NULL};
    const int err = from_arguments(&settings, &line, &error, words);
    assert_err(err, WEIR_ENOENT);
    assert_int_equal(weir_options_exit_code(err), WEIR_EXIT_CONFIG);
    assert_string_equal(error.text, "/nowhere/x.conf: cannot be opened: no such entry");
    weir_options_fini(&table, &settings);
}

static void help_is_asked_for_without_reading_files(void **state)
{
    (void)state;
    struct settings settings;
    struct weir_command_line line = {0};
    struct weir_error error = {0};
    const char *const words[] = {"t", "--config=/nowhere/x.conf", "--help", NULL};
    assert_err(from_arguments(&settings, &line, &error, words), WEIR_OK);
    assert_true(line.help);
    weir_options_fini(&table, &settings);
}

/* What print wrote, for the caller to free. */
static char *printed_config(const struct settings *settings)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    weir_options_print_config(&table, settings, out);
    (void)fclose(out);
    return text;
}

static void printed_config_reads_back_to_the_same(void **state)
{
    (void)state;
    struct settings first = {0};
    struct settings second = {0};
    struct weir_error error = {0};
    const char *text = "[capture]\nread = a \"b c\"\n[flow]\nidle_timeout = 90500 ms\n"
                       "[replay]\nspeed = 0.1\n[export]\ncollector = x\nkey = geheim\n";
    assert_err(weir_options_init(&table, &first, NULL), WEIR_OK);
    assert_err(weir_options_init(&table, &second, NULL), WEIR_OK);
    assert_err(weir_options_parse(&table, "a", text, &first, &error), WEIR_OK);
    char *once = printed_config(&first);
    assert_err(weir_options_parse(&table, "b", once, &second, &error), WEIR_OK);
    char *twice = printed_config(&second);
    assert_string_equal(once, twice);
    assert_null(strstr(once, "geheim"));
    assert_int_equal(second.idle_us, 90500000);
    free(once);
    free(twice);
    weir_options_fini(&table, &first);
    weir_options_fini(&table, &second);
}

static void a_wrong_value_cannot_drive_a_terminal(void **state)
{
    (void)state;
    struct settings settings = {0};
    struct weir_error error = {0};
    char program[] = "weir-example";
    char value[] = "--flow-idle-timeout=\x1b]0;x\x07\xc3\xa4";
    char name[] = "--\x1b[2J";
    char *with_value[] = {program, value, NULL};
    char *with_name[] = {program, name, NULL};
    struct weir_command_line line = {0};
    assert_err(weir_options_from_arguments(&table, 2, with_value, &settings, &line, &error),
               WEIR_EINVAL);
    assert_non_null(strstr(error.text, "\\x1b]0;x\\x07\\xc3\\xa4"));
    weir_options_fini(&table, &settings);
    assert_err(weir_options_from_arguments(&table, 2, with_name, &settings, &line, &error),
               WEIR_EINVAL);
    assert_non_null(strstr(error.text, "--\\x1b[2J"));
    weir_options_fini(&table, &settings);
    const char *text = "[flow]\nidle_timeout = \x1b[2J\n";
    assert_err(weir_options_parse(&table, "f", text, &settings, &error), WEIR_EFORMAT);
    assert_non_null(strstr(error.text, "got \\x1b[2J"));
    assert_null(strchr(error.text, '\x1b'));
    weir_options_fini(&table, &settings);
}

static void count_change(void *context, const struct weir_option *option)
{
    char *keys = (char *)context;
    (void)snprintf(keys + strlen(keys), 200 - strlen(keys), "%s ", option->key);
}

static void comparing_names_the_settings_that_differ(void **state)
{
    (void)state;
    struct settings first = {0};
    struct settings second = {0};
    char keys[200] = "";
    assert_err(weir_options_init(&table, &first, NULL), WEIR_OK);
    assert_err(weir_options_init(&table, &second, NULL), WEIR_OK);
    weir_options_compare(&table, &first, &second, count_change, keys);
    assert_string_equal(keys, "");
    assert_err(weir_options_parse(&table, "f",
                                  "[flow]\nidle_timeout = 7 s\n[capture]\nread = a b\n", &second,
                                  NULL),
               WEIR_OK);
    weir_options_compare(&table, &first, &second, count_change, keys);
    assert_non_null(strstr(keys, "flow.idle_timeout "));
    assert_non_null(strstr(keys, "capture.read "));
    weir_options_fini(&table, &first);
    weir_options_fini(&table, &second);
}

static void help_names_every_option_with_its_default(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    weir_options_print_help(&table, out);
    (void)fclose(out);
    assert_non_null(strstr(text, "--flow-idle-timeout=TIME"));
    assert_non_null(strstr(text, "(1 s .. 1 d; default 60 s)"));
    assert_non_null(strstr(text, "-r, --read=FILE"));
    assert_non_null(strstr(text, "--[no-]capture-promiscuous"));
    assert_non_null(strstr(text, "(csv|jsonl|none; default csv)"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_fill_every_field),
        cmocka_unit_test(file_sets_every_type),
        cmocka_unit_test(unknown_key_names_file_line_and_nearest_key),
        cmocka_unit_test(value_out_of_range_names_the_range),
        cmocka_unit_test(key_set_twice_is_refused),
        cmocka_unit_test(line_that_is_no_setting_is_refused),
        cmocka_unit_test(overlong_line_is_refused),
        cmocka_unit_test(command_line_wins_over_the_file),
        cmocka_unit_test(wrong_command_line_is_a_sentence),
        cmocka_unit_test(missing_file_is_named),
        cmocka_unit_test(help_is_asked_for_without_reading_files),
        cmocka_unit_test(printed_config_reads_back_to_the_same),
        cmocka_unit_test(a_wrong_value_cannot_drive_a_terminal),
        cmocka_unit_test(comparing_names_the_settings_that_differ),
        cmocka_unit_test(help_names_every_option_with_its_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
