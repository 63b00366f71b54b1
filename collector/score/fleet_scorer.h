/* SPDX-License-Identifier: Apache-2.0
 *
 * fleet_scorer: gives the rows of ready batches the verdict of the fleet's model.
 *
 * Shape:   one model at a time, of schema `fleet` or `kdd41`; FINAL rows with frozen columns are
 *          scored, and INTERIM rows of connections open for more than 300 s (as flag S1).
 * Owns:    the model.
 * Errors:  a model of another schema is refused with a sentence; the one before goes on.
 * Threads: the collector's main thread.
 */
#ifndef WEIR_COLLECTOR_SCORE_FLEET_SCORER_H
#define WEIR_COLLECTOR_SCORE_FLEET_SCORER_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/feature_schema.h"
#include "common/model/model.h"

#include "collector/window/flow_row.h"

struct fleet_scorer { /* {0} has no model */
    struct weir_model *model;
    uint64_t version;
    float threshold;
    float vector[WEIR_FEATURES_MAX];
};

void fleet_scorer_fini(struct fleet_scorer *scorer);

/* Makes the model in this artefact file the active one. WEIR_ESCHEMA, WEIR_ECONFLICT (golden
 * vectors), or as its reader says. */
WEIR_MUST_CHECK int fleet_scorer_load(struct fleet_scorer *scorer, const uint8_t *bytes,
                                      size_t size, struct weir_error *error);

/* Fills rows[].fleet. */
void fleet_scorer_score(struct fleet_scorer *scorer, struct ready_batch *batch);

#endif
