/* SPDX-License-Identifier: Apache-2.0
 *
 * tree_ensemble: many decision trees whose leaf values add up, as XGBoost grows them.
 *
 * The sum is taken in float, from the base margin on, tree after tree; comparisons are float
 * `x < threshold`: the library's own arithmetic, so that both give the same margin bit for bit.
 *
 * Shape:   a tree is an array of nodes, root first, every child behind its parent, the two children
 *          of a node side by side.
 * Owns:    the ensemble copies the nodes given to it.
 * Errors:  weir_tree_ensemble_new() refuses what is not a forest of such trees; scoring cannot
 *          fail.
 * Source:  XGBoost 1.7, src/predictor/cpu_predictor.cc and src/common/math.h.
 */
#ifndef WEIR_COMMON_MODEL_TREE_ENSEMBLE_H
#define WEIR_COMMON_MODEL_TREE_ENSEMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "common/model/encoding.h"

#define WEIR_TREES_MAX      10000
#define WEIR_TREE_NODES_MAX 65000 /* of one tree */
#define WEIR_TREE_DEPTH_MAX 64
#define WEIR_TREE_LEAF      UINT16_MAX /* column of a leaf */
#define WEIR_TREE_NUMBER    (-1)       /* category of a test on a number */

enum weir_tree_link {            /* from the summed margin to a score; values are stored */
    WEIR_TREE_LINK_LOGISTIC = 1, /* 1 / (1 + exp(-margin)) */
    WEIR_TREE_LINK_IDENTITY = 2, /* the margin, held within 0 .. 1 */
};

struct weir_tree_node {
    uint16_t column;   /* of the schema, or WEIR_TREE_LEAF */
    int16_t category;  /* test `column == category` (true: right), or WEIR_TREE_NUMBER */
    float value;       /* NUMBER: the threshold (x < value: left); a leaf: what it adds */
    uint16_t left;     /* index of the left child; the right one is left + 1; 0 for a leaf */
    bool default_left; /* where a NaN goes */
};

struct weir_tree_ensemble_options {
    enum weir_tree_link link;
    float base_margin;
    const struct weir_tree_node *nodes; /* all trees, one after the other */
    const uint32_t *tree_nodes;         /* nodes of each tree, tree_count of them */
    size_t tree_count;
};

struct weir_tree_ensemble;

/* WEIR_EFORMAT with a sentence for a child that is not behind its parent or has two parents, an
 * index out of range, a value that is not finite; WEIR_ELIMIT past the limits above. */
WEIR_MUST_CHECK int weir_tree_ensemble_new(const struct weir_tree_ensemble_options *options,
                                           const struct weir_encoding *encoding,
                                           struct weir_tree_ensemble **out,
                                           struct weir_error *error);
void weir_tree_ensemble_free(struct weir_tree_ensemble *ensemble);

/* Scores count encoded vectors, `stride` floats apart. */
void weir_tree_ensemble_score(const struct weir_tree_ensemble *ensemble, const float *encoded,
                              size_t stride, size_t count, float *scores);

/* The body of a payload: encode appends, decode reads all of `bytes`. */
void weir_tree_ensemble_encode(const struct weir_tree_ensemble_options *options,
                               struct weir_buffer *out);
WEIR_MUST_CHECK int weir_tree_ensemble_decode(const void *bytes, size_t size,
                                              const struct weir_encoding *encoding,
                                              struct weir_tree_ensemble **out,
                                              struct weir_error *error);

#endif
