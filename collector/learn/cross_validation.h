/* SPDX-License-Identifier: Apache-2.0
 *
 * cross_validation: every row scored by a model that was fitted without it and its duplicates.
 *
 * Shape:   fold i is scored by the model fitted on all other folds; pooled is over all rows.
 * Units:   deviation is the sample standard deviation over the folds.
 */
#ifndef WEIR_COLLECTOR_LEARN_CROSS_VALIDATION_H
#define WEIR_COLLECTOR_LEARN_CROSS_VALIDATION_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/learn/evaluation.h"
#include "collector/learn/fit.h"
#include "collector/learn/sample_set.h"

#define CROSS_VALIDATION_FOLDS_MAX 50

enum cross_validation_metric {
    CROSS_VALIDATION_ACCURACY,
    CROSS_VALIDATION_PRECISION, /* of class attack, like the next two */
    CROSS_VALIDATION_RECALL,
    CROSS_VALIDATION_F1,
    CROSS_VALIDATION_ROC_AUC,
    CROSS_VALIDATION_METRICS,
};

struct cross_validation_options {
    struct fit_options fit;
    uint16_t folds; /* 2 .. CROSS_VALIDATION_FOLDS_MAX */
    uint64_t seed;
    double threshold;                              /* NaN: chosen on the out-of-fold scores */
    void (*on_fold)(void *context, uint16_t done); /* may be NULL */
    void *context;
};

struct cross_validation {
    uint16_t folds;
    double threshold;
    struct evaluation fold[CROSS_VALIDATION_FOLDS_MAX];
    struct evaluation pooled;
    double mean[CROSS_VALIDATION_METRICS], deviation[CROSS_VALIDATION_METRICS];
};

WEIR_MUST_CHECK int cross_validation_run(const struct cross_validation_options *options,
                                         const struct sample_set *set, const uint32_t *rows,
                                         size_t count, struct cross_validation *out,
                                         struct weir_error *error);

/* "accuracy", "precision", ... and the metric's value in an evaluation. */
const char *cross_validation_metric_text(enum cross_validation_metric metric);
double cross_validation_metric_of(const struct evaluation *evaluation,
                                  enum cross_validation_metric metric);

#endif
