/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/option.h"
#include "common/base/sysexit.h"

#include "collector/collector.h"
#include "collector/collector_options.h"
#include "collector/gate/gate.h"
#include "collector/gate/gate_loop.h"

static int run(const struct collector_options *options, const struct weir_command_line *line,
               struct weir_error *error)
{
    struct collector *collector = NULL;
    weir_log_set_level((enum weir_log_level)options->log_level);
    if (line->operand_count > 0) {
        return weir_fail(error, WEIR_EINVAL, "%s: what is it? Try --help", line->operands[0]);
    }
    if (strncmp(options->listen, "tcp://", 6) != 0 && strncmp(options->listen, "ipc://", 6) != 0) {
        return weir_fail(error, WEIR_EINVAL, "--listen %.100s: want tcp://HOST:PORT",
                         options->listen);
    }
    if (line->check_config) {
        return WEIR_OK;
    }
    int code = collector_new(options, &collector, error);
    code = code != WEIR_OK ? code : collector_run(collector, error);
    collector_free(collector);
    weir_log_flush();
    return code;
}

int main(int argc, char **argv)
{
    struct collector_options options = {0};
    struct weir_command_line line = {0};
    struct weir_error error = {0};
    if (argc == 3 && strcmp(argv[1], GATE_ARGUMENT) == 0) {
        const int exit_code = gate_loop_run((int)strtol(argv[2], NULL, 10));
        weir_log_flush();
        return exit_code;
    }
    int code =
        weir_options_from_arguments(&collector_options_table, argc, argv, &options, &line, &error);
    const bool is_usage = code != WEIR_OK;
    if (code == WEIR_OK && line.help) {
        weir_options_print_help(&collector_options_table, stdout);
    } else if (code == WEIR_OK && line.version) {
        (void)printf("weir-collector %s\n", WEIR_VERSION);
    } else if (code == WEIR_OK && line.print_config) {
        weir_options_print_config(&collector_options_table, &options, stdout);
    } else if (code == WEIR_OK) {
        code = run(&options, &line, &error);
    }
    if (code != WEIR_OK) {
        (void)fprintf(stderr, "weir-collector: %s\n", error.text);
    }
    weir_options_fini(&collector_options_table, &options);
    return is_usage ? weir_options_exit_code(code) : weir_exit_code(code);
}
