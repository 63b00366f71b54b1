/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_tree_ensemble: a model payload from anyone is refused, or scores every vector within 0 .. 1
 * and the same one by one as many at once.
 *
 * The input is a whole payload; then, since a checksum would keep random changes out, also the body
 * of one.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/check.h"

#include "common/model/model.h"
#include "common/model/payload.h"

#define ROWS 9

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void score_all(const struct weir_model *model)
{
    static const float values[ROWS] = {0.0F,   -1.0F, 1.0F,    2.0F,   69.0F,
                                       255.0F, 1e9F,  -1e-30F, 3.4e38F};
    const size_t width = weir_model_schema(model)->count;
    float vectors[ROWS * WEIR_FEATURES_MAX];
    float scores[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < width; j++) {
            vectors[i * width + j] = values[(i + j) % ROWS];
        }
    }
    weir_model_score_many(model, vectors, ROWS, scores);
    for (size_t i = 0; i < ROWS; i++) {
        const float score = weir_model_score(model, vectors + i * width);
        weir_check(score >= 0.0F && score <= 1.0F);
        weir_check(memcmp(&score, &scores[i], sizeof(score)) == 0);
    }
}

static void load_and_score(const uint8_t *bytes, size_t size)
{
    struct weir_model *model = NULL;
    if (weir_model_load(bytes, size, NULL, &model, NULL) == 0) {
        score_all(model);
        weir_model_free(model);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weir_buffer forged = {0};
    const struct weir_payload payload = {
        .kind = WEIR_MODEL_FOREST,
        .schema_hash = weir_feature_schema_hash(weir_feature_schema_find("kdd41")),
        .body = data,
        .body_bytes = size,
    };
    load_and_score(data, size);
    weir_payload_encode(&payload, &forged);
    if (!forged.failed) {
        load_and_score(forged.bytes, forged.size);
    }
    weir_buffer_fini(&forged);
    return 0;
}
