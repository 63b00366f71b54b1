/* SPDX-License-Identifier: Apache-2.0
 *
 * Any text as a configuration file: it is refused with a sentence, or read; and what was read,
 * printed and read again, prints the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/option.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct settings {
    bool flag;
    uint64_t count;
    double real;
    int64_t span_us;
    uint64_t size_bytes;
    char *text;
    int choice;
    struct weir_text_list list;
};

#define ROW(name_, type_, field_)                                                                  \
    .key = (name_), .type = (type_), .offset = offsetof(struct settings, field_), .help = (name_)

static const struct weir_option rows[] = {
    {ROW("a.flag", WEIR_OPTION_FLAG, flag)},
    {ROW("a.count", WEIR_OPTION_COUNT, count), .initial = "3", .min = 1, .max = 1000},
    {ROW("a.real", WEIR_OPTION_REAL, real), .min = -1, .max = 1},
    {ROW("b.span", WEIR_OPTION_SPAN, span_us), .initial = "1 s"},
    {ROW("b.size", WEIR_OPTION_SIZE, size_bytes), .initial = "1 KiB"},
    {ROW("b.text", WEIR_OPTION_TEXT, text), .initial = "word"},
    {ROW("c.choice", WEIR_OPTION_CHOICE, choice), .choices = "one|two|three"},
    {ROW("c.list", WEIR_OPTION_LIST, list), .initial = "x y"},
};

static const struct weir_option_table table = {.program = "fuzz",
                                               .summary = "",
                                               .usage = "",
                                               .rows = rows,
                                               .count = sizeof(rows) / sizeof(rows[0])};

static char *printed(const struct settings *settings)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    weir_check(out != NULL);
    weir_options_print_config(&table, settings, out);
    (void)fclose(out);
    return text;
}

static void check_round_trip(const struct settings *first)
{
    struct settings second = {0};
    struct weir_error error = {0};
    char *once = printed(first);
    /* A value may fill the line of one file and, with our longer prefix, overflow the next. */
    const int err = weir_options_parse(&table, "printed", once, &second, &error);
    weir_check(err == WEIR_OK || strstr(error.text, "the line is longer than") != NULL);
    if (err == WEIR_OK) {
        char *twice = printed(&second);
        weir_check(strcmp(once, twice) == 0);
        free(twice);
    }
    weir_options_fini(&table, &second);
    free(once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = (char *)malloc(size + 1);
    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    struct settings settings = {0};
    struct weir_error error = {0};
    weir_check(weir_options_init(&table, &settings, &error) == WEIR_OK);
    const int err = weir_options_parse(&table, "fuzz", text, &settings, &error);
    if (err == WEIR_OK) {
        check_round_trip(&settings);
    } else {
        weir_check(error.code == err && error.text[0] != '\0');
    }
    weir_options_fini(&table, &settings);
    free(text);
    return 0;
}
