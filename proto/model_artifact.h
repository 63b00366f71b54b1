/* SPDX-License-Identifier: Apache-2.0
 *
 * model_artifact: a trained model as it is stored, signed, sent and checked.
 *
 * Shape:   a MODEL_FILE frame over message ModelArtifact of weir/v1/model_artifact.proto: the body
 *          (manifest, payload, golden vectors) as bytes, and signatures over those very bytes.
 *          Golden inputs are row-major: golden_rows x golden_columns.
 * Owns:    nothing: payload, golden vectors and body are borrowed; after decode or seal they lie in
 *          the arena given.
 * Errors:  decode: WEIR_ETRUNC, WEIR_EFORMAT, WEIR_ELIMIT, WEIR_EVERSION, WEIR_ENOMEM. verify and
 *          check: WEIR_EPERM (signature), WEIR_ESCHEMA, WEIR_EVERSION, WEIR_ECONFLICT; the sentence
 *          says which.
 * Threads: any.
 * Source:  architecture 8.
 */
#ifndef WEIR_PROTO_MODEL_ARTIFACT_H
#define WEIR_PROTO_MODEL_ARTIFACT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/err.h"

#include "proto/control.h"
#include "proto/keys.h"

#define WEIR_MODEL_METRICS_MAX     32
#define WEIR_MODEL_METRIC_SIZE     48 /* name and NUL */
#define WEIR_MODEL_SIGNATURES_MAX  8
#define WEIR_MODEL_SIGNATURE_SIZE  64
#define WEIR_MODEL_GOLDEN_ROWS_MAX 1024
#define WEIR_MODEL_DIGEST_SIZE     32

struct weir_model_metric { /* measured on held-out rows */
    char name[WEIR_MODEL_METRIC_SIZE];
    double value;
};

struct weir_model_signature {
    uint8_t public_key[WEIR_SIGN_PUBLIC_SIZE];
    uint8_t signature[WEIR_MODEL_SIGNATURE_SIZE];
};

struct weir_model_manifest {
    char name[WEIR_MODEL_NAME_SIZE];
    uint64_t version; /* grows by name; > 0 */
    char kind[WEIR_MODEL_KIND_SIZE];
    struct weir_schema_id schema;
    int64_t created_us;
    int64_t expires_us;                                 /* 0 = never */
    char min_sensor_version[WEIR_PROGRAM_VERSION_SIZE]; /* "0.1.0"; "" = any */
    int64_t trained_from_us, trained_to_us;             /* interval of the training rows */
    uint8_t training_digest[WEIR_MODEL_DIGEST_SIZE];    /* of the training rows */
    struct weir_model_metric metrics[WEIR_MODEL_METRICS_MAX];
    size_t metric_count;
    double threshold; /* a score at or above it is flagged; 0 .. 1 */
    uint64_t payload_size;
    uint8_t payload_hash[WEIR_MODEL_DIGEST_SIZE]; /* BLAKE2b-256; seal fills both */
};

struct weir_model_artifact {
    struct weir_model_manifest manifest;
    const uint8_t *payload; /* what common/model reads */
    const float *golden_inputs;
    const float *golden_scores; /* golden_rows, compared bit for bit */
    size_t golden_rows, golden_columns;
    struct weir_model_signature signatures[WEIR_MODEL_SIGNATURES_MAX];
    size_t signature_count;
    const uint8_t *body; /* the signed bytes */
    size_t body_size;
};

/* What a sensor asks of a model before it may score. */
struct weir_model_terms {
    int64_t now_us;
    uint64_t newer_than; /* version must be greater; 0 = any */
    struct weir_schema_id schema;
    const char *program_version;
    size_t payload_max_bytes; /* 0 = any */
};

/* Fills payload_size and payload_hash, then makes body from manifest, payload and golden vectors;
 * signatures of an earlier body are dropped. WEIR_EINVAL, WEIR_ELIMIT, WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_model_artifact_seal(struct weir_model_artifact *artifact,
                                             size_t payload_size, struct weir_arena *arena,
                                             struct weir_error *error);

/* Adds a signature to a sealed or decoded artefact. WEIR_EFULL, WEIR_EPERM without secret. */
WEIR_MUST_CHECK int weir_model_artifact_sign(struct weir_model_artifact *artifact,
                                             const struct weir_sign_key *key,
                                             struct weir_error *error);

/* Appends the whole file. */
WEIR_MUST_CHECK int weir_model_artifact_encode(const struct weir_model_artifact *artifact,
                                               struct weir_buffer *out, struct weir_error *error);

/* Reads a file's bytes; payload hash and all lengths are checked, signatures are not. */
WEIR_MUST_CHECK int weir_model_artifact_decode(const void *bytes, size_t size,
                                               struct weir_arena *arena,
                                               struct weir_model_artifact *out,
                                               struct weir_error *error);

/* True to its name when one signature is of this public key and right. WEIR_EPERM. */
WEIR_MUST_CHECK int weir_model_artifact_verify(const struct weir_model_artifact *artifact,
                                               const uint8_t trusted_public[WEIR_SIGN_PUBLIC_SIZE],
                                               struct weir_error *error);

/* Version, expiry, schema, sensor version and size. Golden vectors are the scorer's to reproduce.
 */
WEIR_MUST_CHECK int weir_model_artifact_check(const struct weir_model_artifact *artifact,
                                              const struct weir_model_terms *terms,
                                              struct weir_error *error);

/* The hash that a MODEL_OFFER names: SHA-256 of the file. */
void weir_model_artifact_hash(const void *bytes, size_t size, uint8_t hash[WEIR_MODEL_HASH_SIZE]);

/* Whole file, written beside and renamed. The sentence names the path. */
WEIR_MUST_CHECK int weir_model_artifact_save(const struct weir_model_artifact *artifact,
                                             const char *path, struct weir_error *error);
WEIR_MUST_CHECK int weir_model_artifact_load(const char *path, struct weir_arena *arena,
                                             struct weir_model_artifact *out,
                                             struct weir_error *error);

#endif
