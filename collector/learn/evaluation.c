/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/evaluation.h"

#include <math.h>
#include <stdlib.h>

struct scored {
    float score;
    uint8_t label;
};

static int compare_falling(const void *left, const void *right)
{
    const struct scored *a = left;
    const struct scored *b = right;
    return a->score > b->score ? -1 : (a->score < b->score ? 1 : 0);
}

/* Scores with labels, highest first; NULL without memory. */
static struct scored *sort_scores(const float *scores, const uint8_t *labels, size_t count)
{
    struct scored *sorted = calloc(count + 1, sizeof(*sorted));
    if (sorted == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = (struct scored){.score = scores[i], .label = labels[i]};
    }
    qsort(sorted, count, sizeof(*sorted), compare_falling);
    return sorted;
}

static double ratio(double part, double whole)
{
    return whole > 0.0 ? part / whole : 0.0;
}

static double harmonic(double a, double b)
{
    return ratio(2.0 * a * b, a + b);
}

/* Pairs (attack, normal) in the right order, ties half, over all pairs. */
static double roc_area(const struct scored *sorted, size_t count)
{
    double attacks = 0.0;
    double normals = 0.0;
    double ordered = 0.0;
    for (size_t i = 0; i < count;) {
        double tied_attacks = 0.0;
        double tied_normals = 0.0;
        const float score = sorted[i].score;
        for (; i < count && sorted[i].score == score; i++) {
            tied_attacks += sorted[i].label == 1 ? 1.0 : 0.0;
            tied_normals += sorted[i].label == 1 ? 0.0 : 1.0;
        }
        ordered += tied_normals * (attacks + tied_attacks / 2.0);
        attacks += tied_attacks;
        normals += tied_normals;
    }
    return attacks > 0.0 && normals > 0.0 ? ordered / (attacks * normals) : (double)NAN;
}

static void fill_classes(struct evaluation *evaluation)
{
    const double rows = (double)evaluation->rows;
    for (size_t i = 0; i < 2; i++) {
        struct evaluation_class *one = &evaluation->classes[i];
        const double hit = (double)evaluation->confusion[i][i];
        one->support = evaluation->confusion[i][0] + evaluation->confusion[i][1];
        one->precision =
            ratio(hit, (double)(evaluation->confusion[0][i] + evaluation->confusion[1][i]));
        one->recall = ratio(hit, (double)one->support);
        one->f1 = harmonic(one->precision, one->recall);
        const double weight = ratio((double)one->support, rows);
        evaluation->macro.precision += one->precision / 2.0;
        evaluation->macro.recall += one->recall / 2.0;
        evaluation->macro.f1 += one->f1 / 2.0;
        evaluation->weighted.precision += one->precision * weight;
        evaluation->weighted.recall += one->recall * weight;
        evaluation->weighted.f1 += one->f1 * weight;
    }
    evaluation->macro.support = evaluation->rows;
    evaluation->weighted.support = evaluation->rows;
}

int evaluation_of(const float *scores, const uint8_t *labels, size_t count, double threshold,
                  struct evaluation *out)
{
    struct evaluation found = {.rows = count, .threshold = threshold};
    struct scored *sorted = sort_scores(scores, labels, count);
    if (sorted == NULL) {
        return WEIR_ENOMEM;
    }
    found.roc_auc = roc_area(sorted, count);
    free(sorted);
    for (size_t i = 0; i < count; i++) {
        found.confusion[labels[i] == 1 ? 1 : 0][(double)scores[i] >= threshold ? 1 : 0]++;
    }
    found.accuracy = ratio((double)(found.confusion[0][0] + found.confusion[1][1]), (double)count);
    found.false_positive_rate = ratio((double)found.confusion[0][1],
                                      (double)(found.confusion[0][0] + found.confusion[0][1]));
    fill_classes(&found);
    *out = found;
    return 0;
}

int evaluation_best_threshold(const float *scores, const uint8_t *labels, size_t count,
                              double *threshold)
{
    struct scored *sorted = sort_scores(scores, labels, count);
    if (sorted == NULL) {
        return WEIR_ENOMEM;
    }
    double attacks = 0.0;
    for (size_t i = 0; i < count; i++) {
        attacks += labels[i] == 1 ? 1.0 : 0.0;
    }
    double best = 0.5;
    double best_f1 = 0.0;
    double hits = 0.0;
    for (size_t i = 0; i < count; i++) {
        hits += sorted[i].label == 1 ? 1.0 : 0.0;
        const float next = i + 1 < count ? sorted[i + 1].score : 0.0F;
        if (i + 1 < count && next == sorted[i].score) {
            continue; /* no threshold parts equal scores */
        }
        const double f1 = ratio(2.0 * hits, (double)(i + 1) + attacks);
        if (f1 > best_f1) {
            best_f1 = f1;
            best = ((double)sorted[i].score + (double)next) / 2.0;
        }
    }
    free(sorted);
    *threshold = best;
    return 0;
}
