/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/option.h"
#include "common/base/option_value.h"
#include "common/base/sysexit.h"

/* What getopt_long returns for a long option: above every letter, then two a row (the option and
 * its --no- form), then the five that every program has. */
#define FIRST_LONG 256

enum common_option {
    COMMON_HELP,
    COMMON_VERSION,
    COMMON_CHECK_CONFIG,
    COMMON_PRINT_CONFIG,
    COMMON_CONFIG,
    COMMON_COUNT,
};

static const char *const common_names[COMMON_COUNT] = {
    [COMMON_HELP] = "help",
    [COMMON_VERSION] = "version",
    [COMMON_CHECK_CONFIG] = "check-config",
    [COMMON_PRINT_CONFIG] = "print-config",
    [COMMON_CONFIG] = "config",
};

/* getopt's tables, made from ours. */
struct parser {
    const struct weir_option_table *table;
    struct option *longs;
    char (*names)[WEIR_OPTION_NAME_BYTES]; /* two a row; longs points into it */
    char *letters;
    bool *set; /* per row: this command line has given it */
};

static void parser_fini(struct parser *parser)
{
    free(parser->longs);
    free(parser->names);
    free(parser->letters);
    free(parser->set);
}

static void fill_row(struct parser *parser, size_t row, size_t *longs, size_t *letters)
{
    const struct weir_option *option = &parser->table->rows[row];
    const int takes = option->type == WEIR_OPTION_FLAG ? no_argument : required_argument;
    char *name = parser->names[2 * row];
    weir_option_long_name(option, name);
    parser->longs[(*longs)++] =
        (struct option){.name = name, .has_arg = takes, .val = FIRST_LONG + 2 * (int)row};
    if (option->type == WEIR_OPTION_FLAG) {
        char *negated = parser->names[2 * row + 1];
        (void)snprintf(negated, WEIR_OPTION_NAME_BYTES, "no-%.*s", WEIR_OPTION_NAME_BYTES - 4,
                       name);
        parser->longs[(*longs)++] = (struct option){.name = negated,
                                                    .has_arg = no_argument,
                                                    .val = FIRST_LONG + 2 * (int)row + 1};
    }
    if (option->letter != 0) {
        parser->letters[(*letters)++] = option->letter;
        if (takes == required_argument) {
            parser->letters[(*letters)++] = ':';
        }
    }
}

static int parser_init(struct parser *parser, const struct weir_option_table *table,
                       struct weir_error *error)
{
    const size_t rows = table->count + 1;
    *parser = (struct parser){.table = table};
    parser->longs = (struct option *)calloc(2 * rows + COMMON_COUNT, sizeof(struct option));
    parser->names = (char(*)[WEIR_OPTION_NAME_BYTES])calloc(2 * rows, WEIR_OPTION_NAME_BYTES);
    parser->letters = (char *)calloc(2 * rows + 1, 1);
    parser->set = (bool *)calloc(rows, sizeof(bool));
    if (parser->longs == NULL || parser->names == NULL || parser->letters == NULL ||
        parser->set == NULL) {
        parser_fini(parser);
        (void)weir_fail(error, WEIR_ENOMEM, "out of memory");
        return WEIR_ENOMEM;
    }
    size_t longs = 0;
    size_t letters = 0;
    parser->letters[letters++] = ':'; /* getopt then tells a missing value from an unknown option */
    for (size_t i = 0; i < table->count; i++) {
        fill_row(parser, i, &longs, &letters);
    }
    for (int i = 0; i < COMMON_COUNT; i++) {
        parser->longs[longs++] =
            (struct option){.name = common_names[i],
                            .has_arg = i == COMMON_CONFIG ? required_argument : no_argument,
                            .val = FIRST_LONG + 2 * (int)table->count + i};
    }
    return WEIR_OK;
}

static int refuse(const struct parser *parser, int got, char **argv, struct weir_error *error)
{
    const struct weir_option_table *table = parser->table;
    char quoted[WEIR_OPTION_QUOTE_BYTES];
    const char *given = argv[optind - 1];
    if (got == ':') {
        return weir_fail(error, WEIR_EINVAL, "%s wants a value; see %s --help",
                         weir_option_quote(given, quoted), table->program);
    }
    if (optopt != 0 && optopt < FIRST_LONG) {
        const char letter[2] = {(char)optopt, '\0'};
        return weir_fail(error, WEIR_EINVAL, "unknown option -%s; see %s --help",
                         weir_option_quote(letter, quoted), table->program);
    }
    if (optopt >= FIRST_LONG) {
        return weir_fail(error, WEIR_EINVAL, "%s takes no value", weir_option_quote(given, quoted));
    }
    char name[WEIR_OPTION_NAME_BYTES];
    (void)snprintf(name, sizeof(name), "%s", given + strspn(given, "-"));
    name[strcspn(name, "=")] = '\0';
    char nearest[WEIR_OPTION_NAME_BYTES] = "help";
    const size_t row = weir_option_nearest_flag(table, name);
    if (row < table->count) {
        weir_option_long_name(&table->rows[row], nearest);
    }
    return weir_fail(error, WEIR_EINVAL, "unknown or ambiguous option --%s; %s --%s",
                     weir_option_quote(name, quoted), row < table->count ? "did you mean" : "see",
                     nearest);
}

static int set_row(struct parser *parser, size_t row, const char *text, void *options,
                   struct weir_error *error)
{
    const struct weir_option *option = &parser->table->rows[row];
    struct weir_option_fault fault;
    int err = WEIR_OK;
    if (option->type == WEIR_OPTION_LIST) {
        if (!parser->set[row]) {
            weir_option_value_clear(option, options);
        }
        err = weir_option_value_append(option, options, text, &fault);
    } else {
        err = weir_option_value_set(option, options, text, &fault);
    }
    parser->set[row] = true;
    if (err != WEIR_OK) {
        char name[WEIR_OPTION_NAME_BYTES];
        weir_option_long_name(option, name);
        err = err == WEIR_EFORMAT ? WEIR_EINVAL : err;
        char quoted[WEIR_OPTION_QUOTE_BYTES];
        return weir_fail(error, err, "--%s: %s, got %s", name, fault.text,
                         weir_option_quote(text, quoted));
    }
    return WEIR_OK;
}

static void take_common(struct weir_command_line *line, int which)
{
    line->help = line->help || which == COMMON_HELP;
    line->version = line->version || which == COMMON_VERSION;
    line->check_config = line->check_config || which == COMMON_CHECK_CONFIG;
    line->print_config = line->print_config || which == COMMON_PRINT_CONFIG;
    if (which == COMMON_CONFIG) {
        line->config_path = optarg;
    }
}

static size_t row_of_letter(const struct weir_option_table *table, int letter)
{
    size_t row = 0;
    while (row < table->count && table->rows[row].letter != letter) {
        row++;
    }
    return row;
}

/* One pass over argv. options NULL: only the options of every program are taken, so that --config
 * is known before any setting of the command line is applied over the file's. */
static int pass(struct parser *parser, int argc, char **argv, void *options,
                struct weir_command_line *line, struct weir_error *error)
{
    const int first_common = FIRST_LONG + 2 * (int)parser->table->count;
    optind = 0; /* glibc: begin again */
    opterr = 0;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): the command line is read before any thread */
        const int got = getopt_long(argc, argv, parser->letters, parser->longs, NULL);
        if (got == -1) {
            break;
        }
        if (got == '?' || got == ':') {
            return refuse(parser, got, argv, error);
        }
        if (got >= first_common) {
            take_common(line, got - first_common);
            continue;
        }
        if (options == NULL) {
            continue;
        }
        const size_t row =
            got < FIRST_LONG ? row_of_letter(parser->table, got) : (size_t)(got - FIRST_LONG) / 2;
        const bool negated = got >= FIRST_LONG && (got - FIRST_LONG) % 2 == 1;
        const char *text = optarg != NULL ? optarg : negated ? "no" : "yes";
        const int err = set_row(parser, row, text, options, error);
        if (err != WEIR_OK) {
            return err;
        }
    }
    line->operands = argv + optind;
    line->operand_count = argc - optind;
    return WEIR_OK;
}

static int load_file(const struct weir_option_table *table, const struct weir_command_line *line,
                     void *options, struct weir_error *error)
{
    if (line->config_path != NULL) {
        return weir_options_load(table, line->config_path, options, error);
    }
    if (table->default_path == NULL || access(table->default_path, F_OK) != 0) {
        return WEIR_OK;
    }
    return weir_options_load(table, table->default_path, options, error);
}

int weir_options_from_arguments(const struct weir_option_table *table, int argc, char **argv,
                                void *options, struct weir_command_line *line,
                                struct weir_error *error)
{
    struct weir_command_line found = {0};
    struct parser parser;
    int err = weir_options_init(table, options, error);
    if (err == WEIR_OK) {
        err = parser_init(&parser, table, error);
    }
    if (err != WEIR_OK) {
        return err;
    }
    err = pass(&parser, argc, argv, NULL, &found, error);
    if (err == WEIR_OK && !found.help && !found.version) {
        err = load_file(table, &found, options, error);
        if (err == WEIR_OK) {
            err = pass(&parser, argc, argv, options, &found, error);
        }
    }
    parser_fini(&parser);
    if (err == WEIR_OK) {
        *line = found;
    }
    return err;
}

int weir_options_take_operands(const struct weir_option_table *table, const char *flag,
                               const struct weir_command_line *line, void *options,
                               struct weir_error *error)
{
    size_t row = 0;
    while (row < table->count &&
           (table->rows[row].flag == NULL || strcmp(table->rows[row].flag, flag) != 0)) {
        row++;
    }
    weir_check(row < table->count && table->rows[row].type == WEIR_OPTION_LIST);
    for (int i = 0; i < line->operand_count; i++) {
        struct weir_option_fault fault;
        const int err =
            weir_option_value_append(&table->rows[row], options, line->operands[i], &fault);
        if (err != WEIR_OK) {
            char quoted[WEIR_OPTION_QUOTE_BYTES];
            return weir_fail(error, err == WEIR_EFORMAT ? WEIR_EINVAL : err, "--%s: %s, got %s",
                             flag, fault.text, weir_option_quote(line->operands[i], quoted));
        }
    }
    return WEIR_OK;
}

int weir_options_exit_code(int err)
{
    switch (err) {
    case WEIR_OK:
        return WEIR_EXIT_OK;
    case WEIR_EINVAL:
        return WEIR_EXIT_USAGE;
    case WEIR_EPERM:
        return WEIR_EXIT_PERMISSION;
    default:
        return WEIR_EXIT_CONFIG;
    }
}
