/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/candidate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"

#include "collector/learn/golden.h"

void candidate_digest(const struct sample_set *set, uint8_t digest[WEIR_MODEL_DIGEST_SIZE])
{
    _Static_assert(WEIR_MODEL_DIGEST_SIZE == WEIR_MODEL_HASH_SIZE, "both are SHA-256");
    uint8_t parts[8 + 2 * WEIR_MODEL_HASH_SIZE];
    const uint64_t schema = weir_feature_schema_hash(set->schema);
    for (size_t i = 0; i < 8; i++) {
        parts[i] = (uint8_t)(schema >> (56 - 8 * i));
    }
    weir_model_artifact_hash(set->features, set->rows * set->schema->count * sizeof(float),
                             parts + 8);
    weir_model_artifact_hash(set->labels, set->rows, parts + 8 + WEIR_MODEL_HASH_SIZE);
    weir_model_artifact_hash(parts, sizeof(parts), digest);
}

/* Inputs and scores of the golden rows. The scores come from scoring one at a time, as a sensor
 * will. */
static int fill_golden(const struct candidate *candidate, float *inputs, float *golden_scores,
                       size_t *golden_rows)
{
    const size_t width = candidate->set->schema->count;
    uint32_t chosen[GOLDEN_ROWS];
    size_t count = 0;
    float *scores = calloc(candidate->row_count + 1, sizeof(*scores));
    if (scores == NULL) {
        return WEIR_ENOMEM;
    }
    fit_score(candidate->fit, candidate->set, candidate->rows, candidate->row_count, scores);
    const int err = golden_choose(candidate->rows, scores, candidate->row_count, chosen, &count);
    free(scores);
    if (err != 0) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(inputs + i * width, sample_set_row(candidate->set, chosen[i]),
               width * sizeof(float));
        golden_scores[i] = weir_model_score(candidate->fit->model, inputs + i * width);
    }
    *golden_rows = count;
    return 0;
}

static void fill_manifest(const struct candidate *candidate, struct weir_model_manifest *manifest)
{
    const struct weir_feature_schema *schema = candidate->set->schema;
    *manifest = (struct weir_model_manifest){
        .version = candidate->version,
        .schema = {.hash = weir_feature_schema_hash(schema)},
        .created_us = candidate->created_us,
        .expires_us = candidate->expires_us,
        .trained_from_us = candidate->from_us,
        .trained_to_us = candidate->to_us,
        .metric_count = candidate->metric_count,
        .threshold = candidate->threshold,
    };
    (void)snprintf(manifest->name, sizeof(manifest->name), "%s", candidate->name);
    (void)snprintf(manifest->kind, sizeof(manifest->kind), "%s",
                   weir_model_kind_text(weir_model_kind_of(candidate->fit->model)));
    (void)snprintf(manifest->schema.name, sizeof(manifest->schema.name), "%s", schema->name);
    (void)snprintf(manifest->min_sensor_version, sizeof(manifest->min_sensor_version), "%s",
                   WEIR_VERSION);
    candidate_digest(candidate->set, manifest->training_digest);
    for (size_t i = 0; i < candidate->metric_count; i++) {
        struct weir_model_metric *metric = &manifest->metrics[i];
        (void)snprintf(metric->name, sizeof(metric->name), "%s.%s", candidate->metrics[i].part,
                       candidate->metrics[i].metric);
        metric->value = candidate->metrics[i].value;
    }
}

int candidate_encode(const struct candidate *candidate, struct weir_buffer *out,
                     struct weir_error *error)
{
    float golden_scores[GOLDEN_ROWS];
    float golden_inputs[GOLDEN_ROWS * WEIR_FEATURES_MAX];
    struct weir_arena arena;
    struct weir_model_artifact artifact = {
        .payload = candidate->fit->payload.bytes,
        .golden_inputs = golden_inputs,
        .golden_scores = golden_scores,
        .golden_columns = candidate->set->schema->count,
    };
    fill_manifest(candidate, &artifact.manifest);
    weir_arena_init(&arena, 0);
    int err = fill_golden(candidate, golden_inputs, golden_scores, &artifact.golden_rows);
    if (err != 0) {
        (void)weir_fail(error, err, "golden vectors: %s", weir_err_text(err));
    } else {
        err = weir_model_artifact_seal(&artifact, candidate->fit->payload.size, &arena, error);
    }
    if (err == 0) {
        err = weir_model_artifact_encode(&artifact, out, error);
    }
    weir_arena_fini(&arena);
    return err;
}

int candidate_register(const struct candidate *candidate, const struct weir_buffer *artifact,
                       struct connection *connection, struct weir_error *error)
{
    struct weir_model_manifest manifest;
    fill_manifest(candidate, &manifest);
    struct models_row row = {
        .version = candidate->version,
        .schema_hash = manifest.schema.hash,
        .created_us = candidate->created_us,
        .expires_us = candidate->expires_us,
        .data_from_us = candidate->from_us,
        .data_to_us = candidate->to_us,
        .training_rows = candidate->row_count,
        .threshold = candidate->threshold,
        .payload_size = candidate->fit->payload.size,
    };
    const struct models_artifact stored = {.version = candidate->version,
                                           .bytes = artifact->bytes,
                                           .size = artifact->size};
    (void)snprintf(row.name, sizeof(row.name), "%s", manifest.name);
    (void)snprintf(row.kind, sizeof(row.kind), "%s", manifest.kind);
    (void)snprintf(row.schema_name, sizeof(row.schema_name), "%s", manifest.schema.name);
    for (size_t i = 0; i < WEIR_MODEL_DIGEST_SIZE; i++) {
        (void)snprintf(row.data_digest + 2 * i, 3, "%02x", manifest.training_digest[i]);
    }
    return models_register(connection, &row, &stored, candidate->metrics, candidate->metric_count,
                           error);
}
