/* SPDX-License-Identifier: Apache-2.0
 *
 * models: the registry of trained models and which one is active where.
 *
 * Every activation notifies channel weir_model with the target's text as payload.
 *
 * Errors:  WEIR_ENOENT no such model, WEIR_ECONFLICT version is taken, and connection.h's.
 */
#ifndef WEIR_COLLECTOR_STORE_MODELS_H
#define WEIR_COLLECTOR_STORE_MODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"

#define MODELS_TEXT_SIZE 64 /* and NUL */
#define MODELS_CHANNEL   "weir_model"

enum models_target { /* who scores with it */
    MODELS_TARGET_SENSOR = 0,
    MODELS_TARGET_FLEET = 1,
};

struct models_row { /* the manifest's fields that SQL should see */
    uint64_t version;
    char name[MODELS_TEXT_SIZE + 1];
    char kind[MODELS_TEXT_SIZE + 1];        /* "random_forest" */
    char schema_name[MODELS_TEXT_SIZE + 1]; /* "kdd41", "sensor", "fleet" */
    uint64_t schema_hash;
    int64_t created_us;
    int64_t expires_us;               /* 0 = never */
    int64_t data_from_us, data_to_us; /* training interval; 0, 0 = files */
    uint64_t training_rows;
    char data_digest[MODELS_TEXT_SIZE + 1]; /* hexadecimal */
    double threshold;
    uint64_t payload_size;            /* bytes of the artefact; set when listed */
    bool active_sensor, active_fleet; /* set when listed */
};

struct models_metric {  /* one figure of an evaluation */
    const char *part;   /* "cv", "held_out", "KDDTest+" */
    const char *metric; /* "accuracy", "auc", "f1", "fpr", ... */
    double value;
    double low, high; /* 95 % interval; both NaN = none */
};

struct models_artifact {
    uint64_t version;
    uint8_t *bytes; /* malloc'd; models_artifact_fini */
    size_t size;
};

typedef void models_fn(const struct models_row *row, void *context);
typedef void models_metric_fn(const struct models_metric *metric, void *context);

/* Draws the next version number; a number once drawn is never given again. */
WEIR_MUST_CHECK int models_next_version(struct connection *connection, uint64_t *version,
                                        struct weir_error *error);

/* Stores row, artefact and metrics in one transaction. */
WEIR_MUST_CHECK int models_register(struct connection *connection, const struct models_row *row,
                                    const struct models_artifact *artifact,
                                    const struct models_metric *metrics, size_t metric_count,
                                    struct weir_error *error);

/* Replaces the artefact's bytes of a version (signing offline, then bringing it back). */
WEIR_MUST_CHECK int models_set_artifact(struct connection *connection,
                                        const struct models_artifact *artifact,
                                        struct weir_error *error);

WEIR_MUST_CHECK int models_list(struct connection *connection, models_fn *each, void *context,
                                struct weir_error *error);
WEIR_MUST_CHECK int models_metrics(struct connection *connection, uint64_t version,
                                   models_metric_fn *each, void *context, struct weir_error *error);

/* Gives the artefact of a version, or of the newest one with this name. */
WEIR_MUST_CHECK int models_fetch(struct connection *connection, uint64_t version,
                                 struct models_artifact *out, struct weir_error *error);
WEIR_MUST_CHECK int models_newest(struct connection *connection, const char *name,
                                  uint64_t *version, struct weir_error *error);

/* Makes version the active one of target; version 0 = none. Does not look at the schema: the caller
 * does, and whoever scores refuses. */
WEIR_MUST_CHECK int models_activate(struct connection *connection, uint64_t version,
                                    enum models_target target, struct weir_error *error);

/* The active version of target; WEIR_ENOENT when there is none. */
WEIR_MUST_CHECK int models_active(struct connection *connection, enum models_target target,
                                  uint64_t *version, struct weir_error *error);

void models_artifact_fini(struct models_artifact *artifact);

#endif
