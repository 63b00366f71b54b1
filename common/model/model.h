/* SPDX-License-Identifier: Apache-2.0
 *
 * model: an immutable scorer, loaded from the payload bytes of a model artefact.
 *
 * Shape:   a vector is float[schema->count]; many vectors lie row after row without gaps.
 * Units:   a score is the probability of attack, 0 .. 1.
 * Owns:    the model copies what it needs; the payload may be freed after loading.
 * Errors:  only loading fails, and then there is no model. Scoring cannot fail: an unknown category
 *          (-1) matches no category, and a number that is NaN takes each tree's default branch.
 * Threads: any number may score with one model at once.
 * Source:  architecture 8.
 */
#ifndef WEIR_COMMON_MODEL_MODEL_H
#define WEIR_COMMON_MODEL_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/feature_schema.h"
#include "common/model/model_kind.h"

struct weir_model;

/* Builds a model from payload bytes, after checking all of them. schema: the one the caller will
 * score with; NULL accepts any schema this program knows. WEIR_ESCHEMA when the payload was trained
 * for another; WEIR_EFORMAT, WEIR_ETRUNC, WEIR_EVERSION, WEIR_ELIMIT, WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_model_load(const void *payload, size_t size,
                                    const struct weir_feature_schema *schema,
                                    struct weir_model **out, struct weir_error *error);
void weir_model_free(struct weir_model *model);

/* The score of one vector of the model's schema. */
float weir_model_score(const struct weir_model *model, const float *vector);

/* The same scores, bit for bit, for count vectors at once; cheaper per vector. */
void weir_model_score_many(const struct weir_model *model, const float *vectors, size_t count,
                           float *scores);

enum weir_model_kind weir_model_kind_of(const struct weir_model *model);
uint64_t weir_model_schema_hash(const struct weir_model *model);
const struct weir_feature_schema *weir_model_schema(const struct weir_model *model);

/* The schema whose hash this is, or NULL. */
const struct weir_feature_schema *weir_model_schema_find(uint64_t hash);

#endif
