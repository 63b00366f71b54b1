/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/score/fleet_scorer.h"

#include <string.h>

#include "common/base/arena.h"
#include "common/base/clock.h"

#include "proto/model_artifact.h"

#define OPEN_LONG_US INT64_C(300000000)
#define ARENA_LIMIT  ((size_t)192 * 1024 * 1024)

void fleet_scorer_fini(struct fleet_scorer *scorer)
{
    weir_model_free(scorer->model);
    *scorer = (struct fleet_scorer){0};
}

static int check_schema(const struct weir_model_artifact *artifact, struct weir_error *error)
{
    const struct weir_feature_schema *schema =
        weir_model_schema_find(artifact->manifest.schema.hash);
    const bool fits = schema != NULL &&
                      (strcmp(schema->name, "fleet") == 0 || strcmp(schema->name, "kdd41") == 0);
    if (!fits) {
        return weir_fail(error, WEIR_ESCHEMA,
                         "model %s was trained on feature schema %s; the collector scores fleet "
                         "and kdd41 of this version",
                         artifact->manifest.name, artifact->manifest.schema.name);
    }
    return artifact->golden_columns == schema->count
               ? WEIR_OK
               : weir_fail(error, WEIR_EFORMAT, "model %s: golden vectors of another width",
                           artifact->manifest.name);
}

static int reproduce_golden(const struct weir_model_artifact *artifact,
                            const struct weir_model *model, struct weir_error *error)
{
    for (size_t row = 0; row < artifact->golden_rows; row++) {
        const float score =
            weir_model_score(model, artifact->golden_inputs + row * artifact->golden_columns);
        uint32_t got = 0;
        uint32_t wanted = 0;
        memcpy(&got, &score, sizeof(got));
        memcpy(&wanted, &artifact->golden_scores[row], sizeof(wanted));
        if (got != wanted) { /* bit for bit: a NaN equals itself, 0 and -0 differ */
            return weir_fail(error, WEIR_ECONFLICT, "model %s: golden vector %zu differs",
                             artifact->manifest.name, row);
        }
    }
    return WEIR_OK;
}

int fleet_scorer_load(struct fleet_scorer *scorer, const uint8_t *bytes, size_t size,
                      struct weir_error *error)
{
    struct weir_arena arena;
    struct weir_model_artifact artifact;
    struct weir_model *model = NULL;
    weir_arena_init(&arena, ARENA_LIMIT);
    int code = weir_model_artifact_decode(bytes, size, &arena, &artifact, error);
    code = code != WEIR_OK ? code : check_schema(&artifact, error);
    code =
        code != WEIR_OK
            ? code
            : weir_model_load(artifact.payload, (size_t)artifact.manifest.payload_size,
                              weir_model_schema_find(artifact.manifest.schema.hash), &model, error);
    code = code != WEIR_OK ? code : reproduce_golden(&artifact, model, error);
    if (code == WEIR_OK) {
        weir_model_free(scorer->model);
        scorer->model = model;
        scorer->version = artifact.manifest.version;
        scorer->threshold = (float)artifact.manifest.threshold;
    } else {
        weir_model_free(model);
    }
    weir_arena_fini(&arena);
    return code;
}

/* FINAL rows, and INTERIM rows of what has been open for long (specification 1.10.4). */
static bool is_scored(const struct flow_row *row)
{
    const struct weir_flow_record *record = row->record;
    return row->reason == FLOW_ROW_COMPLETE && (record->record_type == WEIR_RECORD_FINAL ||
                                                (record->record_type == WEIR_RECORD_INTERIM &&
                                                 record->end_us - record->start_us > OPEN_LONG_US));
}

static void score_row(struct fleet_scorer *scorer, struct flow_row *row)
{
    struct weir_flow_record seen = *row->record;
    if (seen.record_type == WEIR_RECORD_INTERIM) {
        seen.flag = seen.proto == WEIR_PROTO_TCP ? WEIR_FLAG_S1 : WEIR_FLAG_SF;
    }
    weir_feature_vector_fill(weir_model_schema(scorer->model), &seen, &row->frozen, scorer->vector);
    const float score = weir_model_score(scorer->model, scorer->vector);
    row->fleet = (struct weir_verdict){.model_version = scorer->version,
                                       .score = score,
                                       .flagged = score >= scorer->threshold};
}

void fleet_scorer_score(struct fleet_scorer *scorer, struct ready_batch *batch)
{
    for (size_t i = 0; i < batch->batch.count && scorer->model != NULL; i++) {
        if (is_scored(&batch->rows[i])) {
            score_row(scorer, &batch->rows[i]);
        }
    }
}
