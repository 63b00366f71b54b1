/* SPDX-License-Identifier: Apache-2.0
 *
 * fit: one fitted model of any kind: the payload that will travel, the scorer made of it, and the
 * library's own model to hold it against.
 *
 * Whatever is measured in training is measured with the scorer that sensors run.
 *
 * Owns:    what fit_model() gives; fit_fini() frees it.
 * Errors:  those of the kind's own file; WEIR_ECONFLICT when scorer and library disagree.
 */
#ifndef WEIR_COLLECTOR_LEARN_FIT_H
#define WEIR_COLLECTOR_LEARN_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "common/model/model.h"

#include "collector/learn/forest.h"
#include "collector/learn/sample_set.h"

#define FIT_AGREEMENT 1e-6 /* most by which scorer and library may differ */

struct fit_options {
    enum weir_model_kind kind;
    struct forest_options forest;
};

struct fit {
    struct weir_buffer payload;
    struct weir_model *model;
    struct forest *forest;
    double fit_s; /* wall time of fitting */
};

WEIR_MUST_CHECK int fit_model(const struct fit_options *options, const struct sample_set *set,
                              const uint32_t *rows, size_t count, struct fit *out,
                              struct weir_error *error);
void fit_fini(struct fit *fit);

/* scores[i]: of row rows[i]. */
void fit_score(const struct fit *fit, const struct sample_set *set, const uint32_t *rows,
               size_t count, float *scores);

/* *largest: the largest difference between our scores and the library's on these rows, when it is
 * larger than what *largest held. WEIR_ECONFLICT above FIT_AGREEMENT. */
WEIR_MUST_CHECK int fit_check_agreement(const struct fit *fit, const struct sample_set *set,
                                        const uint32_t *rows, size_t count, double *largest,
                                        struct weir_error *error);

#endif
