/* SPDX-License-Identifier: Apache-2.0
 *
 * evaluation: how well scores fit labels, at one threshold and over all of them.
 *
 * Shape:   index 0 is normal, 1 is attack; confusion[truth][verdict]. A row is judged an attack
 * when its score is at or above the threshold. Units:   shares 0 .. 1. A share of nothing
 * (precision without a verdict) is 0, an area without both classes NaN. Source:  ROC area: Mann and
 * Whitney's statistic, ties counted half.
 */
#ifndef WEIR_COLLECTOR_LEARN_EVALUATION_H
#define WEIR_COLLECTOR_LEARN_EVALUATION_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct evaluation_class {
    double precision, recall, f1;
    uint64_t support; /* rows that truly are of the class */
};

struct evaluation {
    size_t rows;
    double threshold;
    uint64_t confusion[2][2];
    double accuracy;
    struct evaluation_class classes[2];
    struct evaluation_class macro, weighted; /* support: all rows */
    double false_positive_rate;
    double roc_auc;
};

/* labels are 0 or 1. WEIR_ENOMEM. */
WEIR_MUST_CHECK int evaluation_of(const float *scores, const uint8_t *labels, size_t count,
                                  double threshold, struct evaluation *out);

/* The threshold with the best F1 of class attack, half way between the scores it parts; 0.5 when
 * there is no attack among the labels. The highest of equally good ones. WEIR_ENOMEM. */
WEIR_MUST_CHECK int evaluation_best_threshold(const float *scores, const uint8_t *labels,
                                              size_t count, double *threshold);

#endif
