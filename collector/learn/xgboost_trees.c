/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/xgboost_trees.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One tree as the library stores it: arrays of equal length, one entry a node. */
struct json_tree {
    const json_t *left, *right, *column, *condition, *default_left;
    size_t count;
};

static size_t index_at(const json_t *array, size_t i)
{
    const json_int_t value = json_integer_value(json_array_get(array, i));
    return value < 0 ? SIZE_MAX : (size_t)value;
}

/* Booleans are 0 and 1 in some versions, false and true in others. */
static bool truth_at(const json_t *array, size_t i)
{
    const json_t *value = json_array_get(array, i);
    return json_is_true(value) || json_integer_value(value) != 0;
}

static bool open_tree(const json_t *json, struct json_tree *tree)
{
    *tree = (struct json_tree){
        .left = json_object_get(json, "left_children"),
        .right = json_object_get(json, "right_children"),
        .column = json_object_get(json, "split_indices"),
        .condition = json_object_get(json, "split_conditions"),
        .default_left = json_object_get(json, "default_left"),
    };
    tree->count = json_array_size(tree->left);
    return tree->count > 0 && json_array_size(tree->right) == tree->count &&
           json_array_size(tree->column) == tree->count &&
           json_array_size(tree->condition) == tree->count &&
           json_array_size(tree->default_left) == tree->count;
}

static bool is_leaf(const struct json_tree *tree, size_t i)
{
    return index_at(tree->left, i) == SIZE_MAX;
}

/* Follows splits on a one-hot column that send 0 and 1 the same way. SIZE_MAX for a loop. */
static size_t skip_constant(const struct json_tree *tree, const struct xgboost_columns *columns,
                            size_t i)
{
    for (size_t steps = 0; steps <= tree->count; steps++) {
        if (i >= tree->count || is_leaf(tree, i)) {
            return i;
        }
        int category = WEIR_TREE_NUMBER;
        const size_t column = index_at(tree->column, i);
        const double threshold = json_number_value(json_array_get(tree->condition, i));
        if (column >= columns->count) {
            return SIZE_MAX;
        }
        (void)weir_encoding_origin(columns->encoding, columns->encoded[column], &category);
        if (category == WEIR_TREE_NUMBER || (threshold > 0.0 && threshold <= 1.0)) {
            return i;
        }
        i = index_at(threshold > 1.0 ? tree->left : tree->right, i);
    }
    return SIZE_MAX;
}

static struct weir_tree_node node_at(const struct json_tree *tree,
                                     const struct xgboost_columns *columns, size_t i)
{
    const float value = (float)json_number_value(json_array_get(tree->condition, i));
    if (is_leaf(tree, i)) {
        return (struct weir_tree_node){.column = WEIR_TREE_LEAF,
                                       .category = WEIR_TREE_NUMBER,
                                       .value = value};
    }
    int category = WEIR_TREE_NUMBER;
    const size_t column =
        weir_encoding_origin(columns->encoding, columns->encoded[index_at(tree->column, i)],
                             &category);
    return (struct weir_tree_node){
        .column = (uint16_t)column,
        .category = (int16_t)category,
        .value = category == WEIR_TREE_NUMBER ? value : 0.0F,
        .default_left = category == WEIR_TREE_NUMBER && truth_at(tree->default_left, i),
    };
}

/* Writes a tree breadth first, so that siblings are neighbours. nodes and queue have room for
 * tree->count entries; the queue holds the JSON index of each node whose place is known. Returns
 * the nodes written, 0 for a tree that is none. */
static size_t write_tree(const struct json_tree *tree, const struct xgboost_columns *columns,
                         struct weir_tree_node *nodes, uint32_t *queue)
{
    size_t count = 1;
    const size_t root = skip_constant(tree, columns, 0);
    if (root >= tree->count) {
        return 0;
    }
    queue[0] = (uint32_t)root;
    for (size_t i = 0; i < count; i++) {
        const size_t from = queue[i];
        nodes[i] = node_at(tree, columns, from);
        if (nodes[i].column == WEIR_TREE_LEAF) {
            continue;
        }
        const size_t left = skip_constant(tree, columns, index_at(tree->left, from));
        const size_t right = skip_constant(tree, columns, index_at(tree->right, from));
        if (left >= tree->count || right >= tree->count || count + 2 > tree->count ||
            count > WEIR_TREE_NODES_MAX) {
            return 0;
        }
        nodes[i].left = (uint16_t)count;
        queue[count++] = (uint32_t)left;
        queue[count++] = (uint32_t)right;
    }
    return count;
}

static int read_trees(const json_t *list, const struct xgboost_columns *columns,
                      struct xgboost_trees *out, struct weir_error *error)
{
    size_t nodes = 0;
    size_t largest = 0;
    struct json_tree tree = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!open_tree(json_array_get(list, i), &tree)) {
            return weir_fail(error, WEIR_EFORMAT, "XGBoost model: tree %zu is not whole", i);
        }
        nodes += tree.count;
        largest = tree.count > largest ? tree.count : largest;
    }
    uint32_t *queue = calloc(largest + 1, sizeof(*queue));
    out->nodes = calloc(nodes + 1, sizeof(*out->nodes));
    out->tree_nodes = calloc(json_array_size(list) + 1, sizeof(*out->tree_nodes));
    int err = queue == NULL || out->nodes == NULL || out->tree_nodes == NULL ? WEIR_ENOMEM : 0;
    for (size_t i = 0; i < json_array_size(list) && err == 0; i++) {
        (void)open_tree(json_array_get(list, i), &tree);
        const size_t count = write_tree(&tree, columns, out->nodes + out->node_count, queue);
        err = count == 0 ? WEIR_EFORMAT : 0;
        out->tree_nodes[out->tree_count++] = (uint32_t)count;
        out->node_count += count;
    }
    free(queue);
    return err == 0 ? 0
                    : weir_fail(error, err, "XGBoost model: tree %zu: %s", out->tree_count,
                                weir_err_text(err));
}

/* Link and base margin from the objective. */
static int read_link(const json_t *learner, struct xgboost_trees *out, struct weir_error *error)
{
    const char *objective =
        json_string_value(json_object_get(json_object_get(learner, "objective"), "name"));
    const char *score = json_string_value(
        json_object_get(json_object_get(learner, "learner_model_param"), "base_score"));
    if (objective == NULL || score == NULL) {
        return weir_fail(error, WEIR_EFORMAT, "XGBoost model: has no objective or base score");
    }
    const float base = strtof(score, NULL);
    if (strcmp(objective, "reg:squarederror") == 0) {
        out->link = WEIR_TREE_LINK_IDENTITY;
        out->base_margin = base;
        return 0;
    }
    if (strcmp(objective, "binary:logistic") == 0 && base > 0.0F && base < 1.0F) {
        out->link = WEIR_TREE_LINK_LOGISTIC;
        out->base_margin = -logf(1.0F / base - 1.0F);
        return 0;
    }
    return weir_fail(error, WEIR_EFORMAT, "XGBoost model: cannot use objective %s with base %s",
                     objective, score);
}

int xgboost_trees_decode(const char *json, size_t size, const struct xgboost_columns *columns,
                         struct xgboost_trees *out, struct weir_error *error)
{
    json_error_t why;
    struct xgboost_trees found = {0};
    json_t *root = json_loadb(json, size, 0, &why);
    if (root == NULL) {
        return weir_fail(error, WEIR_EFORMAT, "XGBoost model: line %d: %s", why.line, why.text);
    }
    const json_t *learner = json_object_get(root, "learner");
    const json_t *model = json_object_get(json_object_get(learner, "gradient_booster"), "model");
    int err = read_link(learner, &found, error);
    if (err == 0) {
        err = read_trees(json_object_get(model, "trees"), columns, &found, error);
    }
    json_decref(root);
    if (err != 0) {
        xgboost_trees_fini(&found);
        return err;
    }
    *out = found;
    return 0;
}

void xgboost_trees_fini(struct xgboost_trees *trees)
{
    free(trees->nodes);
    free(trees->tree_nodes);
    *trees = (struct xgboost_trees){0};
}
