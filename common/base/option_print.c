/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/option_value.h"

#define HELP_COLUMN 34

static size_t section_size(const struct weir_option *option)
{
    return strcspn(option->key, ".");
}

static bool same_section(const struct weir_option *a, const struct weir_option *b)
{
    return section_size(a) == section_size(b) && memcmp(a->key, b->key, section_size(a)) == 0;
}

/* True when no earlier row has this row's section: rows of one section need not be neighbours. */
static bool begins_section(const struct weir_option_table *table, size_t row)
{
    for (size_t i = 0; i < row; i++) {
        if (same_section(&table->rows[i], &table->rows[row])) {
            return false;
        }
    }
    return true;
}

static const char *value_name(const struct weir_option *option)
{
    if (option->value != NULL) {
        return option->value;
    }
    switch (option->type) {
    case WEIR_OPTION_FLAG:
        return NULL;
    case WEIR_OPTION_COUNT:
    case WEIR_OPTION_REAL:
        return "N";
    case WEIR_OPTION_SPAN:
        return "TIME";
    case WEIR_OPTION_SIZE:
        return "SIZE";
    case WEIR_OPTION_CHOICE:
        return "NAME";
    case WEIR_OPTION_TEXT:
    case WEIR_OPTION_LIST:
        break;
    }
    return "TEXT";
}

static void print_limits(const struct weir_option *option, FILE *out)
{
    const bool bounded = option->min < option->max;
    const bool chosen = option->type == WEIR_OPTION_CHOICE;
    if (!bounded && !chosen && option->initial == NULL) {
        return;
    }
    (void)fputs(" (", out);
    if (chosen) {
        (void)fprintf(out, "%s%s", option->choices, option->initial != NULL ? "; " : "");
    }
    if (bounded) {
        char low[32];
        char high[32];
        weir_option_bound_text(option, option->min, low, sizeof(low));
        weir_option_bound_text(option, option->max, high, sizeof(high));
        (void)fprintf(out, "%s .. %s%s", low, high, option->initial != NULL ? "; " : "");
    }
    if (option->initial != NULL) {
        (void)fprintf(out, "default %s", option->initial);
    }
    (void)fputc(')', out);
}

static void print_entry(const char *names, const char *help, FILE *out)
{
    const int width = fprintf(out, "  %s", names);
    if (width >= HELP_COLUMN) {
        (void)fprintf(out, "\n%*s%s", HELP_COLUMN, "", help);
    } else {
        (void)fprintf(out, "%*s%s", HELP_COLUMN - width, "", help);
    }
}

static void print_option(const struct weir_option *option, FILE *out)
{
    char name[WEIR_OPTION_NAME_BYTES];
    char names[2 * WEIR_OPTION_NAME_BYTES];
    char letter[8] = "    ";
    weir_option_long_name(option, name);
    if (option->letter != 0) {
        (void)snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    }
    const char *value = value_name(option);
    const bool is_on = option->type == WEIR_OPTION_FLAG && option->initial != NULL &&
                       strcmp(option->initial, "yes") == 0;
    (void)snprintf(names, sizeof(names), "%s--%s%s%s%s", letter, is_on ? "[no-]" : "", name,
                   value != NULL ? "=" : "", value != NULL ? value : "");
    print_entry(names, option->help, out);
    print_limits(option, out);
    (void)fputc('\n', out);
}

void weir_options_print_help(const struct weir_option_table *table, FILE *out)
{
    (void)fprintf(out, "Usage: %s %s\n%s\n", table->program, table->usage, table->summary);
    for (size_t i = 0; i < table->count; i++) {
        if (!begins_section(table, i)) {
            continue;
        }
        (void)fprintf(out, "\n[%.*s]\n", (int)section_size(&table->rows[i]), table->rows[i].key);
        for (size_t j = i; j < table->count; j++) {
            if (same_section(&table->rows[i], &table->rows[j])) {
                print_option(&table->rows[j], out);
            }
        }
    }
    (void)fputs("\n[every program]\n", out);
    print_entry("    --config=FILE", "settings are read from FILE\n", out);
    print_entry("    --check-config", "say whether the settings are right, and end\n", out);
    print_entry("    --print-config", "print all settings as a file, and end\n", out);
    print_entry("    --help", "print this, and end\n", out);
    print_entry("    --version", "print the version, and end\n", out);
    if (table->epilogue != NULL) {
        (void)fprintf(out, "\n%s", table->epilogue);
    }
}

/* One line an entry, so that no line outgrows what a file may hold. */
static void print_list(const struct weir_option *option, const char *name, const void *options,
                       FILE *out)
{
    const struct weir_text_list *list =
        (const struct weir_text_list *)(const void *)((const char *)options + option->offset);
    for (size_t i = 0; i < list->count; i++) {
        const bool plain = strchr(list->at[i], ' ') == NULL;
        (void)fprintf(out, "%s = %s%s%s\n", name, plain ? "" : "\"", list->at[i],
                      plain ? "" : "\"");
    }
    if (list->count == 0) {
        (void)fprintf(out, "%s%s =\n", option->initial == NULL ? "# " : "", name);
    }
}

static void print_setting(const struct weir_option *option, const void *options, FILE *out)
{
    const char *name = option->key + section_size(option) + 1;
    (void)fprintf(out, "# %s", option->help);
    print_limits(option, out);
    (void)fputs(option->reloadable ? "; a reload takes it\n" : "\n", out);
    if (option->secret) {
        (void)fprintf(out, "# %s = (not shown)\n", name);
        return;
    }
    if (option->type == WEIR_OPTION_LIST) {
        print_list(option, name, options, out);
        return;
    }
    const char *const *text =
        (const char *const *)(const void *)((const char *)options + option->offset);
    const bool unset = option->type == WEIR_OPTION_TEXT && *text == NULL;
    (void)fprintf(out, "%s%s = ", unset && option->initial == NULL ? "# " : "", name);
    weir_option_value_print(option, options, out);
    (void)fputc('\n', out);
}

void weir_options_print_config(const struct weir_option_table *table, const void *options,
                               FILE *out)
{
    for (size_t i = 0; i < table->count; i++) {
        if (!begins_section(table, i)) {
            continue;
        }
        (void)fprintf(out, "%s[%.*s]\n", i > 0 ? "\n" : "", (int)section_size(&table->rows[i]),
                      table->rows[i].key);
        for (size_t j = i; j < table->count; j++) {
            if (same_section(&table->rows[i], &table->rows[j])) {
                print_setting(&table->rows[j], options, out);
            }
        }
    }
}
