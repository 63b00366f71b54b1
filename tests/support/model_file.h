/* SPDX-License-Identifier: Apache-2.0
 *
 * model_file: a small model's artefact file for tests.
 *
 * Shape:   one tree: duration < 10 s scores 0.1, a longer one 0.9; two golden vectors.
 */
#ifndef WEIR_TESTS_SUPPORT_MODEL_FILE_H
#define WEIR_TESTS_SUPPORT_MODEL_FILE_H

#include <stdio.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/buffer.h"

#include "common/flow/feature_schema.h"
#include "common/model/payload.h"
#include "common/model/tree_ensemble.h"

#include "proto/model_artifact.h"

#include "tests/support/weir_test.h"

#define MODEL_FILE_SHORT 0.1F
#define MODEL_FILE_LONG  0.9F

static inline void model_file_payload(uint64_t schema_hash, struct weir_buffer *out)
{
    static const struct weir_tree_node nodes[] = {
        {.column = 0, .category = WEIR_TREE_NUMBER, .value = 10.0F, .left = 1},
        {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = MODEL_FILE_SHORT},
        {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = MODEL_FILE_LONG},
    };
    static const uint32_t tree_nodes[] = {3};
    const struct weir_tree_ensemble_options options = {.link = WEIR_TREE_LINK_IDENTITY,
                                                       .nodes = nodes,
                                                       .tree_nodes = tree_nodes,
                                                       .tree_count = 1};
    struct weir_buffer body = {0};
    weir_tree_ensemble_encode(&options, &body);
    const struct weir_payload payload = {.kind = WEIR_MODEL_FOREST,
                                         .schema_hash = schema_hash,
                                         .body = body.bytes,
                                         .body_bytes = body.size};
    weir_payload_encode(&payload, out);
    weir_buffer_fini(&body);
}

/* Appends the file of a model of this schema. The score of the second golden vector (20 s) is
 * `golden_long`: MODEL_FILE_LONG is right. */
static inline void model_file_encode(const char *schema_name, uint64_t version, float golden_long,
                                     struct weir_buffer *out)
{
    const struct weir_feature_schema *schema = weir_feature_schema_find(schema_name);
    float inputs[2 * WEIR_FEATURES_MAX] = {0};
    const float scores[2] = {MODEL_FILE_SHORT, golden_long};
    struct weir_model_artifact artifact = {0};
    struct weir_buffer payload = {0};
    struct weir_arena arena;
    assert_non_null(schema);
    inputs[schema->count] = 20.0F;
    weir_arena_init(&arena, 0);
    model_file_payload(weir_feature_schema_hash(schema), &payload);
    (void)snprintf(artifact.manifest.name, sizeof(artifact.manifest.name), "small tree");
    (void)snprintf(artifact.manifest.kind, sizeof(artifact.manifest.kind), "forest");
    (void)snprintf(artifact.manifest.schema.name, sizeof(artifact.manifest.schema.name), "%s",
                   schema_name);
    artifact.manifest.schema.hash = weir_feature_schema_hash(schema);
    artifact.manifest.version = version;
    artifact.manifest.created_us = 1;
    artifact.manifest.threshold = 0.5;
    artifact.payload = payload.bytes;
    artifact.golden_inputs = inputs;
    artifact.golden_scores = scores;
    artifact.golden_rows = 2;
    artifact.golden_columns = schema->count;
    struct weir_error error = {0};
    if (weir_model_artifact_seal(&artifact, payload.size, &arena, &error) != WEIR_OK ||
        weir_model_artifact_encode(&artifact, out, &error) != WEIR_OK) {
        fail_msg("%s", error.text);
    }
    weir_buffer_fini(&payload);
    weir_arena_fini(&arena);
}

#endif
