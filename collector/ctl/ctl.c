/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "common/base/sysexit.h"

#include "collector/ctl/ctl_command.h"
#include "collector/ctl/ctl_db.h"
#include "collector/ctl/ctl_enrol.h"
#include "collector/ctl/ctl_flows.h"
#include "collector/ctl/ctl_key.h"
#include "collector/ctl/ctl_label.h"
#include "collector/ctl/ctl_model.h"
#include "collector/ctl/ctl_models.h"
#include "collector/ctl/ctl_sensors.h"
#include "collector/ctl/ctl_train.h"

/* In the order in which a new installation meets them. */
static const struct ctl_command *const commands[] = {
    &ctl_db_command,      &ctl_key_command,    &ctl_enrol_command,
    &ctl_sensors_command, &ctl_flows_command,  &ctl_label_command,
    &ctl_train_command,   &ctl_models_command, &ctl_model_command,
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
    (void)printf("Usage: weirctl COMMAND [OPTION...]\n"
                 "weirctl - look after a weir fleet: its database, sensors, flows and models\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void)printf("  %-10s%s\n", commands[i]->name, commands[i]->summary);
    }
    (void)printf("\n`weirctl COMMAND --help` tells each command's options, with examples.\n"
                 "weirctl talks to PostgreSQL alone; the collector sees what it changed at once.\n"
                 "\n" CTL_COMMAND_PASSWORDS "\n"
                 "Examples:\n"
                 "  weirctl db init --database 'host=/run/postgresql dbname=weir user=postgres'\n"
                 "  weirctl enrol paris-1 --branch paris --write-key paris-1.key\n"
                 "  weirctl flows --flagged --limit 20 --format csv\n"
                 "\n"
                 "Exit status: 0 done, 64 usage, 65 bad data or no such name, 69 database or\n"
                 "program unavailable, 74 input/output, 75 try again, 77 permission, 78 "
                 "configuration.\n");
}

int ctl_run(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
        print_help();
        return WEIR_EXIT_OK;
    }
    if (strcmp(word, "--version") == 0) {
        (void)printf("weirctl %s\n", WEIR_VERSION);
        return WEIR_EXIT_OK;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(word, commands[i]->name) == 0) {
            return ctl_command_run(commands[i], argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "weirctl: %s%.60s; see weirctl --help\n",
                  word[0] == '\0' ? "no command given" : "there is no command ", word);
    return WEIR_EXIT_USAGE;
}
