/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/cross_validation.h"

#include <math.h>
#include <stdlib.h>

#include "common/base/check.h"

#include "common/stats/moments.h"

#include "collector/learn/split.h"

struct work {
    const struct sample_set *set;
    const uint32_t *rows; /* the count rows named */
    size_t count;
    uint16_t *part;         /* fold, by row of the set */
    uint32_t *train, *fold; /* rows named, parted */
    float *scores;          /* by row of the set: out-of-fold */
    float *gathered;
    uint8_t *labels; /* beside gathered */
};

static void work_fini(struct work *work)
{
    free(work->part);
    free(work->train);
    free(work->fold);
    free(work->scores);
    free(work->gathered);
    free(work->labels);
}

static int work_init(struct work *work, const struct sample_set *set, const uint32_t *rows,
                     size_t count)
{
    *work = (struct work){
        .set = set,
        .rows = rows,
        .count = count,
        .part = calloc(set->rows + 1, sizeof(*work->part)),
        .train = calloc(count + 1, sizeof(*work->train)),
        .fold = calloc(count + 1, sizeof(*work->fold)),
        .scores = calloc(set->rows + 1, sizeof(*work->scores)),
        .gathered = calloc(count + 1, sizeof(*work->gathered)),
        .labels = calloc(count + 1, sizeof(*work->labels)),
    };
    if (work->part == NULL || work->train == NULL || work->fold == NULL || work->scores == NULL ||
        work->gathered == NULL || work->labels == NULL) {
        work_fini(work);
        return WEIR_ENOMEM;
    }
    return 0;
}

static int score_fold(const struct cross_validation_options *options, struct work *work,
                      uint16_t fold, struct weir_error *error)
{
    size_t train = 0;
    size_t held = 0;
    for (size_t i = 0; i < work->count; i++) {
        const uint32_t row = work->rows[i];
        if (work->part[row] == fold) {
            work->fold[held++] = row;
        } else {
            work->train[train++] = row;
        }
    }
    struct fit fit = {0};
    const int err = fit_model(&options->fit, work->set, work->train, train, &fit, error);
    if (err != 0) {
        return err;
    }
    fit_score(&fit, work->set, work->fold, held, work->gathered);
    for (size_t i = 0; i < held; i++) {
        work->scores[work->fold[i]] = work->gathered[i];
    }
    fit_fini(&fit);
    return 0;
}

/* Gathers scores and labels of the rows of `fold`, of all for UINT16_MAX. */
static size_t gather(struct work *work, uint16_t fold)
{
    size_t gathered = 0;
    for (size_t i = 0; i < work->count; i++) {
        const uint32_t row = work->rows[i];
        if (fold == UINT16_MAX || work->part[row] == fold) {
            work->gathered[gathered] = work->scores[row];
            work->labels[gathered++] = work->set->labels[row];
        }
    }
    return gathered;
}

static int summarize(const struct cross_validation_options *options, struct work *work,
                     struct cross_validation *out)
{
    const size_t count = gather(work, UINT16_MAX);
    out->folds = options->folds;
    out->threshold = options->threshold;
    int err = 0;
    if (isnan(options->threshold)) {
        err = evaluation_best_threshold(work->gathered, work->labels, count, &out->threshold);
    }
    if (err == 0) {
        err = evaluation_of(work->gathered, work->labels, count, out->threshold, &out->pooled);
    }
    for (uint16_t fold = 0; fold < options->folds && err == 0; fold++) {
        const size_t held = gather(work, fold);
        err = evaluation_of(work->gathered, work->labels, held, out->threshold, &out->fold[fold]);
    }
    for (int metric = 0; metric < CROSS_VALIDATION_METRICS; metric++) {
        struct weir_moments moments = {0};
        for (uint16_t fold = 0; fold < options->folds; fold++) {
            const double value =
                cross_validation_metric_of(&out->fold[fold], (enum cross_validation_metric)metric);
            if (!isnan(value)) {
                weir_moments_add(&moments, value);
            }
        }
        out->mean[metric] = moments.count > 0 ? moments.mean : (double)NAN;
        out->deviation[metric] =
            moments.count > 1 ? sqrt(weir_moments_variance(&moments)) : (double)NAN;
    }
    return err;
}

int cross_validation_run(const struct cross_validation_options *options,
                         const struct sample_set *set, const uint32_t *rows, size_t count,
                         struct cross_validation *out, struct weir_error *error)
{
    struct work work = {0};
    weir_check(options->folds >= 2 && options->folds <= CROSS_VALIDATION_FOLDS_MAX);
    if (work_init(&work, set, rows, count) != 0) {
        return weir_fail(error, WEIR_ENOMEM, "cross-validation: out of memory");
    }
    int err = split_folds(set, rows, count, options->folds, options->seed, work.part);
    for (uint16_t fold = 0; fold < options->folds && err == 0; fold++) {
        err = score_fold(options, &work, fold, error);
        if (options->on_fold != NULL) {
            options->on_fold(options->context, (uint16_t)(fold + 1));
        }
    }
    if (err == 0) {
        err = summarize(options, &work, out);
    }
    work_fini(&work);
    return err;
}

const char *cross_validation_metric_text(enum cross_validation_metric metric)
{
    static const char *const texts[CROSS_VALIDATION_METRICS] = {"accuracy", "precision", "recall",
                                                                "f1", "roc_auc"};
    return texts[metric];
}

double cross_validation_metric_of(const struct evaluation *evaluation,
                                  enum cross_validation_metric metric)
{
    switch (metric) {
    case CROSS_VALIDATION_ACCURACY:
        return evaluation->accuracy;
    case CROSS_VALIDATION_PRECISION:
        return evaluation->classes[1].precision;
    case CROSS_VALIDATION_RECALL:
        return evaluation->classes[1].recall;
    case CROSS_VALIDATION_F1:
        return evaluation->classes[1].f1;
    case CROSS_VALIDATION_ROC_AUC:
        return evaluation->roc_auc;
    case CROSS_VALIDATION_METRICS:
        break;
    }
    return (double)NAN;
}
