/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_train.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRAINER   "weir-trainer"
#define PATH_SIZE 4096

static void print_help(void)
{
    (void)printf(
        "Usage: weirctl train [OPTION...]\n"
        "weirctl train - fit a model by weir-trainer and register it\n\n"
        "Runs weir-trainer with these options, as they are, in the foreground. Without\n"
        "--database it gets the database that PGHOST, PGSERVICE and so on name: the model is\n"
        "registered there (`weirctl models` lists it). Run weir-trainer itself to train without\n"
        "a database.\n\n"
        "Examples:\n"
        "  weirctl train --schema sensor --from 2026-01-05 --to 2026-01-12 --unlabelled normal \\\n"
        "      --name branch-sensor\n"
        "  weirctl train --database dbname=weir --nsl-kdd KDDTrain+.txt --name nsl\n\n"
        "What follows is `weir-trainer --help`.\n\n");
    (void)fflush(stdout);
}

static bool is_database(const char *argument)
{
    return strcmp(argument, "--database") == 0 || strncmp(argument, "--database=", 11) == 0;
}

/* The trainer beside this program: the two belong to one release. false when it is not there. */
static bool beside(char path[PATH_SIZE])
{
    const ssize_t length = readlink("/proc/self/exe", path, PATH_SIZE - sizeof(TRAINER) - 1);
    if (length <= 0) {
        return false;
    }
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return false;
    }
    (void)snprintf(slash + 1, sizeof(TRAINER), "%s", TRAINER);
    return access(path, X_OK) == 0;
}

static int run(int argc, char **argv, struct weir_error *error)
{
    char program[] = TRAINER;
    /* A connection string that leaves everything else to libpq's environment. */
    char environment[] = "--database=application_name=weirctl";
    char path[PATH_SIZE];
    bool named = false;
    char **arguments = calloc((size_t)argc + 2, sizeof(*arguments));
    if (arguments == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    int count = 0;
    arguments[count++] = program;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help();
        }
        named = named || is_database(argv[i]);
        arguments[count++] = argv[i];
    }
    if (!named) {
        arguments[count] = environment;
    }
    if (beside(path)) {
        (void)execv(path, arguments);
    } else {
        (void)execvp(TRAINER, arguments);
    }
    const int why = errno;
    free(arguments);
    return weir_fail(error, WEIR_EPEER,
                     "train: cannot run " TRAINER ": %s; it is looked for beside weirctl, then on "
                     "PATH",
                     /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
                     strerror(why));
}

const struct ctl_command ctl_train_command = {
    .name = "train",
    .summary = "fit a model by weir-trainer and register it",
    .run_raw = run,
};
