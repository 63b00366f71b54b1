/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/score/fleet_scorer.h"

#include <string.h>

#include "common/base/arena.h"
#include "common/base/clock.h"

#include "proto/model_artifact.h"
#include "proto/model_golden.h"

#define OPEN_LONG_US INT64_C(300000000)
#define ARENA_LIMIT  ((size_t)192 * 1024 * 1024)

void fleet_scorer_fini(struct fleet_scorer *scorer)
{
    weir_model_free(scorer->model);
    *scorer = (struct fleet_scorer){0};
}

/* The schema of an artefact, when it is one that the collector computes; else NULL. */
static const struct weir_feature_schema *find_schema(const struct weir_model_artifact *artifact,
                                                     struct weir_error *error)
{
    const struct weir_feature_schema *schema =
        weir_model_schema_find(artifact->manifest.schema.hash);
    const bool fits = schema != NULL &&
                      (strcmp(schema->name, "fleet") == 0 || strcmp(schema->name, "kdd41") == 0);
    if (!fits) {
        (void)weir_fail(error, WEIR_ESCHEMA,
                        "model %s was trained on feature schema %s; the collector scores fleet "
                        "and kdd41 of this version",
                        artifact->manifest.name, artifact->manifest.schema.name);
    }
    return fits ? schema : NULL;
}

static int load_model(const struct weir_model_artifact *artifact, struct weir_model **out,
                      struct weir_error *error)
{
    const struct weir_feature_schema *schema = find_schema(artifact, error);
    return schema == NULL ? WEIR_ESCHEMA : weir_model_golden_load(artifact, schema, out, error);
}

int fleet_scorer_load(struct fleet_scorer *scorer, const uint8_t *bytes, size_t size,
                      struct weir_error *error)
{
    struct weir_arena arena;
    struct weir_model_artifact artifact;
    struct weir_model *model = NULL;
    weir_arena_init(&arena, ARENA_LIMIT);
    int code = weir_model_artifact_decode(bytes, size, &arena, &artifact, error);
    code = code != WEIR_OK ? code : load_model(&artifact, &model, error);
    if (code == WEIR_OK) {
        weir_model_free(scorer->model);
        scorer->model = model;
        scorer->version = artifact.manifest.version;
        scorer->threshold = (float)artifact.manifest.threshold;
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
