/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/tree_ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cursor.h"

#include "common/model/math.h"
#include "common/model/rank.h"

/* A walk waits for memory at each node, so several walks go on at once. */
#define LANES 8

#define NODE_BYTES 11U /* of a node in a payload */

/* What a walk reads of a node. A leaf leads back to itself (nothing is as high as its threshold, so
 * always "left", and that is 0 nodes on); hence every walk of a tree takes the same number of steps
 * and no step needs a branch. */
struct walk_node {
    uint32_t threshold; /* a rank */
    uint16_t column;    /* encoded */
    uint16_t left;      /* nodes from here to the left child, 0 for a leaf */
};

struct walk_tree {
    uint32_t first; /* of its nodes in the ensemble's arrays */
    uint32_t depth; /* steps to the deepest leaf of the LANES trees it is walked with */
};

struct weir_tree_ensemble {
    enum weir_tree_link link;
    float base_margin;
    bool minds_nan; /* some node sends NaN left: the plain walk would send it right */
    size_t columns; /* of an encoded vector */
    size_t tree_count;
    struct walk_tree *trees;
    struct walk_node *nodes;
    float *leaf_values;    /* per node; 0 for inner ones */
    uint8_t *default_left; /* per node */
};

static inline const struct walk_node *step(const struct walk_node *at, const uint32_t *x)
{
    return at + (at->left + (uint32_t)(x[at->column] >= at->threshold));
}

static float leaf_value(const struct weir_tree_ensemble *ensemble, const struct walk_node *leaf)
{
    return ensemble->leaf_values[leaf - ensemble->nodes];
}

/* Adds the leaves of `tree` to the margins of LANES vectors. */
static void walk_rows(const struct weir_tree_ensemble *ensemble, const struct walk_tree *tree,
                      uint32_t x[LANES][WEIR_ENCODED_MAX], float *margins)
{
    const struct walk_node *at[LANES];
    for (size_t i = 0; i < LANES; i++) {
        at[i] = ensemble->nodes + tree->first;
    }
    for (uint32_t depth = tree->depth; depth > 0; depth--) {
        at[0] = step(at[0], x[0]);
        at[1] = step(at[1], x[1]);
        at[2] = step(at[2], x[2]);
        at[3] = step(at[3], x[3]);
        at[4] = step(at[4], x[4]);
        at[5] = step(at[5], x[5]);
        at[6] = step(at[6], x[6]);
        at[7] = step(at[7], x[7]);
    }
    for (size_t i = 0; i < LANES; i++) {
        margins[i] += leaf_value(ensemble, at[i]);
    }
}

/* The margin of one vector plus the leaves of LANES trees, added in their order. */
static float walk_trees(const struct weir_tree_ensemble *ensemble, const struct walk_tree *trees,
                        const uint32_t *x, float margin)
{
    const struct walk_node *at[LANES];
    for (size_t i = 0; i < LANES; i++) {
        at[i] = ensemble->nodes + trees[i].first;
    }
    for (uint32_t depth = trees[0].depth; depth > 0; depth--) {
        at[0] = step(at[0], x);
        at[1] = step(at[1], x);
        at[2] = step(at[2], x);
        at[3] = step(at[3], x);
        at[4] = step(at[4], x);
        at[5] = step(at[5], x);
        at[6] = step(at[6], x);
        at[7] = step(at[7], x);
    }
    for (size_t i = 0; i < LANES; i++) {
        margin += leaf_value(ensemble, at[i]);
    }
    return margin;
}

/* The same walk one step at a time, with the default branches for NaN. */
static float walk_slowly(const struct weir_tree_ensemble *ensemble, const struct walk_tree *tree,
                         const uint32_t *x)
{
    const struct walk_node *at = ensemble->nodes + tree->first;
    for (uint32_t depth = tree->depth; depth > 0; depth--) {
        const bool defaults_left = ensemble->default_left[at - ensemble->nodes] != 0;
        at = defaults_left && x[at->column] == WEIR_RANK_NAN ? at + at->left : step(at, x);
    }
    return leaf_value(ensemble, at);
}

/* has_nan: of the vector. */
static float margin_of(const struct weir_tree_ensemble *ensemble, const uint32_t *x, bool has_nan)
{
    float margin = ensemble->base_margin;
    size_t i = 0;
    if (!(has_nan && ensemble->minds_nan)) {
        for (; i + LANES <= ensemble->tree_count; i += LANES) {
            margin = walk_trees(ensemble, ensemble->trees + i, x, margin);
        }
    }
    for (; i < ensemble->tree_count; i++) {
        margin += walk_slowly(ensemble, &ensemble->trees[i], x);
    }
    return margin;
}

static float link_apply(enum weir_tree_link link, float margin)
{
    if (link == WEIR_TREE_LINK_LOGISTIC) {
        return (float)(1.0 / (1.0 + weir_exp(-(double)margin)));
    }
    return margin < 0.0F ? 0.0F : (margin > 1.0F ? 1.0F : margin);
}

/* The margins of LANES vectors. */
static void margins_of(const struct weir_tree_ensemble *ensemble, const float *encoded,
                       size_t stride, float *margins)
{
    uint32_t x[LANES][WEIR_ENCODED_MAX];
    bool has_nan[LANES];
    bool any_nan = false;
    for (size_t i = 0; i < LANES; i++) {
        has_nan[i] = weir_rank_fill(encoded + i * stride, ensemble->columns, x[i]);
        any_nan = any_nan || has_nan[i];
        margins[i] = ensemble->base_margin;
    }
    if (any_nan && ensemble->minds_nan) {
        for (size_t i = 0; i < LANES; i++) {
            margins[i] = margin_of(ensemble, x[i], has_nan[i]);
        }
        return;
    }
    for (size_t i = 0; i < ensemble->tree_count; i++) {
        walk_rows(ensemble, &ensemble->trees[i], x, margins);
    }
}

void weir_tree_ensemble_score(const struct weir_tree_ensemble *ensemble, const float *encoded,
                              size_t stride, size_t count, float *scores)
{
    size_t done = 0;
    for (; done + LANES <= count; done += LANES) {
        float margins[LANES];
        margins_of(ensemble, encoded + done * stride, stride, margins);
        for (size_t i = 0; i < LANES; i++) {
            scores[done + i] = link_apply(ensemble->link, margins[i]);
        }
    }
    for (; done < count; done++) {
        uint32_t x[WEIR_ENCODED_MAX];
        const bool has_nan = weir_rank_fill(encoded + done * stride, ensemble->columns, x);
        scores[done] = link_apply(ensemble->link, margin_of(ensemble, x, has_nan));
    }
}

static const char *test_fault(const struct weir_tree_node *node,
                              const struct weir_encoding *encoding)
{
    if (node->column >= encoding->schema->count) {
        return "tests a column that the schema does not have";
    }
    const bool number = encoding->schema->columns[node->column].kind == WEIR_FEATURE_NUMBER;
    if (number != (node->category == WEIR_TREE_NUMBER)) {
        return "tests a number as a category, or the reverse";
    }
    if (!number && (node->category < 0 || node->category >= encoding->categories[node->column])) {
        return "tests a category that the column does not have";
    }
    return NULL;
}

/* What is wrong with node i of a tree of `count` nodes; NULL when nothing is. depths[i] is the
 * node's depth from 1, 0 while no parent has been seen. */
static const char *node_fault(const struct weir_tree_node *nodes, size_t count, size_t i,
                              const struct weir_encoding *encoding, uint8_t *depths)
{
    const struct weir_tree_node *node = &nodes[i];
    if (depths[i] == 0) {
        return "has no parent before it";
    }
    if (!isfinite(node->value)) {
        return "has a value that is not finite";
    }
    if (node->column == WEIR_TREE_LEAF) {
        return node->left == 0 && node->category == WEIR_TREE_NUMBER ? NULL
                                                                     : "is a leaf with a child";
    }
    if (node->left <= i || node->left + (size_t)1 >= count) {
        return "has a child that is not behind it in the same tree";
    }
    if (depths[node->left] != 0 || depths[node->left + 1] != 0) {
        return "shares a child with another node";
    }
    if (depths[i] > WEIR_TREE_DEPTH_MAX) {
        return "lies too deep";
    }
    depths[node->left] = (uint8_t)(depths[i] + 1);
    depths[node->left + 1] = (uint8_t)(depths[i] + 1);
    return test_fault(node, encoding);
}

/* Checks one tree; *depth: steps to its deepest leaf. */
static int check_tree(const struct weir_tree_node *nodes, size_t count,
                      const struct weir_encoding *encoding, uint32_t *depth,
                      struct weir_error *error)
{
    if (count == 0 || count > WEIR_TREE_NODES_MAX) {
        return weir_fail(error, WEIR_ELIMIT, "tree ensemble: %zu nodes in a tree, want 1..%d",
                         count, WEIR_TREE_NODES_MAX);
    }
    uint8_t *depths = calloc(count, 1);
    if (depths == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "tree ensemble: out of memory");
    }
    int err = 0;
    uint8_t deepest = 1;
    depths[0] = 1;
    for (size_t i = 0; i < count && err == 0; i++) {
        const char *fault = node_fault(nodes, count, i, encoding, depths);
        if (fault != NULL) {
            err = weir_fail(error, WEIR_EFORMAT, "tree ensemble: node %zu of %zu %s", i, count,
                            fault);
        }
        deepest = depths[i] > deepest ? depths[i] : deepest;
    }
    free(depths);
    *depth = deepest - 1U;
    return err;
}

/* Fills the arrays of tree `tree`, whose nodes have been checked. */
static void place_tree(struct weir_tree_ensemble *ensemble, const struct walk_tree *tree,
                       const struct weir_tree_node *nodes, size_t count,
                       const struct weir_encoding *encoding)
{
    for (size_t i = 0; i < count; i++) {
        const size_t at = tree->first + i;
        const struct weir_tree_node *node = &nodes[i];
        if (node->column == WEIR_TREE_LEAF) {
            ensemble->nodes[at] = (struct walk_node){.threshold = WEIR_RANK_ABOVE_ALL};
            ensemble->leaf_values[at] = node->value;
            continue;
        }
        const bool number = node->category == WEIR_TREE_NUMBER;
        const uint16_t first = encoding->first[node->column];
        const float threshold = number ? node->value : 1.0F; /* one-hot: 0 goes left, 1 right */
        ensemble->nodes[at] = (struct walk_node){
            .column = number ? first : (uint16_t)(first + node->category),
            .left = (uint16_t)(node->left - i),
        };
        (void)weir_rank_fill(&threshold, 1, &ensemble->nodes[at].threshold);
        ensemble->default_left[at] = node->default_left ? 1 : 0;
        ensemble->minds_nan = ensemble->minds_nan || (number && node->default_left);
    }
}

static int take_memory(struct weir_tree_ensemble *ensemble, size_t nodes)
{
    ensemble->trees = calloc(ensemble->tree_count, sizeof(*ensemble->trees));
    ensemble->nodes = calloc(nodes, sizeof(*ensemble->nodes));
    ensemble->leaf_values = calloc(nodes, sizeof(*ensemble->leaf_values));
    ensemble->default_left = calloc(nodes, sizeof(*ensemble->default_left));
    return ensemble->trees == NULL || ensemble->nodes == NULL || ensemble->leaf_values == NULL ||
                   ensemble->default_left == NULL
               ? WEIR_ENOMEM
               : 0;
}

/* Trees walked together take the steps of the deepest: in a leaf, more steps lead nowhere. */
static void level_depths(struct weir_tree_ensemble *ensemble)
{
    for (size_t i = 0; i < ensemble->tree_count; i += LANES) {
        const size_t end = i + LANES < ensemble->tree_count ? i + LANES : ensemble->tree_count;
        uint32_t deepest = 0;
        for (size_t j = i; j < end; j++) {
            const uint32_t depth = ensemble->trees[j].depth;
            deepest = depth > deepest ? depth : deepest;
        }
        for (size_t j = i; j < end; j++) {
            ensemble->trees[j].depth = deepest;
        }
    }
}

/* Checks and places every tree of the options. */
static int place_trees(struct weir_tree_ensemble *ensemble,
                       const struct weir_tree_ensemble_options *options,
                       const struct weir_encoding *encoding, struct weir_error *error)
{
    const struct weir_tree_node *nodes = options->nodes;
    uint32_t first = 0;
    for (size_t i = 0; i < options->tree_count; i++) {
        struct walk_tree *tree = &ensemble->trees[i];
        const int err = check_tree(nodes, options->tree_nodes[i], encoding, &tree->depth, error);
        if (err != 0) {
            return err;
        }
        tree->first = first;
        place_tree(ensemble, tree, nodes, options->tree_nodes[i], encoding);
        nodes += options->tree_nodes[i];
        first += options->tree_nodes[i];
    }
    level_depths(ensemble);
    return 0;
}

int weir_tree_ensemble_new(const struct weir_tree_ensemble_options *options,
                           const struct weir_encoding *encoding, struct weir_tree_ensemble **out,
                           struct weir_error *error)
{
    size_t nodes = 0;
    if (options->tree_count == 0 || options->tree_count > WEIR_TREES_MAX) {
        return weir_fail(error, WEIR_ELIMIT, "tree ensemble: %zu trees, want 1..%d",
                         options->tree_count, WEIR_TREES_MAX);
    }
    if (!isfinite(options->base_margin) ||
        (options->link != WEIR_TREE_LINK_LOGISTIC && options->link != WEIR_TREE_LINK_IDENTITY)) {
        return weir_fail(error, WEIR_EFORMAT, "tree ensemble: base margin or link is unusable");
    }
    for (size_t i = 0; i < options->tree_count; i++) {
        nodes += options->tree_nodes[i];
    }
    if (nodes > UINT32_MAX) {
        return weir_fail(error, WEIR_ELIMIT, "tree ensemble: %zu nodes are too many",
                         (size_t)nodes);
    }
    struct weir_tree_ensemble *ensemble = calloc(1, sizeof(*ensemble));
    if (ensemble == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "tree ensemble: out of memory");
    }
    ensemble->link = options->link;
    ensemble->base_margin = options->base_margin;
    ensemble->tree_count = options->tree_count;
    ensemble->columns = encoding->columns;
    int err = take_memory(ensemble, nodes);
    if (err != 0) {
        (void)weir_fail(error, err, "tree ensemble: out of memory");
    } else {
        err = place_trees(ensemble, options, encoding, error);
    }
    if (err != 0) {
        weir_tree_ensemble_free(ensemble);
        return err;
    }
    *out = ensemble;
    return 0;
}

void weir_tree_ensemble_free(struct weir_tree_ensemble *ensemble)
{
    if (ensemble == NULL) {
        return;
    }
    free(ensemble->trees);
    free(ensemble->nodes);
    free(ensemble->leaf_values);
    free(ensemble->default_left);
    free(ensemble);
}

static uint32_t bits_of(float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static float float_of(uint32_t bits)
{
    float value = 0.0F;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Body: u8 link · u32 base margin · u32 trees · u32 nodes of each · the nodes of all: u16 column,
 * u16 category, u32 value, u16 left, u8 default left. Floats travel as their bits. */
void weir_tree_ensemble_encode(const struct weir_tree_ensemble_options *options,
                               struct weir_buffer *out)
{
    size_t nodes = 0;
    weir_buffer_add_u8(out, (uint8_t)options->link);
    weir_buffer_add_u32(out, bits_of(options->base_margin));
    weir_buffer_add_u32(out, (uint32_t)options->tree_count);
    for (size_t i = 0; i < options->tree_count; i++) {
        weir_buffer_add_u32(out, options->tree_nodes[i]);
        nodes += options->tree_nodes[i];
    }
    for (size_t i = 0; i < nodes; i++) {
        weir_buffer_add_u16(out, options->nodes[i].column);
        weir_buffer_add_u16(out, (uint16_t)options->nodes[i].category);
        weir_buffer_add_u32(out, bits_of(options->nodes[i].value));
        weir_buffer_add_u16(out, options->nodes[i].left);
        weir_buffer_add_u8(out, options->nodes[i].default_left ? 1 : 0);
    }
}

static bool read_node(struct weir_cursor *cursor, struct weir_tree_node *node)
{
    uint16_t category = 0;
    uint32_t value = 0;
    uint8_t default_left = 0;
    if (!weir_cursor_u16(cursor, &node->column) || !weir_cursor_u16(cursor, &category) ||
        !weir_cursor_u32(cursor, &value) || !weir_cursor_u16(cursor, &node->left) ||
        !weir_cursor_u8(cursor, &default_left)) {
        return false;
    }
    node->category = (int16_t)category;
    node->value = float_of(value);
    node->default_left = default_left != 0;
    return default_left <= 1;
}

/* Reads the sizes of the trees and their nodes. The counts are held against the bytes that are
 * there before any memory is asked for. */
static int read_trees(struct weir_cursor *cursor, uint32_t *tree_nodes, size_t tree_count,
                      struct weir_tree_node **out)
{
    size_t nodes = 0;
    for (size_t i = 0; i < tree_count; i++) {
        if (!weir_cursor_u32(cursor, &tree_nodes[i])) {
            return WEIR_ETRUNC;
        }
        nodes += tree_nodes[i];
    }
    if (nodes == 0 || cursor->left % NODE_BYTES != 0 || nodes != cursor->left / NODE_BYTES) {
        return WEIR_EFORMAT;
    }
    struct weir_tree_node *found = calloc(nodes, sizeof(*found));
    if (found == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < nodes; i++) {
        if (!read_node(cursor, &found[i])) {
            free(found);
            return WEIR_EFORMAT;
        }
    }
    *out = found;
    return 0;
}

int weir_tree_ensemble_decode(const void *bytes, size_t size, const struct weir_encoding *encoding,
                              struct weir_tree_ensemble **out, struct weir_error *error)
{
    struct weir_cursor cursor = weir_cursor_over(bytes, size);
    uint8_t link = 0;
    uint32_t base_margin = 0;
    uint32_t tree_count = 0;
    if (!weir_cursor_u8(&cursor, &link) || !weir_cursor_u32(&cursor, &base_margin) ||
        !weir_cursor_u32(&cursor, &tree_count) || tree_count > cursor.left / sizeof(uint32_t)) {
        return weir_fail(error, WEIR_ETRUNC, "tree ensemble: %zu bytes are too few", size);
    }
    uint32_t *tree_nodes = calloc((size_t)tree_count + 1, sizeof(*tree_nodes));
    struct weir_tree_node *nodes = NULL;
    int err =
        tree_nodes == NULL ? WEIR_ENOMEM : read_trees(&cursor, tree_nodes, tree_count, &nodes);
    if (err != 0) {
        (void)weir_fail(error, err, "tree ensemble: %s", weir_err_text(err));
    } else {
        const struct weir_tree_ensemble_options options = {
            .link = (enum weir_tree_link)link,
            .base_margin = float_of(base_margin),
            .nodes = nodes,
            .tree_nodes = tree_nodes,
            .tree_count = tree_count,
        };
        err = weir_tree_ensemble_new(&options, encoding, out, error);
    }
    free(nodes);
    free(tree_nodes);
    return err;
}
