/* SPDX-License-Identifier: Apache-2.0
 *
 * model_golden: a model out of its artefact, after it has reproduced its golden vectors here.
 *
 * Shape:   golden inputs are rows of the schema's width; scores are compared bit for bit.
 * Owns:    the model given is the caller's, and needs nothing of the artefact any more.
 * Errors:  WEIR_EFORMAT no golden vectors, or of another width; WEIR_ECONFLICT a score differs, the
 *          sentence says which; otherwise as weir_model_load().
 * Threads: any.
 * Source:  architecture 8: no model may score before it has done so.
 */
#ifndef WEIR_PROTO_MODEL_GOLDEN_H
#define WEIR_PROTO_MODEL_GOLDEN_H

#include "common/base/err.h"

#include "common/flow/feature_schema.h"
#include "common/model/model.h"

#include "proto/model_artifact.h"

/* schema: the one the caller will score with. */
WEIR_MUST_CHECK int weir_model_golden_load(const struct weir_model_artifact *artifact,
                                           const struct weir_feature_schema *schema,
                                           struct weir_model **out, struct weir_error *error);

#endif
