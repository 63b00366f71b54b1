/* SPDX-License-Identifier: Apache-2.0
 *
 * model_store: the model files of a sensor: checked, kept in three generations, loaded for scoring.
 *
 * A file becomes a model only after its signature, version, expiry, feature schema, sensor version
 * and size were checked and its golden vectors were reproduced bit for bit on this very machine.
 *
 * Shape:   files model-VERSION.weir in a folder of mode 0700; the highest version is the active
 *          one.
 * Owns:    the folder's content.
 * Errors:  a refusal is a code and one sentence, which also goes to the collector.
 * Threads: the export thread.
 * Source:  architecture 8.
 */
#ifndef WEIR_SENSOR_CONTROL_MODEL_STORE_H
#define WEIR_SENSOR_CONTROL_MODEL_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "proto/keys.h"

#include "sensor/score/scorer.h"

#define MODEL_STORE_GENERATIONS 3

struct model_store_options {
    const char *folder; /* NULL: nothing is kept on disk */
    uint8_t trusted_public[WEIR_SIGN_PUBLIC_SIZE];
    size_t model_max_bytes; /* larger models are refused */
};

/* Checks a file's bytes and builds the model. newer_than: the version must be greater; 0 = any.
 * WEIR_EPERM (signature), WEIR_ESCHEMA, WEIR_ECONFLICT (golden vectors), ... */
WEIR_MUST_CHECK int model_store_build(const struct model_store_options *options,
                                      const uint8_t *bytes, size_t size, uint64_t newer_than,
                                      struct scorer_model **out, struct weir_error *error);

/* Keeps a file that was built, and removes the generations too many. */
WEIR_MUST_CHECK int model_store_save(const struct model_store_options *options, uint64_t version,
                                     const uint8_t *bytes, size_t size, struct weir_error *error);

/* The newest file that still passes every check; falls back to older ones, saying so in the log.
 * WEIR_ENOENT when there is none. */
WEIR_MUST_CHECK int model_store_load(const struct model_store_options *options,
                                     struct scorer_model **out, struct weir_error *error);

#endif
