/* SPDX-License-Identifier: Apache-2.0
 *
 * option: one table per program that is the parser, the range check, the defaults, --help,
 * --print-config and the documentation of every setting.
 *
 * A row names a configuration key ("flow.idle_timeout", that is idle_timeout in section [flow]) and
 * the field of the program's options struct that it fills. Every row is also the long option
 * --flow-idle-timeout, or --read where `flag` says so. Later sources win: defaults, file, command
 * line.
 *
 * Units:   values carry their unit in the text: "60 s", "250 ms", "64 KiB", "10x". Spans are stored
 *          in microseconds, sizes in bytes.
 * Owns:    text values and lists are allocated; weir_options_fini() frees them.
 * Errors:  WEIR_EINVAL for the command line; for a file WEIR_EFORMAT and a sentence with the place:
 *          "sensor.conf:12: flow.idle_timeout: want 1 s .. 86400 s, got 0". An unknown key names
 *          its nearest known one.
 */
#ifndef WEIR_COMMON_BASE_OPTION_H
#define WEIR_COMMON_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

enum weir_option_type {
    WEIR_OPTION_FLAG,   /* bool; on the command line without a value, or --no-NAME */
    WEIR_OPTION_COUNT,  /* uint64_t, min..max */
    WEIR_OPTION_REAL,   /* double, min..max */
    WEIR_OPTION_SPAN,   /* int64_t microseconds: us, ms, s, min, h, d */
    WEIR_OPTION_SIZE,   /* uint64_t bytes: B, KiB, MiB, GiB */
    WEIR_OPTION_TEXT,   /* char *, NULL when not given */
    WEIR_OPTION_CHOICE, /* int, index into the '|'-separated `choices` */
    WEIR_OPTION_LIST,   /* struct weir_text_list; the option repeats, or takes words in a file */
};

struct weir_text_list {
    char **at; /* count texts */
    size_t count;
};

struct weir_option {
    const char *key;  /* "section.name" */
    const char *flag; /* long option without dashes; NULL = key with '-' for '.' and '_' */
    char letter;      /* short option, or 0 */
    enum weir_option_type type;
    size_t offset;       /* offsetof the field in the options struct */
    const char *initial; /* default as text, or NULL for zero/none */
    double min, max; /* COUNT, REAL: units as they are; SPAN: us; SIZE: bytes; both 0 = no bound */
    const char *choices; /* CHOICE: "csv|jsonl|none" */
    const char *value;   /* name of the value in --help: "FILE" */
    const char *help;    /* one line */
    bool reloadable;     /* SIGHUP takes the new value */
    bool secret;         /* never printed */
};

struct weir_option_table {
    const char *program; /* "weir-sensor" */
    const char *summary; /* first line of --help */
    const char *usage;   /* "[OPTION...] [FILE...]" */
    const struct weir_option *rows;
    size_t count;
    const char *default_path; /* read when there is no --config and the file exists; may be NULL */
    const char *epilogue;     /* examples, printed under the options; may be NULL */
};

/* What the command line asked for besides settings. */
struct weir_command_line {
    bool help, version, check_config,
        print_config;        /* --help --version --check-config --print-config */
    const char *config_path; /* --config FILE, or NULL */
    char **operands;         /* argv's rest; borrowed */
    int operand_count;
};

/* Writes every default into *options, which must be zeroed before. */
WEIR_MUST_CHECK int weir_options_init(const struct weir_option_table *table, void *options,
                                      struct weir_error *error);

/* Reads a file of [section] and key = value lines over *options. */
WEIR_MUST_CHECK int weir_options_load(const struct weir_option_table *table, const char *path,
                                      void *options, struct weir_error *error);

/* The same from memory (for tests and fuzzing); `name` stands for the path in errors. */
WEIR_MUST_CHECK int weir_options_parse(const struct weir_option_table *table, const char *name,
                                       const char *text, void *options, struct weir_error *error);

/* Defaults, then the file of --config (or the table's default_path when it exists), then argv. */
WEIR_MUST_CHECK int weir_options_from_arguments(const struct weir_option_table *table, int argc,
                                                char **argv, void *options,
                                                struct weir_command_line *line,
                                                struct weir_error *error);

/* Adds the operands of a command line to the LIST of this long option, which was given too: so
 * "--read *.pcap" reads them all. */
WEIR_MUST_CHECK int weir_options_take_operands(const struct weir_option_table *table,
                                               const char *flag,
                                               const struct weir_command_line *line, void *options,
                                               struct weir_error *error);

/* The exit code for an error of any function here: 64 for the command line, 78 for a file. */
int weir_options_exit_code(int err);

/* Frees texts and lists; also right after a failure of the functions above. */
void weir_options_fini(const struct weir_option_table *table, void *options);

/* Told of each row whose values differ. */
typedef void weir_option_change_fn(void *context, const struct weir_option *option);

/* Compares two options structs of one table, row by row. */
void weir_options_compare(const struct weir_option_table *table, const void *a, const void *b,
                          weir_option_change_fn *on_change, void *context);

/* --help; --print-config (a file that weir_options_load reads back). */
void weir_options_print_help(const struct weir_option_table *table, FILE *out);
void weir_options_print_config(const struct weir_option_table *table, const void *options,
                               FILE *out);

#endif
