/* SPDX-License-Identifier: Apache-2.0
 *
 * scorer: gives every flow that ends the verdict of the sensor's model.
 *
 * Shape:   one model at a time; without one, records keep an empty verdict.
 * Owns:    its share of the model it was last given.
 * Errors:  none.
 * Threads: one scorer a lane. A new model comes from the export thread as a whole object that all
 *          lanes share, so that no flow sees half of one.
 */
#ifndef WEIR_SENSOR_SCORE_SCORER_H
#define WEIR_SENSOR_SCORE_SCORER_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/feature_schema.h"
#include "common/flow/flow_record.h"
#include "common/model/model.h"

/* A model ready to score, and what of its manifest scoring needs. */
struct scorer_model {
    struct weir_model *model;
    uint64_t version;
    float threshold;         /* at or above it a flow is flagged */
    atomic_uint more_owners; /* beside the first; each frees it once */
};

struct scorer {
    const struct weir_feature_schema *schema;
    struct scorer_model *active; /* NULL = none */
    float vector[WEIR_FEATURES_MAX];
};

void scorer_init(struct scorer *scorer);
void scorer_fini(struct scorer *scorer);

/* Takes *model and makes it the active one; the one before is freed. */
void scorer_activate(struct scorer *scorer, struct scorer_model **model);

/* Fills record->verdict of a FINAL record with a KDD vector; leaves all others alone. */
void scorer_score(struct scorer *scorer, struct weir_flow_record *record);

/* One more owner of a model, which is never written to. */
struct scorer_model *scorer_model_share(struct scorer_model *model);

/* Gives up one owner's share; the last one frees the model. Does nothing with NULL. */
void scorer_model_free(struct scorer_model *model);

#endif
