/* SPDX-License-Identifier: Apache-2.0
 *
 * model_choice: the model that a person names by version or by name.
 *
 * Shape:   digits alone are a version; anything else is a name and stands for its newest version.
 * Owns:    the file's bytes and the arena in which the decoded artefact lies.
 * Errors:  those of models.h and model_artifact.h; the sentence names the model.
 */
#ifndef WEIR_COLLECTOR_CTL_MODEL_CHOICE_H
#define WEIR_COLLECTOR_CTL_MODEL_CHOICE_H

#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

#include "proto/model_artifact.h"

#include "collector/store/connection.h"
#include "collector/store/models.h"

struct model_choice {
    uint64_t version;
    struct models_artifact stored;
    struct weir_arena arena;
    struct weir_model_artifact artifact;
};

/* Fetches and decodes it. */
WEIR_MUST_CHECK int model_choice_init(struct model_choice *choice, struct connection *connection,
                                      const char *word, struct weir_error *error);
void model_choice_fini(struct model_choice *choice);

/* Stores choice->artifact in place of what was fetched. */
WEIR_MUST_CHECK int model_choice_store(struct model_choice *choice, struct connection *connection,
                                       struct weir_error *error);

#endif
