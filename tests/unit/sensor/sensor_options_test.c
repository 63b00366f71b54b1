/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/weir_test.h"

/* Another value than the default, in every row. */
static void write_other(const struct weir_option *option, FILE *out)
{
    const char *name = strchr(option->key, '.') + 1;
    (void)fprintf(out, "[%.*s]\n%s = ", (int)(name - option->key - 1), option->key, name);
    switch (option->type) {
    case WEIR_OPTION_FLAG:
        (void)fprintf(out, "%s\n",
                      option->initial != NULL && strcmp(option->initial, "yes") == 0 ? "no"
                                                                                     : "yes");
        break;
    case WEIR_OPTION_COUNT:
    case WEIR_OPTION_REAL:
        (void)fprintf(out, "%.0f\n", option->max > 0 ? option->max : 3.0);
        break;
    case WEIR_OPTION_SPAN:
        (void)fprintf(out, "%.0f us\n", option->max);
        break;
    case WEIR_OPTION_SIZE:
        (void)fprintf(out, "%.0f B\n", option->max);
        break;
    case WEIR_OPTION_TEXT:
        (void)fprintf(out, "some text with blanks\n");
        break;
    case WEIR_OPTION_CHOICE:
        (void)fprintf(out, "%s\n", strrchr(option->choices, '|') + 1);
        break;
    case WEIR_OPTION_LIST:
        (void)fprintf(out, "one two \"three four\"\n");
        break;
    }
}

static void note(void *context, const struct weir_option *option)
{
    char *keys = (char *)context;
    const size_t used = strlen(keys);
    (void)snprintf(keys + used, 4096 - used, "%s ", option->key);
}

static void a_printed_configuration_reads_back_the_same_but_for_secrets(void **state)
{
    (void)state;
    struct sensor_options first = {0};
    struct sensor_options second = {0};
    struct weir_error error = {0};
    char keys[4096] = "";
    char secrets[4096] = "";
    char *other = NULL;
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&other, &size);
    for (size_t i = 0; i < sensor_options_table.count; i++) {
        write_other(&sensor_options_table.rows[i], out);
        if (sensor_options_table.rows[i].secret) {
            note(secrets, &sensor_options_table.rows[i]);
        }
    }
    assert_int_equal(fclose(out), 0);
    assert_err(weir_options_init(&sensor_options_table, &first, NULL), WEIR_OK);
    assert_err(weir_options_init(&sensor_options_table, &second, NULL), WEIR_OK);
    const int parsed = weir_options_parse(&sensor_options_table, "other", other, &first, &error);
    assert_string_equal(error.text, "");
    assert_err(parsed, WEIR_OK);
    out = open_memstream(&printed, &size);
    weir_options_print_config(&sensor_options_table, &first, out);
    assert_int_equal(fclose(out), 0);
    const int read = weir_options_parse(&sensor_options_table, "printed", printed, &second, &error);
    assert_string_equal(error.text, "");
    assert_err(read, WEIR_OK);
    weir_options_compare(&sensor_options_table, &first, &second, note, keys);
    assert_string_equal(keys, secrets);
    free(other);
    free(printed);
    weir_options_fini(&sensor_options_table, &first);
    weir_options_fini(&sensor_options_table, &second);
}

/* The sentence for this file's settings. */
static struct weir_error check(const char *text)
{
    struct sensor_options options = {0};
    struct weir_error error = {0};
    assert_err(weir_options_init(&sensor_options_table, &options, NULL), WEIR_OK);
    assert_err(weir_options_parse(&sensor_options_table, "f", text, &options, NULL), WEIR_OK);
    (void)!sensor_options_check(&options, &error);
    weir_options_fini(&sensor_options_table, &options);
    return error;
}

static void what_does_not_go_together_is_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } rows[] = {
        {"[output]\nfile = -\n", "--read FILE or --interface NAME"},
        {"[capture]\nread = a\ninterface = b\n", "cannot be used together"},
        {"[capture]\nread = a\n", "--output FILE"},
        {"[capture]\nread = a\n[collector]\nendpoint = tcp://h:1\n", "--key FILE"},
        {"[capture]\nread = a\n[output]\nfile = -\n[run]\nsimulate_limit = x=1\n", "NAME=VALUE"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct weir_error error = check(rows[i].text);
        assert_int_equal(error.code, WEIR_EINVAL);
        assert_non_null(strstr(error.text, rows[i].word));
    }
    assert_int_equal(check("[capture]\nread = a\n[output]\nfile = -\n").code, WEIR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_printed_configuration_reads_back_the_same_but_for_secrets),
        cmocka_unit_test(what_does_not_go_together_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
