/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/trainer.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/progress.h"

#include "collector/learn/candidate.h"
#include "collector/learn/cross_validation.h"
#include "collector/learn/fit.h"
#include "collector/learn/nsl_kdd.h"
#include "collector/learn/report.h"
#include "collector/learn/sample_set.h"
#include "collector/learn/split.h"
#include "collector/learn/stored_rows.h"
#include "collector/learn/time_text.h"

struct rows { /* numbers of rows of a data set */
    uint32_t *at;
    size_t count;
};

struct trainer {
    const struct trainer_options *options;
    struct connection *connection; /* NULL without a database */
    struct sample_set set, test;
    struct rows training, held_out, test_rows;
    struct fit_options fit_options;
    struct fit fit;
    int64_t from_us, to_us, created_us;
    struct report report;
    struct weir_progress progress;
    struct weir_error *error;
};

static int open_database(struct trainer *trainer)
{
    const struct trainer_options *options = trainer->options;
    if (options->database == NULL) {
        return 0;
    }
    const struct connection_options wanted = {
        .conninfo = options->database,
        .role = options->role[0] != '\0' ? options->role : NULL,
        .application_name = "weir-trainer",
    };
    return connection_open(&wanted, &trainer->connection, trainer->error);
}

static int parse_times(struct trainer *trainer, int64_t now_us)
{
    const struct trainer_options *options = trainer->options;
    int err = 0;
    trainer->created_us = now_us;
    if (options->created != NULL) {
        err = time_text_parse(options->created, "--created", &trainer->created_us, trainer->error);
    }
    if (err == 0 && options->from != NULL) {
        err = time_text_parse(options->from, "--from", &trainer->from_us, trainer->error);
    }
    if (err == 0 && options->to != NULL) {
        err = time_text_parse(options->to, "--to", &trainer->to_us, trainer->error);
    }
    return err;
}

static int load_files(struct trainer *trainer)
{
    const struct trainer_options *options = trainer->options;
    struct nsl_kdd_counters counters = {0};
    int err = 0;
    for (size_t i = 0; i < options->nsl_kdd.count && err == 0; i++) {
        err = nsl_kdd_load(options->nsl_kdd.at[i], options->skip_bad, &trainer->set, &counters,
                           trainer->error);
    }
    trainer->report.refused = counters.refused;
    trainer->report.source = "files";
    return err;
}

static int load_stored(struct trainer *trainer)
{
    const struct training_set_query query = {
        .schema = trainer->set.schema,
        .from_us = trainer->from_us,
        .to_us = trainer->to_us,
        .stream = trainer->options->stream,
        .unlabelled = trainer->options->unlabelled,
    };
    struct stored_rows_found found = {0};
    const int err =
        stored_rows_load(trainer->connection, &query, &trainer->set, &found, trainer->error);
    if (err != 0) {
        return err;
    }
    /* The interval asked for, or where it was left open, that of the rows. */
    trainer->from_us = trainer->options->from != NULL ? trainer->from_us : found.first_us;
    trainer->to_us = trainer->options->to != NULL ? trainer->to_us : found.last_us + 1;
    trainer->report.skipped = found.skipped;
    trainer->report.source = "stored flows";
    return 0;
}

static int load_rows(struct trainer *trainer)
{
    const struct trainer_options *options = trainer->options;
    struct nsl_kdd_counters counters = {0};
    int err = options->nsl_kdd.count > 0 ? load_files(trainer) : load_stored(trainer);
    if (err == 0 && trainer->set.rows > UINT32_MAX) {
        err = weir_fail(trainer->error, WEIR_ELIMIT, "more than 2^32 rows");
    }
    if (err == 0 && options->test != NULL) {
        err = nsl_kdd_load(options->test, options->skip_bad, &trainer->test, &counters,
                           trainer->error);
    }
    if (err == 0 && (trainer->set.per_label[SAMPLE_SET_UNLABELLED] != 0 ||
                     trainer->test.per_label[SAMPLE_SET_UNLABELLED] != 0)) {
        err = weir_fail(trainer->error, WEIR_EINVAL, "%zu training and %zu test rows have no label",
                        trainer->set.per_label[SAMPLE_SET_UNLABELLED],
                        trainer->test.per_label[SAMPLE_SET_UNLABELLED]);
    }
    return err;
}

/* Parts the rows: those of each part in rising order. */
static int split_rows(struct trainer *trainer)
{
    const size_t rows = trainer->set.rows;
    uint16_t *part = calloc(rows + 1, sizeof(*part));
    trainer->training.at = calloc(rows + 1, sizeof(uint32_t));
    trainer->held_out.at = calloc(rows + 1, sizeof(uint32_t));
    trainer->test_rows.at = calloc(trainer->test.rows + 1, sizeof(uint32_t));
    int err = part == NULL || trainer->training.at == NULL || trainer->held_out.at == NULL ||
                      trainer->test_rows.at == NULL
                  ? WEIR_ENOMEM
                  : split_held_out(&trainer->set, trainer->options->held_out,
                                   trainer->options->seed, part);
    for (size_t i = 0; i < rows && err == 0; i++) {
        struct rows *into = part[i] == SPLIT_HELD_OUT ? &trainer->held_out : &trainer->training;
        into->at[into->count++] = (uint32_t)i;
    }
    for (size_t i = 0; i < trainer->test.rows && err == 0; i++) {
        trainer->test_rows.at[trainer->test_rows.count++] = (uint32_t)i;
    }
    free(part);
    return err == 0 ? 0 : weir_fail(trainer->error, err, "%zu rows: %s", rows, weir_err_text(err));
}

static void on_fold(void *context, uint16_t done)
{
    struct trainer *trainer = context;
    weir_progress_update(&trainer->progress, done, weir_mono_now());
}

static int cross_validate(struct trainer *trainer)
{
    const struct trainer_options *options = trainer->options;
    struct report *report = &trainer->report;
    report->threshold = options->threshold > 0.0 ? options->threshold : 0.5;
    report->threshold_source = options->threshold > 0.0 ? "as given" : "nothing to choose it on";
    if (options->folds < 2) {
        return 0;
    }
    const struct cross_validation_options wanted = {
        .fit = trainer->fit_options,
        .folds = (uint16_t)options->folds,
        .seed = options->seed,
        .threshold = options->threshold > 0.0 ? options->threshold : (double)NAN,
        .on_fold = on_fold,
        .context = trainer,
    };
    const int err =
        cross_validation_run(&wanted, &trainer->set, trainer->training.at, trainer->training.count,
                             &report->cross_validation, trainer->error);
    if (err != 0) {
        return err;
    }
    report->cross_validated = true;
    if (options->threshold == 0.0) {
        report->threshold = report->cross_validation.threshold;
        report->threshold_source = "best F1 on the out-of-fold scores";
    }
    return 0;
}

/* Scores of rows and their labels, in new arrays that the caller frees. */
static int score_rows(const struct trainer *trainer, const struct sample_set *set,
                      const struct rows *rows, float **scores, uint8_t **labels)
{
    *scores = calloc(rows->count + 1, sizeof(**scores));
    *labels = calloc(rows->count + 1, sizeof(**labels));
    if (*scores == NULL || *labels == NULL) {
        return WEIR_ENOMEM;
    }
    fit_score(&trainer->fit, set, rows->at, rows->count, *scores);
    for (size_t i = 0; i < rows->count; i++) {
        (*labels)[i] = set->labels[rows->at[i]];
    }
    return 0;
}

/* Judges the model on rows, and holds it against the library on the same rows. choose: take the
 * threshold from these rows first. */
static int judge(struct trainer *trainer, const struct sample_set *set, const struct rows *rows,
                 struct report_part *part, bool choose)
{
    struct report *report = &trainer->report;
    float *scores = NULL;
    uint8_t *labels = NULL;
    if (rows->count == 0) {
        return 0;
    }
    int err = score_rows(trainer, set, rows, &scores, &labels);
    if (err == 0 && choose) {
        err = evaluation_best_threshold(scores, labels, rows->count, &report->threshold);
        report->threshold_source = "best F1 on the held-out scores";
    }
    if (err == 0) {
        err = evaluation_of(scores, labels, rows->count, report->threshold, &part->evaluation);
    }
    free(scores);
    free(labels);
    if (err != 0) {
        return weir_fail(trainer->error, err, "evaluation: %s", weir_err_text(err));
    }
    part->present = true;
    report->agreement_rows += rows->count;
    return fit_check_agreement(&trainer->fit, set, rows->at, rows->count, &report->agreement,
                               trainer->error);
}

static int judge_all(struct trainer *trainer)
{
    struct report *report = &trainer->report;
    const bool choose = trainer->options->threshold == 0.0 && !report->cross_validated;
    report->training.name = "Training part";
    report->held_out.name = "Held-out part";
    report->test.name = trainer->options->test;
    int err = judge(trainer, &trainer->set, &trainer->held_out, &report->held_out, choose);
    if (err == 0) {
        err = judge(trainer, &trainer->set, &trainer->training, &report->training, false);
    }
    if (err == 0) {
        err = judge(trainer, &trainer->test, &trainer->test_rows, &report->test, false);
    }
    if (err == 0 && report->test.present) {
        err = split_count_shared(&trainer->set, trainer->training.at, trainer->training.count,
                                 &trainer->test, &report->test.shared);
    }
    return err;
}

static int fit_and_judge(struct trainer *trainer)
{
    int err = fit_model(&trainer->fit_options, &trainer->set, trainer->training.at,
                        trainer->training.count, &trainer->fit, trainer->error);
    return err != 0 ? err : judge_all(trainer);
}

static void fill_report(struct trainer *trainer)
{
    const struct trainer_options *options = trainer->options;
    struct report *report = &trainer->report;
    uint8_t digest[WEIR_MODEL_DIGEST_SIZE];
    candidate_digest(&trainer->set, digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        (void)snprintf(report->digest + 2 * i, 3, "%02x", digest[i]);
    }
    report->name = options->name;
    report->kind = weir_model_kind_text(trainer->fit_options.kind);
    report->schema = trainer->set.schema->name;
    report->rows = trainer->set.rows;
    report->normal = trainer->set.per_label[SAMPLE_SET_NORMAL];
    report->attack = trainer->set.per_label[SAMPLE_SET_ATTACK];
    report->unknown_categories = trainer->set.unknown_categories;
    report->training_rows = trainer->training.count;
    report->held_out_rows = trainer->held_out.count;
    report->seed = options->seed;
    report->trees = options->trees;
    report->depth = options->depth;
    report->columns_used = forest_columns(trainer->fit.forest);
    report->columns = forest_encoded_columns(trainer->fit.forest);
    report->fit_s = trainer->fit.fit_s;
    report->payload_bytes = trainer->fit.payload.size;
    report->output = options->output;
}

static void add_metrics(struct candidate *candidate, const char *part,
                        const struct evaluation *evaluation)
{
    const struct models_metric metrics[] = {
        {.part = part, .metric = "accuracy", .value = evaluation->accuracy},
        {.part = part, .metric = "precision", .value = evaluation->classes[1].precision},
        {.part = part, .metric = "recall", .value = evaluation->classes[1].recall},
        {.part = part, .metric = "f1", .value = evaluation->classes[1].f1},
        {.part = part, .metric = "roc_auc", .value = evaluation->roc_auc},
        {.part = part, .metric = "false_positive_rate", .value = evaluation->false_positive_rate},
    };
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        if (!isfinite(metrics[i].value) || candidate->metric_count == CANDIDATE_METRICS_MAX) {
            continue;
        }
        struct models_metric *into = &candidate->metrics[candidate->metric_count++];
        *into = metrics[i];
        into->low = (double)NAN;
        into->high = (double)NAN;
    }
}

/* Writes beside the file and renames, so that no reader ever sees half a model. */
static int save(const char *path, const struct weir_buffer *bytes, struct weir_error *error)
{
    char beside[PATH_MAX];
    if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside)) {
        return weir_fail(error, WEIR_EINVAL, "--output: the path is too long");
    }
    FILE *file = fopen(beside, "wb");
    if (file == NULL) {
        return weir_fail(error, WEIR_EIO, "%s: %s", beside, strerror(errno));
    }
    const bool written = fwrite(bytes->bytes, 1, bytes->size, file) == bytes->size;
    const bool closed = fclose(file) == 0;
    if (!written || !closed || rename(beside, path) != 0) {
        const int reason = errno;
        (void)remove(beside);
        return weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(reason));
    }
    return 0;
}

/* Makes the artefact, writes it and registers it. */
static int deliver(struct trainer *trainer)
{
    const struct trainer_options *options = trainer->options;
    struct report *report = &trainer->report;
    struct weir_buffer artifact = {0};
    struct candidate candidate = {
        .name = options->name,
        .version = options->version,
        .created_us = trainer->created_us,
        .expires_us = options->expires_us > 0 ? trainer->created_us + options->expires_us : 0,
        .from_us = trainer->from_us,
        .to_us = trainer->to_us,
        .threshold = report->threshold,
        .fit = &trainer->fit,
        .set = &trainer->set,
        .rows = trainer->training.at,
        .row_count = trainer->training.count,
    };
    if (report->cross_validated) {
        add_metrics(&candidate, "cv", &report->cross_validation.pooled);
    }
    if (report->held_out.present) {
        add_metrics(&candidate, "held_out", &report->held_out.evaluation);
    }
    if (report->test.present) {
        add_metrics(&candidate, "test", &report->test.evaluation);
    }
    int err = 0;
    if (trainer->connection != NULL) {
        err = models_next_version(trainer->connection, &candidate.version, trainer->error);
    }
    report->version = candidate.version;
    if (err == 0) {
        err = candidate_encode(&candidate, &artifact, trainer->error);
    }
    if (err == 0 && options->output != NULL) {
        err = save(options->output, &artifact, trainer->error);
    }
    if (err == 0 && trainer->connection != NULL) {
        err = candidate_register(&candidate, &artifact, trainer->connection, trainer->error);
        report->registered = err == 0;
    }
    weir_buffer_fini(&artifact);
    return err;
}

static int run(struct trainer *trainer, int64_t now_us, FILE *diagnostics)
{
    const struct trainer_options *options = trainer->options;
    int err = parse_times(trainer, now_us);
    err = err != 0 ? err : open_database(trainer);
    err = err != 0 ? err : load_rows(trainer);
    err = err != 0 ? err : split_rows(trainer);
    if (err != 0) {
        return err;
    }
    const uint64_t fits = (options->folds < 2 ? 0 : options->folds) + 1;
    weir_progress_init(&trainer->progress, diagnostics, "training", fits, weir_mono_now());
    err = cross_validate(trainer);
    err = err != 0 ? err : fit_and_judge(trainer);
    weir_progress_fini(&trainer->progress);
    if (err != 0) {
        return err;
    }
    fill_report(trainer);
    return deliver(trainer);
}

static void trainer_fini(struct trainer *trainer)
{
    fit_fini(&trainer->fit);
    sample_set_fini(&trainer->set);
    sample_set_fini(&trainer->test);
    free(trainer->training.at);
    free(trainer->held_out.at);
    free(trainer->test_rows.at);
    if (trainer->connection != NULL) {
        connection_close(trainer->connection);
    }
}

int trainer_run(const struct trainer_options *options, int64_t now_us, FILE *out, FILE *diagnostics,
                struct weir_error *error)
{
    const struct weir_feature_schema *schema =
        weir_feature_schema_find(trainer_options_schema(options));
    struct trainer trainer = {
        .options = options,
        .error = error,
        .fit_options = {.kind = WEIR_MODEL_FOREST,
                        .forest = {.trees = (uint32_t)options->trees,
                                   .depth = (uint32_t)options->depth,
                                   .row_share_0_1 = options->row_share,
                                   .column_share_0_1 = options->column_share,
                                   .seed = options->seed,
                                   .threads = (uint32_t)options->threads}},
    };
    int err = trainer_options_check(options, error);
    if (err != 0) {
        return err;
    }
    sample_set_init(&trainer.set, schema);
    sample_set_init(&trainer.test, schema);
    err = run(&trainer, now_us, diagnostics);
    if (err == 0 && options->report == TRAINER_REPORT_JSON) {
        err = report_print_json(&trainer.report, out);
    } else if (err == 0) {
        report_print_table(&trainer.report, out);
    }
    trainer_fini(&trainer);
    return err;
}
