/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model_golden.h"

#include <inttypes.h>
#include <string.h>

static int reproduce(const struct weir_model_artifact *artifact, const struct weir_model *model,
                     struct weir_error *error)
{
    for (size_t row = 0; row < artifact->golden_rows; row++) {
        const float *vector = artifact->golden_inputs + row * artifact->golden_columns;
        const float score = weir_model_score(model, vector);
        uint32_t here = 0; /* bits: a float is not compared by memcmp */
        uint32_t there = 0;
        memcpy(&here, &score, sizeof(here));
        memcpy(&there, &artifact->golden_scores[row], sizeof(there));
        if (here != there) {
            return weir_fail(error, WEIR_ECONFLICT,
                             "model %s version %" PRIu64 ": golden vector %zu scores %.9g here and "
                             "%.9g where it was trained",
                             artifact->manifest.name, artifact->manifest.version, row,
                             (double)score, (double)artifact->golden_scores[row]);
        }
    }
    return WEIR_OK;
}

int weir_model_golden_load(const struct weir_model_artifact *artifact,
                           const struct weir_feature_schema *schema, struct weir_model **out,
                           struct weir_error *error)
{
    struct weir_model *model = NULL;
    if (artifact->golden_rows == 0 || artifact->golden_columns != schema->count) {
        return weir_fail(error, WEIR_EFORMAT,
                         "model %s: %zu golden vectors of %zu columns; schema %s has %zu",
                         artifact->manifest.name, artifact->golden_rows, artifact->golden_columns,
                         schema->name, schema->count);
    }
    int code = weir_model_load(artifact->payload, (size_t)artifact->manifest.payload_size, schema,
                               &model, error);
    code = code != WEIR_OK ? code : reproduce(artifact, model, error);
    if (code != WEIR_OK) {
        weir_model_free(model);
        return code;
    }
    *out = model;
    return WEIR_OK;
}
