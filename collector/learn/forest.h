/* SPDX-License-Identifier: Apache-2.0
 *
 * forest: fits a random forest with libxgboost; the one place that knows the library.
 *
 * A forest here is what Breiman's is for two classes: each tree sees a random part of the rows,
 * each node a random part of the columns, splits minimise the variance of the label (Gini's index
 * for 0 and 1), a leaf holds its share of attacks, and the score is the mean over the trees. To the
 * library that is one round of squared-error boosting from 0 without shrinkage or regularization,
 * with `trees` parallel trees. Rows are drawn without replacement.
 *
 * Its sums are whole numbers in double, so the number of threads changes nothing.
 *
 * Owns:    a forest owns the library's objects; forest_free() frees them.
 * Errors:  WEIR_EINVAL for rows without both classes, WEIR_ENOMEM, WEIR_EFORMAT with the library's
 *          sentence.
 * Source:  Breiman 2001; XGBoost 1.7, doc/tutorials/rf.
 */
#ifndef WEIR_COLLECTOR_LEARN_FOREST_H
#define WEIR_COLLECTOR_LEARN_FOREST_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "collector/learn/sample_set.h"

struct forest_options {
    uint32_t trees, depth;
    double row_share_0_1;    /* of the rows that a tree sees */
    double column_share_0_1; /* of the encoded columns that a node may choose from */
    uint64_t seed;
    uint32_t threads; /* 0 = all processors */
};

struct forest;

/* Fits on the `count` rows named. Columns that are constant there are not used. */
WEIR_MUST_CHECK int forest_fit(const struct forest_options *options, const struct sample_set *set,
                               const uint32_t *rows, size_t count, struct forest **out,
                               struct weir_error *error);
void forest_free(struct forest *forest);

/* The library's own scores of these rows: what common/model is held against. */
WEIR_MUST_CHECK int forest_score(const struct forest *forest, const struct sample_set *set,
                                 const uint32_t *rows, size_t count, float *scores,
                                 struct weir_error *error);

/* Appends the payload that common/model loads. */
WEIR_MUST_CHECK int forest_encode(const struct forest *forest, struct weir_buffer *payload,
                                  struct weir_error *error);

/* Encoded columns in use, and all of them; the rest were constant. */
size_t forest_columns(const struct forest *forest);
size_t forest_encoded_columns(const struct forest *forest);

#endif
