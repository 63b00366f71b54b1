/* SPDX-License-Identifier: Apache-2.0
 *
 * score_check: stored flows scored again by the model that scored them, as training reads them.
 *
 * What a model learns from are stored rows; what it scores are a sensor's records, or the rows of
 * the collector before they are stored. Both must give the same vector, and so the same score, bit
 * for bit. This is the proof for any rows one likes.
 *
 * Errors:  those of model_choice.h and collector/store/training_set.h.
 */
#ifndef WEIR_COLLECTOR_CTL_SCORE_CHECK_H
#define WEIR_COLLECTOR_CTL_SCORE_CHECK_H

#include <stdint.h>

#include "common/base/err.h"

#include "collector/ctl/model_choice.h"

struct score_check {
    uint64_t scored;            /* flows that carry a score of this model */
    uint64_t same, different;   /* of these */
    uint64_t without_window;    /* flows of the stream that no model can score */
    double greatest_difference; /* of two scores */
};

/* stream: NULL = every stream. */
WEIR_MUST_CHECK int score_check_run(const struct model_choice *choice,
                                    struct connection *connection, const char *stream,
                                    struct score_check *out, struct weir_error *error);

#endif
