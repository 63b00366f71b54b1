/* SPDX-License-Identifier: Apache-2.0
 *
 * model_offer: the model that sensors should have: offered to each, given out in chunks.
 *
 * Owns:    the artefact file's bytes.
 * Errors:  a file that cannot be read is refused; the one before stays on offer.
 * Threads: the collector's main thread.
 * Source:  architecture 8.
 */
#ifndef WEIR_COLLECTOR_ROLLOUT_MODEL_OFFER_H
#define WEIR_COLLECTOR_ROLLOUT_MODEL_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "proto/control.h"

struct model_offer { /* {0} offers nothing */
    uint8_t *bytes;
    struct weir_model_offer terms; /* version 0 = nothing on offer */
};

void model_offer_fini(struct model_offer *offer);

/* Takes a copy of an artefact file and puts it on offer. */
WEIR_MUST_CHECK int model_offer_load(struct model_offer *offer, const uint8_t *bytes, size_t size,
                                     struct weir_error *error);

/* The MODEL_OFFER message; false when there is nothing on offer. */
bool model_offer_message(const struct model_offer *offer, struct weir_control *out);

/* The chunk that a MODEL_PULL asks for; false when it asks for something else. */
bool model_offer_chunk(const struct model_offer *offer, const struct weir_model_pull *pull,
                       struct weir_control *out);

#endif
