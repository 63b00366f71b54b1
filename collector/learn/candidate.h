/* SPDX-License-Identifier: Apache-2.0
 *
 * candidate: a fitted model with everything a manifest says about it, as an artefact.
 *
 * Owns:    nothing; everything is borrowed for the call.
 * Errors:  those of proto/model_artifact.h and collector/store/models.h.
 */
#ifndef WEIR_COLLECTOR_LEARN_CANDIDATE_H
#define WEIR_COLLECTOR_LEARN_CANDIDATE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "proto/model_artifact.h"

#include "collector/learn/fit.h"
#include "collector/learn/sample_set.h"
#include "collector/store/connection.h"
#include "collector/store/models.h"

#define CANDIDATE_METRICS_MAX WEIR_MODEL_METRICS_MAX

struct candidate {
    const char *name;
    uint64_t version;
    int64_t created_us, expires_us; /* 0 = never */
    int64_t from_us, to_us;         /* of the training rows; 0, 0 = files */
    double threshold;
    const struct fit *fit;
    const struct sample_set *set;
    const uint32_t *rows; /* the training part */
    size_t row_count;
    struct models_metric metrics[CANDIDATE_METRICS_MAX];
    size_t metric_count;
};

/* SHA-256 over schema hash, features and labels in order: what the manifest says of the rows. */
void candidate_digest(const struct sample_set *set, uint8_t digest[WEIR_MODEL_DIGEST_SIZE]);

/* Appends the artefact's file, unsigned. Same candidate, same bytes. */
WEIR_MUST_CHECK int candidate_encode(const struct candidate *candidate, struct weir_buffer *out,
                                     struct weir_error *error);

/* Stores the artefact, its row and its metrics. */
WEIR_MUST_CHECK int candidate_register(const struct candidate *candidate,
                                       const struct weir_buffer *artifact,
                                       struct connection *connection, struct weir_error *error);

#endif
