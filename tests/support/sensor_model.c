/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/sensor_model.h"

#include <stdio.h>
#include <string.h>

#include "common/base/arena.h"

#include "common/flow/feature_schema.h"
#include "common/model/payload.h"
#include "common/model/tree_ensemble.h"

#include "proto/model_artifact.h"

#include "tests/support/weir_test.h"

static void encode_payload(const struct weir_feature_schema *schema, struct weir_buffer *out)
{
    const struct weir_tree_node nodes[] = {
        {.column = 0, .category = WEIR_TREE_NUMBER, .value = 10.0F, .left = 1},
        {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = 0.1F},
        {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = 0.9F},
    };
    const uint32_t tree_nodes[] = {3};
    const struct weir_tree_ensemble_options options = {.link = WEIR_TREE_LINK_IDENTITY,
                                                       .nodes = nodes,
                                                       .tree_nodes = tree_nodes,
                                                       .tree_count = 1};
    struct weir_buffer body = {0};
    weir_tree_ensemble_encode(&options, &body);
    const struct weir_payload payload = {.kind = WEIR_MODEL_FOREST,
                                         .schema_hash = weir_feature_schema_hash(schema),
                                         .body = body.bytes,
                                         .body_bytes = body.size};
    weir_payload_encode(&payload, out);
    weir_buffer_fini(&body);
}

void sensor_model_encode(const struct sensor_model_options *options,
                         const struct weir_sign_key *key, struct weir_buffer *out)
{
    const struct weir_feature_schema *schema =
        weir_feature_schema_find(options->schema == NULL ? "sensor" : options->schema);
    float inputs[2 * WEIR_FEATURES_MAX] = {0.0F};
    float scores[2] = {0.1F, 0.9F};
    struct weir_buffer payload = {0};
    struct weir_arena arena;
    struct weir_model_artifact artifact = {0};
    struct weir_model_manifest *manifest = &artifact.manifest;
    weir_arena_init(&arena, 0);
    encode_payload(schema, &payload);
    inputs[schema->count] = 10.0F;
    scores[1] = options->wrong_golden ? 0.8F : scores[1];
    (void)snprintf(manifest->name, sizeof(manifest->name), "test forest");
    (void)snprintf(manifest->kind, sizeof(manifest->kind), "forest");
    (void)snprintf(manifest->schema.name, sizeof(manifest->schema.name), "%s", schema->name);
    manifest->schema.hash = weir_feature_schema_hash(schema);
    manifest->version = options->version;
    manifest->created_us = 1;
    manifest->expires_us = options->expires_us;
    manifest->threshold = SENSOR_MODEL_THRESHOLD;
    artifact.payload = payload.bytes;
    artifact.golden_inputs = inputs;
    artifact.golden_scores = scores;
    artifact.golden_rows = options->no_golden ? 0 : 2;
    artifact.golden_columns = options->no_golden ? 0 : schema->count;
    assert_err(weir_model_artifact_seal(&artifact, payload.size, &arena, NULL), 0);
    assert_err(weir_model_artifact_sign(&artifact, key, NULL), 0);
    assert_err(weir_model_artifact_encode(&artifact, out, NULL), 0);
    weir_arena_fini(&arena);
    weir_buffer_fini(&payload);
}
