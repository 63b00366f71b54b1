/* SPDX-License-Identifier: Apache-2.0
 *
 * weir-trainer: fits a model on labelled flows, judges it, registers it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/option.h"
#include "common/base/sysexit.h"

#include "collector/learn/trainer.h"
#include "collector/learn/trainer_options.h"

/* Operands are training files too. */
static int take_operands(struct trainer_options *options, const struct weir_command_line *line)
{
    struct weir_text_list *list = &options->nsl_kdd;
    for (int i = 0; i < line->operand_count; i++) {
        char **grown = realloc(list->at, (list->count + 1) * sizeof(*grown));
        if (grown == NULL) {
            return WEIR_ENOMEM;
        }
        list->at = grown;
        list->at[list->count] = strdup(line->operands[i]);
        if (list->at[list->count] == NULL) {
            return WEIR_ENOMEM;
        }
        list->count++;
    }
    return 0;
}

static int run(struct trainer_options *options, const struct weir_command_line *line)
{
    struct weir_error error = {0};
    int err = take_operands(options, line);
    if (err != 0) {
        (void)weir_fail(&error, err, "%s", weir_err_text(err));
    } else if (line->check_config) {
        err = trainer_options_check(options, &error);
    } else {
        err = trainer_run(options, weir_wall_now_us(), stdout, stderr, &error);
    }
    if (err != 0) {
        (void)fprintf(stderr, "weir-trainer: %s\n", error.text);
        return err == WEIR_EINVAL ? WEIR_EXIT_USAGE : weir_exit_code(err);
    }
    if (fflush(stdout) != 0) {
        perror("weir-trainer: standard output");
        return WEIR_EXIT_IO;
    }
    return WEIR_EXIT_OK;
}

int main(int argc, char **argv)
{
    const struct weir_option_table *table = trainer_options_table();
    struct trainer_options options = {0};
    struct weir_command_line line = {0};
    struct weir_error error = {0};
    int code = WEIR_EXIT_OK;
    if (weir_options_from_arguments(table, argc, argv, &options, &line, &error) != 0) {
        (void)fprintf(stderr, "weir-trainer: %s\n", error.text);
        code = weir_options_exit_code(error.code);
    } else if (line.help) {
        weir_options_print_help(table, stdout);
    } else if (line.version) {
        (void)printf("weir-trainer %s\n", WEIR_VERSION);
    } else if (line.print_config) {
        weir_options_print_config(table, &options, stdout);
    } else {
        code = run(&options, &line);
    }
    weir_options_fini(table, &options);
    return code;
}
