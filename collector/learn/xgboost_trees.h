/* SPDX-License-Identifier: Apache-2.0
 *
 * xgboost_trees: the trees of an XGBoost model in JSON, in the words of common/model.
 *
 * A split on a one-hot column becomes a test on the category itself; a split that no row can fail
 * or pass is left out.
 *
 * Owns:    its arrays; xgboost_trees_fini() frees them.
 * Errors:  WEIR_EFORMAT for JSON that is no such model, WEIR_ELIMIT past common/model's limits,
 *          WEIR_ENOMEM.
 * Source:  XGBoost 1.7, doc/model.schema.
 */
#ifndef WEIR_COLLECTOR_LEARN_XGBOOST_TREES_H
#define WEIR_COLLECTOR_LEARN_XGBOOST_TREES_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/model/encoding.h"
#include "common/model/tree_ensemble.h"

struct xgboost_trees {
    enum weir_tree_link link;
    float base_margin;
    struct weir_tree_node *nodes; /* of all trees, one after the other */
    uint32_t *tree_nodes;
    size_t node_count, tree_count;
};

struct xgboost_columns { /* what the columns of the training matrix were */
    const struct weir_encoding *encoding;
    const uint16_t *encoded; /* encoded column of each matrix column */
    size_t count;
};

WEIR_MUST_CHECK int xgboost_trees_decode(const char *json, size_t size,
                                         const struct xgboost_columns *columns,
                                         struct xgboost_trees *out, struct weir_error *error);
void xgboost_trees_fini(struct xgboost_trees *trees);

#endif
