/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/score_check.h"

#include <math.h>
#include <string.h>

#include "common/model/model.h"

#include "collector/store/training_set.h"

struct checking {
    const struct weir_model *model;
    uint64_t version;
    bool of_sensor;
    struct score_check found;
};

static bool check_flow(const struct stored_flow *flow, const struct weir_kdd_counts *counts,
                       void *context)
{
    struct checking *checking = context;
    struct score_check *found = &checking->found;
    const struct weir_verdict *stored =
        checking->of_sensor ? &flow->record.verdict : &flow->row.fleet;
    float vector[WEIR_FEATURES_MAX];
    if (stored->model_version != checking->version) {
        return true;
    }
    weir_feature_vector_fill(weir_model_schema(checking->model), &flow->record, counts, vector);
    const float score = weir_model_score(checking->model, vector);
    const bool is_same = score == stored->score;
    const double difference = fabs((double)score - (double)stored->score);
    found->scored++;
    found->same += is_same ? 1 : 0;
    found->different += is_same ? 0 : 1;
    if (difference > found->greatest_difference) {
        found->greatest_difference = difference;
    }
    return true;
}

int score_check_run(const struct model_choice *choice, struct connection *connection,
                    const char *stream, struct score_check *out, struct weir_error *error)
{
    const struct weir_model_artifact *artifact = &choice->artifact;
    struct weir_model *model = NULL;
    int err =
        weir_model_load(artifact->payload, artifact->manifest.payload_size, NULL, &model, error);
    if (err != WEIR_OK) {
        return err;
    }
    /* Labels are not looked at, and a flow that has none is scored all the same. */
    const struct training_set_query query = {.schema = weir_model_schema(model),
                                             .stream = stream,
                                             .unlabelled = "normal"};
    struct checking checking = {.model = model,
                                .version = choice->version,
                                .of_sensor = strcmp(query.schema->name, "sensor") == 0};
    err = training_set_read(connection, &query, check_flow, &checking,
                            &checking.found.without_window, error);
    if (err == WEIR_OK) {
        *out = checking.found;
    }
    weir_model_free(model);
    return err;
}
