/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/trainer_options.h"

#include <stddef.h>
#include <string.h>

#define FIELD(name) offsetof(struct trainer_options, name)

/* In the order of the struct. */
static const struct weir_option rows[] = {
    {.key = "data.schema",
     .flag = "schema",
     .type = WEIR_OPTION_CHOICE,
     .offset = FIELD(schema),
     .initial = "kdd41",
     .choices = TRAINER_OPTIONS_SCHEMAS,
     .value = "SCHEMA",
     .help = "columns to learn from: kdd41 (NSL-KDD), sensor, fleet"},
    {.key = "data.nsl_kdd",
     .flag = "nsl-kdd",
     .type = WEIR_OPTION_LIST,
     .offset = FIELD(nsl_kdd),
     .value = "FILE",
     .help = "train on this NSL-KDD or KDD-99 text file; repeat for more (operands too)"},
    {.key = "data.test",
     .flag = "test",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(test),
     .value = "FILE",
     .help = "also judge the model on this NSL-KDD file, which it never sees"},
    {.key = "data.skip_bad",
     .flag = "skip-bad",
     .type = WEIR_OPTION_FLAG,
     .offset = FIELD(skip_bad),
     .help = "count malformed lines and go on instead of stopping"},
    {.key = "data.database",
     .flag = "database",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(database),
     .value = "CONNINFO",
     .help = "PostgreSQL: source of stored flows (without --nsl-kdd) and model registry"},
    {.key = "data.role",
     .flag = "role",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(role),
     .initial = "weir_trainer",
     .value = "ROLE",
     .help = "role to take after login"},
    {.key = "data.from",
     .flag = "from",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(from),
     .value = "TIME",
     .help = "stored flows that start at or after (2026-01-05T10:00:00Z)"},
    {.key = "data.to",
     .flag = "to",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(to),
     .value = "TIME",
     .help = "stored flows that start before"},
    {.key = "data.stream",
     .flag = "stream",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(stream),
     .value = "NAME",
     .help = "stored flows of this stream only: live, or the name of a replay"},
    {.key = "data.unlabelled",
     .flag = "unlabelled",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(unlabelled),
     .value = "LABEL",
     .help = "label of stored flows that have none (normal); without it they are left out"},
    {.key = "model.name",
     .flag = "name",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(name),
     .initial = "model",
     .value = "NAME",
     .help = "name under which the model is registered"},
    {.key = "model.kind",
     .flag = "kind",
     .type = WEIR_OPTION_CHOICE,
     .offset = FIELD(kind),
     .initial = "forest",
     .choices = TRAINER_OPTIONS_KINDS,
     .value = "KIND",
     .help = "kind of model: forest (random forest)"},
    {.key = "model.trees",
     .flag = "trees",
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(trees),
     .initial = "100",
     .min = 1,
     .max = 10000,
     .value = "N",
     .help = "trees of a forest"},
    {.key = "model.depth",
     .flag = "depth",
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(depth),
     .initial = "12",
     .min = 1,
     .max = 15,
     .value = "N",
     .help = "tests from root to leaf at most; scoring time grows with it"},
    {.key = "model.row_share",
     .flag = "row-share",
     .type = WEIR_OPTION_REAL,
     .offset = FIELD(row_share),
     .initial = "0.632",
     .min = 0.01,
     .max = 1.0,
     .value = "SHARE",
     .help = "part of the rows that each tree sees"},
    {.key = "model.column_share",
     .flag = "column-share",
     .type = WEIR_OPTION_REAL,
     .offset = FIELD(column_share),
     .initial = "0.3",
     .min = 0.01,
     .max = 1.0,
     .value = "SHARE",
     .help = "part of the columns that each node may choose from"},
    {.key = "model.seed",
     .flag = "seed",
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(seed),
     .initial = "1",
     .min = 0,
     .max = 2147483647,
     .value = "N",
     .help = "same data, options, seed and --created give the same bytes"},
    {.key = "model.threads",
     .flag = "threads",
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(threads),
     .initial = "0",
     .min = 0,
     .max = 1024,
     .value = "N",
     .help = "threads to fit with, 0 = all processors; does not change the model"},
    {.key = "model.created",
     .flag = "created",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(created),
     .value = "TIME",
     .help = "date of the model; now when not given"},
    {.key = "model.expires",
     .flag = "expires",
     .type = WEIR_OPTION_SPAN,
     .offset = FIELD(expires_us),
     .initial = "0 s",
     .value = "SPAN",
     .help = "life of the model from its date on (90 d); 0 = no end"},
    {.key = "model.version",
     .flag = "model-version",
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(version),
     .initial = "1",
     .min = 1,
     .max = 1e15,
     .value = "N",
     .help = "version of the model when no --database draws one"},
    {.key = "evaluate.folds",
     .flag = "folds",
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(folds),
     .initial = "5",
     .min = 0,
     .max = 50,
     .value = "N",
     .help = "folds of cross-validation over the training part; 0 or 1 = none"},
    {.key = "evaluate.held_out",
     .flag = "held-out",
     .type = WEIR_OPTION_REAL,
     .offset = FIELD(held_out),
     .initial = "0.25",
     .min = 0.0,
     .max = 0.9,
     .value = "SHARE",
     .help = "part of the rows kept from training to judge the model on"},
    {.key = "evaluate.threshold",
     .flag = "threshold",
     .type = WEIR_OPTION_REAL,
     .offset = FIELD(threshold),
     .initial = "0",
     .min = 0.0,
     .max = 1.0,
     .value = "SCORE",
     .help = "flag at this score; 0 = best F1 on out-of-fold scores (held-out without folds)"},
    {.key = "output.file",
     .flag = "output",
     .letter = 'o',
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(output),
     .value = "FILE",
     .help = "write the model artefact here (unsigned)"},
    {.key = "output.report",
     .flag = "report",
     .type = WEIR_OPTION_CHOICE,
     .offset = FIELD(report),
     .initial = "table",
     .choices = "table|json",
     .value = "FORMAT",
     .help = "form of the report on standard output"},
};

static const struct weir_option_table table = {
    .program = "weir-trainer",
    .summary = "weir-trainer - fit a model on labelled flows, judge it, register it",
    .usage = "[OPTION...] [NSL-KDD FILE...]",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue =
        "Rows come from NSL-KDD text files (schema kdd41) or, without any, from the flows that "
        "the\n"
        "collector stored between --from and --to and that carry a label. A part of them is held\n"
        "out; the rest is cross-validated, then fitted as a whole. Rows with equal columns stay\n"
        "together, so no model is judged on a duplicate of what it has seen. The threshold is the\n"
        "one with the best F1 on out-of-fold scores, and is stored in the model.\n"
        "The score of the training part is printed only beside the held-out one: it measures\n"
        "memory, not quality. NSL-KDD is laboratory traffic of 1998: good figures on it are no\n"
        "promise for a network of today.\n"
        "\n"
        "The model is always checked against XGBoost's own scores (at most 1e-6 apart) and is\n"
        "written unsigned: `weirctl model sign` signs it.\n"
        "\n"
        "Examples:\n"
        "  weir-trainer --nsl-kdd KDDTrain+.txt --test KDDTest+.txt --output nsl.model\n"
        "  weir-trainer --database 'dbname=weir' --schema sensor --from 2026-01-05 --to 2026-01-12 "
        "\\\n"
        "      --unlabelled normal --name branch-sensor\n"
        "\n"
        "Exit status: 0 done, 64 usage, 65 bad data, 69 database unavailable, 74 input/output,\n"
        "75 try again, 77 permission.\n",
};

const struct weir_option_table *trainer_options_table(void)
{
    return &table;
}

const char *trainer_options_schema(const struct trainer_options *options)
{
    static const char *const names[] = {"kdd41", "sensor", "fleet"};
    return names[options->schema];
}

int trainer_options_check(const struct trainer_options *options, struct weir_error *error)
{
    const bool files = options->nsl_kdd.count > 0;
    const bool kdd = strcmp(trainer_options_schema(options), "kdd41") == 0;
    if (!files && options->database == NULL) {
        return weir_fail(error, WEIR_EINVAL,
                         "nothing to learn from: give --nsl-kdd FILE, or --database with stored "
                         "flows");
    }
    if (files && (options->from != NULL || options->to != NULL || options->stream != NULL ||
                  options->unlabelled != NULL)) {
        return weir_fail(error, WEIR_EINVAL,
                         "--from, --to, --stream and --unlabelled choose stored flows; they do not "
                         "go with --nsl-kdd");
    }
    if ((files || options->test != NULL) && !kdd) {
        return weir_fail(error, WEIR_EINVAL, "NSL-KDD files have schema kdd41, not %s",
                         trainer_options_schema(options));
    }
    if (options->name[0] == '\0' || strlen(options->name) > 63) {
        return weir_fail(error, WEIR_EINVAL, "--name: want 1 to 63 bytes");
    }
    return 0;
}
