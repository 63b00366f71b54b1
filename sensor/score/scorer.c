/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/score/scorer.h"

#include <stdlib.h>

#include "common/base/check.h"

void scorer_init(struct scorer *scorer)
{
    *scorer = (struct scorer){.schema = weir_feature_schema_find("sensor")};
    weir_check(scorer->schema != NULL && scorer->schema->count <= WEIR_FEATURES_MAX);
}

struct scorer_model *scorer_model_share(struct scorer_model *model)
{
    (void)atomic_fetch_add(&model->more_owners, 1);
    return model;
}

void scorer_model_free(struct scorer_model *model)
{
    if (model != NULL && atomic_fetch_sub(&model->more_owners, 1) == 0) {
        weir_model_free(model->model);
        free(model);
    }
}

void scorer_fini(struct scorer *scorer)
{
    scorer_model_free(scorer->active);
    scorer->active = NULL;
}

void scorer_activate(struct scorer *scorer, struct scorer_model **model)
{
    weir_check(weir_model_schema((*model)->model) == scorer->schema);
    scorer_model_free(scorer->active);
    scorer->active = *model;
    *model = NULL;
}

void scorer_score(struct scorer *scorer, struct weir_flow_record *record)
{
    if (scorer->active == NULL || record->record_type != WEIR_RECORD_FINAL || !record->has_vector) {
        return;
    }
    weir_feature_vector_fill(scorer->schema, record, &record->immediate, scorer->vector);
    const float score = weir_model_score(scorer->active->model, scorer->vector);
    record->verdict = (struct weir_verdict){.model_version = scorer->active->version,
                                            .score = score,
                                            .flagged = score >= scorer->active->threshold};
}
