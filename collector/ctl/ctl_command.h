/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_command: a word after `weirctl`, and what all such words have in common.
 *
 * Shape:   a command has a table of options and a function that does the work. A command without a
 *          table reads its own arguments (it hands them to another program).
 * Owns:    nothing; commands are constants.
 * Errors:  a sentence on standard error and a code of sysexits.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_COMMAND_H
#define WEIR_COLLECTOR_CTL_CTL_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/option.h"

#include "collector/store/connection.h"

struct ctl_session_options { /* the first member of every command's options */
    char *database;          /* libpq's words; NULL = its environment */
    char *role;              /* taken after login */
    int format;              /* enum weir_table_format */
};

/* The rows of a table that fill struct ctl_session_options at offset 0. */
#define CTL_COMMAND_DATABASE_ROWS                                                                  \
    {.key = "database.database",                                                                   \
     .flag = "database",                                                                           \
     .letter = 'd',                                                                                \
     .type = WEIR_OPTION_TEXT,                                                                     \
     .offset = offsetof(struct ctl_session_options, database),                                     \
     .value = "CONNINFO",                                                                          \
     .help = "PostgreSQL, in libpq's words; without it PGHOST, PGSERVICE and so on"},              \
    {                                                                                              \
        .key = "database.role", .flag = "role", .type = WEIR_OPTION_TEXT,                          \
        .offset = offsetof(struct ctl_session_options, role), .initial = "weir_admin",             \
        .value = "ROLE", .help = "role to take after login"                                        \
    }
#define CTL_COMMAND_FORMAT_ROW                                                                     \
    {                                                                                              \
        .key = "output.format", .flag = "format", .letter = 'f', .type = WEIR_OPTION_CHOICE,       \
        .offset = offsetof(struct ctl_session_options, format), .initial = "table",                \
        .choices = "table|csv|json", .value = "FORMAT", .help = "table, csv or json"               \
    }

/* How a command's help ends. */
#define CTL_COMMAND_PASSWORDS                                                                      \
    "No password belongs on a command line, where every user can read it: put it into "            \
    "PGPASSFILE\n"                                                                                 \
    "(~/.pgpass) or name a service by PGSERVICE.\n"

typedef int ctl_command_fn(void *options, const struct weir_command_line *line,
                           struct weir_error *error);
typedef int ctl_command_raw_fn(int argc, char **argv, struct weir_error *error);

struct ctl_command {
    const char *name;
    const char *summary; /* one line of weirctl --help */
    const struct weir_option_table *table;
    size_t options_size;
    ctl_command_fn *run;
    ctl_command_raw_fn *run_raw; /* instead of table and run */
};

/* Runs a command: argv[0] is its name. Gives the exit code. */
int ctl_command_run(const struct ctl_command *command, int argc, char **argv);

/* Opens the database in the options' role. WEIR_EDB with what to do when it holds no weir. */
WEIR_MUST_CHECK int ctl_command_open(const struct ctl_session_options *options,
                                     struct connection **out, struct weir_error *error);

/* "2026-01-05T10:00:00Z" and the like; NULL gives 0. */
WEIR_MUST_CHECK int ctl_command_time(const char *text, const char *option, int64_t *time_us,
                                     struct weir_error *error);

/* "tcp", "udp", "icmp", "icmp6", "sctp" or a number; NULL gives absent. */
WEIR_MUST_CHECK int ctl_command_proto(const char *text, int absent, int *proto,
                                      struct weir_error *error);

/* WEIR_EINVAL when text is neither NULL nor an address or prefix. */
WEIR_MUST_CHECK int ctl_command_network(const char *text, const char *option,
                                        struct weir_error *error);

/* The sentence for an operand that is missing or too many: says the usage. WEIR_EINVAL. */
WEIR_MUST_CHECK int ctl_command_usage(const struct weir_option_table *table,
                                      struct weir_error *error);

/* What a table writer's end gave, with a sentence. */
WEIR_MUST_CHECK int ctl_command_written(int err, struct weir_error *error);

#endif
