/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/forest.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

#include "common/model/encoding.h"
#include "common/model/payload.h"
#include "common/model/tree_ensemble.h"

#include "collector/learn/xgboost_trees.h"

#define VALUE_SIZE 32 /* of a parameter as text */

struct forest {
    BoosterHandle booster;
    struct weir_encoding encoding;
    uint16_t kept[WEIR_ENCODED_MAX]; /* encoded column of each matrix column */
    size_t kept_count;
};

static int library_failed(struct weir_error *error, const char *what)
{
    return weir_fail(error, WEIR_EFORMAT, "XGBoost cannot %s: %.160s", what, XGBGetLastError());
}

/* Finds the encoded columns that take more than one value in these rows. */
static void keep_varying(struct forest *forest, const struct sample_set *set, const uint32_t *rows,
                         size_t count)
{
    float first[WEIR_ENCODED_MAX];
    float encoded[WEIR_ENCODED_MAX];
    bool varies[WEIR_ENCODED_MAX] = {false};
    const size_t columns = forest->encoding.columns;
    weir_encoding_apply(&forest->encoding, sample_set_row(set, rows[0]), first);
    for (size_t i = 1; i < count; i++) {
        weir_encoding_apply(&forest->encoding, sample_set_row(set, rows[i]), encoded);
        for (size_t j = 0; j < columns; j++) {
            varies[j] = varies[j] || encoded[j] != first[j];
        }
    }
    for (size_t j = 0; j < columns; j++) {
        if (varies[j]) {
            forest->kept[forest->kept_count++] = (uint16_t)j;
        }
    }
}

/* The library's matrix of these rows, kept columns only. */
static int matrix_new(const struct forest *forest, const struct sample_set *set,
                      const uint32_t *rows, size_t count, DMatrixHandle *out,
                      struct weir_error *error)
{
    float encoded[WEIR_ENCODED_MAX];
    const size_t columns = forest->kept_count;
    float *matrix = calloc(count * columns + 1, sizeof(*matrix));
    if (matrix == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "training matrix of %zu x %zu: out of memory", count,
                         columns);
    }
    for (size_t i = 0; i < count; i++) {
        weir_encoding_apply(&forest->encoding, sample_set_row(set, rows[i]), encoded);
        for (size_t j = 0; j < columns; j++) {
            matrix[i * columns + j] = encoded[forest->kept[j]];
        }
    }
    const int made = XGDMatrixCreateFromMat(matrix, count, columns, NAN, out);
    free(matrix);
    return made == 0 ? 0 : library_failed(error, "take the rows");
}

static int set_labels(DMatrixHandle matrix, const struct sample_set *set, const uint32_t *rows,
                      size_t count, struct weir_error *error)
{
    float *labels = calloc(count + 1, sizeof(*labels));
    if (labels == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "labels: out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        labels[i] = set->labels[rows[i]] == SAMPLE_SET_ATTACK ? 1.0F : 0.0F;
    }
    const int done = XGDMatrixSetFloatInfo(matrix, "label", labels, count);
    free(labels);
    return done == 0 ? 0 : library_failed(error, "take the labels");
}

static int set_parameters(BoosterHandle booster, const struct forest_options *options,
                          struct weir_error *error)
{
    char trees[VALUE_SIZE];
    char depth[VALUE_SIZE];
    char rows[VALUE_SIZE];
    char columns[VALUE_SIZE];
    char seed[VALUE_SIZE];
    char threads[VALUE_SIZE];
    (void)snprintf(trees, sizeof(trees), "%" PRIu32, options->trees);
    (void)snprintf(depth, sizeof(depth), "%" PRIu32, options->depth);
    (void)snprintf(rows, sizeof(rows), "%.9g", options->row_share_0_1);
    (void)snprintf(columns, sizeof(columns), "%.9g", options->column_share_0_1);
    (void)snprintf(seed, sizeof(seed), "%" PRIu64, options->seed);
    (void)snprintf(threads, sizeof(threads), "%" PRIu32, options->threads);
    const char *const parameters[][2] = {
        {"verbosity", "0"},
        {"booster", "gbtree"},
        {"tree_method", "hist"},
        {"objective", "reg:squarederror"},
        {"base_score", "0"},
        {"eta", "1"},
        {"lambda", "0"},
        {"min_child_weight", "1"},
        {"num_parallel_tree", trees},
        {"max_depth", depth},
        {"subsample", rows},
        {"colsample_bynode", columns},
        {"seed", seed},
        {"nthread", threads},
    };
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        if (XGBoosterSetParam(booster, parameters[i][0], parameters[i][1]) != 0) {
            return library_failed(error, parameters[i][0]);
        }
    }
    return 0;
}

static int grow(struct forest *forest, const struct forest_options *options,
                const struct sample_set *set, const uint32_t *rows, size_t count,
                struct weir_error *error)
{
    DMatrixHandle matrix = NULL;
    int err = matrix_new(forest, set, rows, count, &matrix, error);
    if (err == 0) {
        err = set_labels(matrix, set, rows, count, error);
    }
    if (err == 0 && XGBoosterCreate(&matrix, 1, &forest->booster) != 0) {
        err = library_failed(error, "begin");
    }
    if (err == 0) {
        err = set_parameters(forest->booster, options, error);
    }
    if (err == 0 && XGBoosterUpdateOneIter(forest->booster, 0, matrix) != 0) {
        err = library_failed(error, "grow the trees");
    }
    if (matrix != NULL) {
        (void)XGDMatrixFree(matrix);
    }
    return err;
}

static int check_rows(const struct sample_set *set, const uint32_t *rows, size_t count,
                      struct weir_error *error)
{
    size_t per_label[SAMPLE_SET_UNLABELLED + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        per_label[set->labels[rows[i]]]++;
    }
    if (per_label[SAMPLE_SET_UNLABELLED] != 0) {
        return weir_fail(error, WEIR_EINVAL, "%zu of %zu training rows have no label",
                         per_label[SAMPLE_SET_UNLABELLED], count);
    }
    if (per_label[SAMPLE_SET_NORMAL] == 0 || per_label[SAMPLE_SET_ATTACK] == 0) {
        return weir_fail(error, WEIR_EINVAL,
                         "a model needs rows of both classes, got %zu normal and %zu attack; label "
                         "more flows or widen the interval",
                         per_label[SAMPLE_SET_NORMAL], per_label[SAMPLE_SET_ATTACK]);
    }
    return 0;
}

int forest_fit(const struct forest_options *options, const struct sample_set *set,
               const uint32_t *rows, size_t count, struct forest **out, struct weir_error *error)
{
    int err = check_rows(set, rows, count, error);
    if (err != 0) {
        return err;
    }
    struct forest *forest = calloc(1, sizeof(*forest));
    if (forest == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "forest: out of memory");
    }
    err = weir_encoding_init(&forest->encoding, set->schema);
    if (err != 0) {
        (void)weir_fail(error, err, "schema %s is too wide to encode", set->schema->name);
    } else {
        keep_varying(forest, set, rows, count);
        err = forest->kept_count > 0
                  ? grow(forest, options, set, rows, count, error)
                  : weir_fail(error, WEIR_EINVAL, "every column of the training rows is constant");
    }
    if (err != 0) {
        forest_free(forest);
        return err;
    }
    *out = forest;
    return 0;
}

void forest_free(struct forest *forest)
{
    if (forest == NULL) {
        return;
    }
    if (forest->booster != NULL) {
        (void)XGBoosterFree(forest->booster);
    }
    free(forest);
}

int forest_score(const struct forest *forest, const struct sample_set *set, const uint32_t *rows,
                 size_t count, float *scores, struct weir_error *error)
{
    static const char config[] = "{\"type\": 0, \"training\": false, \"iteration_begin\": 0, "
                                 "\"iteration_end\": 0, \"strict_shape\": false}";
    DMatrixHandle matrix = NULL;
    bst_ulong const *shape = NULL;
    bst_ulong dimensions = 0;
    const float *found = NULL;
    if (count == 0) {
        return 0;
    }
    int err = matrix_new(forest, set, rows, count, &matrix, error);
    if (err != 0) {
        return err;
    }
    if (XGBoosterPredictFromDMatrix(forest->booster, matrix, config, &shape, &dimensions, &found) !=
            0 ||
        dimensions < 1 || shape[0] != count) {
        err = library_failed(error, "score the rows");
    } else {
        memcpy(scores, found, count * sizeof(*scores));
    }
    (void)XGDMatrixFree(matrix);
    return err;
}

static int encode_trees(const struct forest *forest, const struct xgboost_trees *trees,
                        struct weir_buffer *payload, struct weir_error *error)
{
    const struct weir_tree_ensemble_options options = {
        .link = trees->link,
        .base_margin = trees->base_margin,
        .nodes = trees->nodes,
        .tree_nodes = trees->tree_nodes,
        .tree_count = trees->tree_count,
    };
    struct weir_buffer body = {0};
    weir_tree_ensemble_encode(&options, &body);
    if (body.failed || body.size > WEIR_PAYLOAD_BYTES_MAX / 2) {
        weir_buffer_fini(&body);
        return weir_fail(error, WEIR_ELIMIT,
                         "the forest is too large; ask for fewer or flatter trees");
    }
    const struct weir_payload content = {
        .kind = WEIR_MODEL_FOREST,
        .schema_hash = weir_feature_schema_hash(forest->encoding.schema),
        .body = body.bytes,
        .body_bytes = body.size,
    };
    weir_payload_encode(&content, payload);
    weir_buffer_fini(&body);
    return payload->failed ? weir_fail(error, WEIR_ENOMEM, "payload: out of memory") : 0;
}

int forest_encode(const struct forest *forest, struct weir_buffer *payload,
                  struct weir_error *error)
{
    const struct xgboost_columns columns = {.encoding = &forest->encoding,
                                            .encoded = forest->kept,
                                            .count = forest->kept_count};
    struct xgboost_trees trees = {0};
    bst_ulong size = 0;
    const char *json = NULL;
    if (XGBoosterSaveModelToBuffer(forest->booster, "{\"format\": \"json\"}", &size, &json) != 0) {
        return library_failed(error, "save the model");
    }
    int err = xgboost_trees_decode(json, size, &columns, &trees, error);
    if (err == 0) {
        err = encode_trees(forest, &trees, payload, error);
    }
    xgboost_trees_fini(&trees);
    return err;
}

size_t forest_columns(const struct forest *forest)
{
    return forest->kept_count;
}

size_t forest_encoded_columns(const struct forest *forest)
{
    return forest->encoding.columns;
}
