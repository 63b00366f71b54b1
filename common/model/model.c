/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/model.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/model/encoding.h"
#include "common/model/payload.h"
#include "common/model/tree_ensemble.h"

/* Encoded vectors held on the stack at once: enough to hide the latency of one tree's walk behind
 * the others', few enough to stay in the first-level cache. */
#define CHUNK_ROWS 8

struct weir_model {
    enum weir_model_kind kind;
    uint64_t schema_hash;
    struct weir_encoding encoding;
    struct weir_tree_ensemble *trees;
};

static int find_schema(uint64_t hash, const struct weir_feature_schema *wanted,
                       const struct weir_feature_schema **out, struct weir_error *error)
{
    const struct weir_feature_schema *found = weir_model_schema_find(hash);
    const char *found_name = found != NULL ? found->name : "an unknown schema";
    if (wanted == NULL) {
        if (found == NULL) {
            return weir_fail(error, WEIR_ESCHEMA,
                             "model is for feature schema %016" PRIx64
                             ", which this program does not know; retrain it with this version",
                             hash);
        }
        *out = found;
        return 0;
    }
    const uint64_t wanted_hash = weir_feature_schema_hash(wanted);
    if (hash != wanted_hash) {
        return weir_fail(error, WEIR_ESCHEMA,
                         "model is for feature schema %016" PRIx64 " (%s), want %016" PRIx64
                         " (%s); train one for %s",
                         hash, found_name, wanted_hash, wanted->name, wanted->name);
    }
    *out = wanted;
    return 0;
}

static int load_body(struct weir_model *model, const struct weir_payload *payload,
                     struct weir_error *error)
{
    switch (payload->kind) {
    case WEIR_MODEL_FOREST:
    case WEIR_MODEL_BOOSTED:
    case WEIR_MODEL_LEAFWISE:
    case WEIR_MODEL_TREE:
        return weir_tree_ensemble_decode(payload->body, payload->body_bytes, &model->encoding,
                                         &model->trees, error);
    case WEIR_MODEL_SVM:
    case WEIR_MODEL_KNN:
    case WEIR_MODEL_LOGISTIC:
    case WEIR_MODEL_BAYES:
    case WEIR_MODEL_KMEANS:
    case WEIR_MODEL_ISOLATION:
        break;
    }
    return weir_fail(error, WEIR_EVERSION,
                     "model payload: this version cannot score a model of kind %s",
                     weir_model_kind_text(payload->kind));
}

int weir_model_load(const void *payload, size_t size, const struct weir_feature_schema *schema,
                    struct weir_model **out, struct weir_error *error)
{
    struct weir_payload read = {0};
    const struct weir_feature_schema *found = NULL;
    int err = weir_payload_decode(payload, size, &read, error);
    if (err == 0) {
        err = find_schema(read.schema_hash, schema, &found, error);
    }
    if (err != 0) {
        return err;
    }
    struct weir_model *model = calloc(1, sizeof(*model));
    if (model == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "model: out of memory");
    }
    model->kind = read.kind;
    model->schema_hash = read.schema_hash;
    err = weir_encoding_init(&model->encoding, found);
    if (err != 0) {
        (void)weir_fail(error, err, "feature schema %s: too wide to encode", found->name);
    } else {
        err = load_body(model, &read, error);
    }
    if (err != 0) {
        weir_model_free(model);
        return err;
    }
    *out = model;
    return 0;
}

void weir_model_free(struct weir_model *model)
{
    if (model == NULL) {
        return;
    }
    weir_tree_ensemble_free(model->trees);
    free(model);
}

float weir_model_score(const struct weir_model *model, const float *vector)
{
    float encoded[WEIR_ENCODED_MAX];
    float score = 0.0F;
    weir_encoding_apply(&model->encoding, vector, encoded);
    weir_tree_ensemble_score(model->trees, encoded, WEIR_ENCODED_MAX, 1, &score);
    return score;
}

void weir_model_score_many(const struct weir_model *model, const float *vectors, size_t count,
                           float *scores)
{
    float encoded[CHUNK_ROWS * WEIR_ENCODED_MAX];
    const size_t width = model->encoding.schema->count;
    const size_t stride = model->encoding.columns;
    for (size_t done = 0; done < count;) {
        const size_t rows = count - done < CHUNK_ROWS ? count - done : CHUNK_ROWS;
        for (size_t i = 0; i < rows; i++) {
            weir_encoding_apply(&model->encoding, vectors + (done + i) * width,
                                encoded + i * stride);
        }
        weir_tree_ensemble_score(model->trees, encoded, stride, rows, scores + done);
        done += rows;
    }
}

enum weir_model_kind weir_model_kind_of(const struct weir_model *model)
{
    return model->kind;
}

uint64_t weir_model_schema_hash(const struct weir_model *model)
{
    return model->schema_hash;
}

const struct weir_feature_schema *weir_model_schema(const struct weir_model *model)
{
    return model->encoding.schema;
}

const struct weir_feature_schema *weir_model_schema_find(uint64_t hash)
{
    static const char *const names[] = {"kdd41", "sensor", "fleet"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct weir_feature_schema *schema = weir_feature_schema_find(names[i]);
        if (schema != NULL && weir_feature_schema_hash(schema) == hash) {
            return schema;
        }
    }
    return NULL;
}
