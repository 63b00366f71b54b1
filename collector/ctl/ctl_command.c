/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_command.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/sysexit.h"

#include "common/flow/address.h"
#include "common/flow/flow_record.h"

#include "collector/learn/time_text.h"

static int exit_code(int err)
{
    /* A name that the database does not know is wrong input, not a broken disk. */
    return err == WEIR_ENOENT ? WEIR_EXIT_DATA : weir_exit_code(err);
}

static int complain(const char *program, const struct weir_error *error)
{
    const bool named = strncmp(error->text, program, strlen(program)) == 0;
    (void)fprintf(stderr, "%s%s%s\n", named ? "" : program, named ? "" : ": ", error->text);
    return error->code;
}

static int run_parsed(const struct ctl_command *command, void *options,
                      const struct weir_command_line *line)
{
    struct weir_error error = {0};
    if (line->help) {
        weir_options_print_help(command->table, stdout);
    } else if (line->version) {
        (void)printf("weirctl %s\n", WEIR_VERSION);
    } else if (line->print_config) {
        weir_options_print_config(command->table, options, stdout);
    } else if (!line->check_config) {
        const int err = command->run(options, line, &error);
        if (err != WEIR_OK) {
            (void)fflush(stdout);
            (void)complain(command->table->program, &error);
            return exit_code(err);
        }
    }
    if (fflush(stdout) != 0) {
        perror("weirctl: standard output");
        return WEIR_EXIT_IO;
    }
    return WEIR_EXIT_OK;
}

int ctl_command_run(const struct ctl_command *command, int argc, char **argv)
{
    struct weir_error error = {0};
    if (command->run_raw != NULL) {
        const int err = command->run_raw(argc, argv, &error);
        return err == WEIR_OK ? WEIR_EXIT_OK : exit_code(complain("weirctl", &error));
    }
    void *options = calloc(1, command->options_size);
    if (options == NULL) {
        (void)fprintf(stderr, "weirctl: out of memory\n");
        return WEIR_EXIT_TRY_AGAIN;
    }
    struct weir_command_line line = {0};
    const int err = weir_options_from_arguments(command->table, argc, argv, options, &line, &error);
    const int code =
        err == WEIR_OK ? run_parsed(command, options, &line) : weir_options_exit_code(err);
    if (err != WEIR_OK) {
        (void)complain(command->table->program, &error);
    }
    weir_options_fini(command->table, options);
    free(options);
    return code;
}

int ctl_command_open(const struct ctl_session_options *options, struct connection **out,
                     struct weir_error *error)
{
    struct connection *connection = NULL;
    char there[8] = "";
    const struct connection_options wanted = {.conninfo = options->database,
                                              .application_name = "weirctl"};
    int err = connection_open(&wanted, &connection, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = connection_value(connection, "SELECT to_regnamespace('weir') IS NULL", there,
                           sizeof(there), error);
    if (err == WEIR_OK && there[0] == 't') {
        err = weir_fail(error, WEIR_EDB, "the database holds no weir yet: run `weirctl db init`");
    }
    connection_close(connection);
    if (err != WEIR_OK) {
        return err;
    }
    const struct connection_options in_role = {.conninfo = options->database,
                                               .application_name = "weirctl",
                                               .role = options->role};
    err = connection_open(&in_role, out, error);
    if (err == WEIR_EPERM && strstr(error->text, "set role") != NULL) {
        return weir_fail(error, err, "this login may not act as %s: GRANT %s TO it", options->role,
                         options->role);
    }
    return err;
}

int ctl_command_time(const char *text, const char *option, int64_t *time_us,
                     struct weir_error *error)
{
    if (text == NULL) {
        *time_us = 0;
        return WEIR_OK;
    }
    const int err = time_text_parse(text, option, time_us, error);
    return err == WEIR_EFORMAT ? WEIR_EINVAL : err;
}

int ctl_command_proto(const char *text, int absent, int *proto, struct weir_error *error)
{
    static const struct {
        const char *name;
        int number;
    } names[] = {{"tcp", WEIR_PROTO_TCP},
                 {"udp", WEIR_PROTO_UDP},
                 {"icmp", WEIR_PROTO_ICMP},
                 {"icmp6", WEIR_PROTO_ICMPV6},
                 {"sctp", WEIR_PROTO_SCTP}};
    if (text == NULL) {
        *proto = absent;
        return WEIR_OK;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i].name) == 0) {
            *proto = names[i].number;
            return WEIR_OK;
        }
    }
    const size_t digits = strspn(text, "0123456789");
    const long number = strtol(text, NULL, 10);
    if (digits == 0 || digits > 3 || text[digits] != '\0' || number < 1 || number > 255) {
        return weir_fail(error, WEIR_EINVAL,
                         "--proto: want tcp, udp, icmp, icmp6, sctp or a number 1 .. 255, got "
                         "%.60s",
                         text);
    }
    *proto = (int)number;
    return WEIR_OK;
}

int ctl_command_network(const char *text, const char *option, struct weir_error *error)
{
    char address[WEIR_ADDRESS_TEXT_SIZE] = "";
    struct weir_address parsed;
    if (text == NULL) {
        return WEIR_OK;
    }
    const size_t length = strcspn(text, "/");
    const char *prefix = text[length] == '/' ? text + length + 1 : "0";
    const size_t digits = strspn(prefix, "0123456789");
    (void)snprintf(address, sizeof(address), "%.*s", (int)length, text);
    if (length >= sizeof(address) || weir_address_parse(address, &parsed) != WEIR_OK ||
        digits == 0 || digits > 3 || prefix[digits] != '\0' ||
        strtol(prefix, NULL, 10) > 8L * parsed.size) {
        return weir_fail(error, WEIR_EINVAL,
                         "%s: want an address or prefix (10.0.0.1, 10.0.0.0/8, fe80::1), got "
                         "%.60s",
                         option, text);
    }
    return WEIR_OK;
}

int ctl_command_usage(const struct weir_option_table *table, struct weir_error *error)
{
    return weir_fail(error, WEIR_EINVAL, "usage: %s %s (see %s --help)", table->program,
                     table->usage, table->program);
}

int ctl_command_written(int err, struct weir_error *error)
{
    return err == WEIR_OK ? WEIR_OK
                          : weir_fail(error, err, "standard output: %s", weir_err_text(err));
}
