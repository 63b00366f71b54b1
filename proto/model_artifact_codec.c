/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a model file; model_artifact.c signs, checks and stores. */
#include <sodium.h>
#include <string.h>

#include "common/flow/feature_schema.h"

#include "proto/decode_guard.h"
#include "proto/frame.h"
#include "proto/model_artifact.h"
#include "proto/text_field.h"
#include "proto/weir/v1/model_artifact.pb-c.h"

#define FIELDS_MAX      512U
#define SUBMESSAGES_MAX 64U
#define HEAP_REST       (4U * 1024U * 1024U) /* golden vectors, metrics */
#define BODY_MAX        (WEIR_MODEL_FILE_MAX - 64U * 1024U)

static const struct weir_decode_budget budget = {
    .fields = FIELDS_MAX,
    .submessages = SUBMESSAGES_MAX,
    .depth = 1,
    .heap_bytes = WEIR_MODEL_FILE_MAX + HEAP_REST,
};

/* protobuf-c's fields are not const, though packing only reads. */
static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static ProtobufCBinaryData bytes_of(const uint8_t *bytes, size_t size)
{
    return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)(uintptr_t)bytes};
}

static bool texts_valid(const struct weir_model_manifest *manifest)
{
    bool valid = weir_text_field_check(manifest->name, sizeof(manifest->name)) == 0 &&
                 weir_text_field_check(manifest->kind, sizeof(manifest->kind)) == 0 &&
                 weir_text_field_check(manifest->schema.name, sizeof(manifest->schema.name)) == 0 &&
                 weir_text_field_check(manifest->min_sensor_version,
                                       sizeof(manifest->min_sensor_version)) == 0;
    for (size_t i = 0; valid && i < manifest->metric_count; i++) {
        valid = weir_text_field_check(manifest->metrics[i].name,
                                      sizeof(manifest->metrics[i].name)) == 0;
    }
    return valid;
}

/* What must hold of a manifest at both ends. */
static const char *bad_field(const struct weir_model_artifact *artifact)
{
    const struct weir_model_manifest *manifest = &artifact->manifest;
    if (manifest->name[0] == '\0' || manifest->version == 0) {
        return "name or version";
    }
    if (!(manifest->threshold >= 0.0 && manifest->threshold <= 1.0)) {
        return "threshold";
    }
    if (artifact->golden_rows > WEIR_MODEL_GOLDEN_ROWS_MAX ||
        artifact->golden_columns > WEIR_FEATURES_MAX) {
        return "golden vectors";
    }
    for (size_t i = 0; i < artifact->golden_rows; i++) {
        if (!(artifact->golden_scores[i] >= 0.0F && artifact->golden_scores[i] <= 1.0F)) {
            return "golden score";
        }
    }
    return NULL;
}

static void fill_body(const struct weir_model_artifact *artifact, Weir__V1__ModelBody *body)
{
    const struct weir_model_manifest *manifest = &artifact->manifest;
    body->name = text_of(manifest->name);
    body->version = manifest->version;
    body->kind = text_of(manifest->kind);
    body->schema_name = text_of(manifest->schema.name);
    body->schema_hash = manifest->schema.hash;
    body->created_us = manifest->created_us;
    body->expires_us = manifest->expires_us;
    body->min_sensor_version = text_of(manifest->min_sensor_version);
    body->trained_from_us = manifest->trained_from_us;
    body->trained_to_us = manifest->trained_to_us;
    body->training_digest = bytes_of(manifest->training_digest, WEIR_MODEL_DIGEST_SIZE);
    body->threshold = manifest->threshold;
    body->payload_size = manifest->payload_size;
    body->payload_hash = bytes_of(manifest->payload_hash, WEIR_MODEL_DIGEST_SIZE);
    body->payload = bytes_of(artifact->payload, manifest->payload_size);
    body->golden_rows = (uint32_t)artifact->golden_rows;
    body->golden_columns = (uint32_t)artifact->golden_columns;
    body->n_golden_inputs = artifact->golden_rows * artifact->golden_columns;
    body->golden_inputs = (float *)(uintptr_t)artifact->golden_inputs;
    body->n_golden_scores = artifact->golden_rows;
    body->golden_scores = (float *)(uintptr_t)artifact->golden_scores;
}

int weir_model_artifact_seal(struct weir_model_artifact *artifact, size_t payload_size,
                             struct weir_arena *arena, struct weir_error *error)
{
    struct weir_model_manifest *manifest = &artifact->manifest;
    const char *bad = bad_field(artifact);
    if (bad != NULL || manifest->metric_count > WEIR_MODEL_METRICS_MAX || !texts_valid(manifest)) {
        return weir_fail(error, WEIR_EINVAL, "model %s: %s is out of range", manifest->name,
                         bad == NULL ? "a text" : bad);
    }
    manifest->payload_size = payload_size;
    (void)crypto_generichash(manifest->payload_hash, WEIR_MODEL_DIGEST_SIZE, artifact->payload,
                             payload_size, NULL, 0);
    Weir__V1__ModelBody body = WEIR__V1__MODEL_BODY__INIT;
    Weir__V1__ModelMetric metrics[WEIR_MODEL_METRICS_MAX];
    Weir__V1__ModelMetric *metric_at[WEIR_MODEL_METRICS_MAX];
    for (size_t i = 0; i < manifest->metric_count; i++) {
        weir__v1__model_metric__init(&metrics[i]);
        metrics[i].name = text_of(manifest->metrics[i].name);
        metrics[i].value = manifest->metrics[i].value;
        metric_at[i] = &metrics[i];
    }
    fill_body(artifact, &body);
    body.n_metrics = manifest->metric_count;
    body.metrics = metric_at;
    const size_t size = protobuf_c_message_get_packed_size(&body.base);
    if (size > BODY_MAX) {
        return weir_fail(error, WEIR_ELIMIT, "model %s: %zu bytes, at most %u", manifest->name,
                         size, BODY_MAX);
    }
    uint8_t *at = (uint8_t *)weir_arena_take(arena, size);
    if (at == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "model %s: out of memory", manifest->name);
    }
    artifact->body_size = protobuf_c_message_pack(&body.base, at);
    artifact->body = at;
    artifact->signature_count = 0;
    return 0;
}

int weir_model_artifact_encode(const struct weir_model_artifact *artifact, struct weir_buffer *out,
                               struct weir_error *error)
{
    if (artifact->body == NULL || artifact->signature_count > WEIR_MODEL_SIGNATURES_MAX) {
        return weir_fail(error, WEIR_EINVAL, "model %s: not sealed", artifact->manifest.name);
    }
    Weir__V1__ModelSignature signatures[WEIR_MODEL_SIGNATURES_MAX];
    Weir__V1__ModelSignature *signature_at[WEIR_MODEL_SIGNATURES_MAX];
    for (size_t i = 0; i < artifact->signature_count; i++) {
        const struct weir_model_signature *from = &artifact->signatures[i];
        weir__v1__model_signature__init(&signatures[i]);
        signatures[i].public_key = bytes_of(from->public_key, sizeof(from->public_key));
        signatures[i].signature = bytes_of(from->signature, sizeof(from->signature));
        signature_at[i] = &signatures[i];
    }
    Weir__V1__ModelArtifact message = WEIR__V1__MODEL_ARTIFACT__INIT;
    message.body = bytes_of(artifact->body, artifact->body_size);
    message.n_signatures = artifact->signature_count;
    message.signatures = signature_at;
    struct weir_buffer payload = {0};
    uint8_t *at = weir_buffer_reserve(&payload, protobuf_c_message_get_packed_size(&message.base));
    int err = WEIR_ENOMEM;
    if (at != NULL) {
        payload.size = protobuf_c_message_pack(&message.base, at);
        err = weir_frame_encode(WEIR_FRAME_MODEL_FILE, payload.bytes, payload.size, out);
    }
    weir_buffer_fini(&payload);
    return err == 0
               ? 0
               : weir_fail(error, err, "model %s: %s", artifact->manifest.name, weir_err_text(err));
}

static int read_texts(const Weir__V1__ModelBody *body, struct weir_model_manifest *manifest)
{
    int err = weir_text_field_copy(body->name, manifest->name, sizeof(manifest->name));
    err = err != 0 ? err : weir_text_field_copy(body->kind, manifest->kind, sizeof(manifest->kind));
    err = err != 0 ? err
                   : weir_text_field_copy(body->schema_name, manifest->schema.name,
                                          sizeof(manifest->schema.name));
    err = err != 0 ? err
                   : weir_text_field_copy(body->min_sensor_version, manifest->min_sensor_version,
                                          sizeof(manifest->min_sensor_version));
    for (size_t i = 0; err == 0 && i < body->n_metrics; i++) {
        manifest->metrics[i].value = body->metrics[i]->value;
        err = weir_text_field_copy(body->metrics[i]->name, manifest->metrics[i].name,
                                   sizeof(manifest->metrics[i].name));
    }
    manifest->metric_count = body->n_metrics;
    return err;
}

static int read_body(const Weir__V1__ModelBody *body, struct weir_model_artifact *artifact)
{
    struct weir_model_manifest *manifest = &artifact->manifest;
    uint8_t hash[WEIR_MODEL_DIGEST_SIZE];
    if (body->n_metrics > WEIR_MODEL_METRICS_MAX ||
        body->golden_rows > WEIR_MODEL_GOLDEN_ROWS_MAX ||
        body->golden_columns > WEIR_FEATURES_MAX) {
        return WEIR_ELIMIT;
    }
    if (body->training_digest.len != WEIR_MODEL_DIGEST_SIZE ||
        body->payload_hash.len != WEIR_MODEL_DIGEST_SIZE ||
        body->payload.len != body->payload_size || body->n_golden_scores != body->golden_rows ||
        body->n_golden_inputs != (size_t)body->golden_rows * body->golden_columns) {
        return WEIR_EFORMAT;
    }
    (void)crypto_generichash(hash, sizeof(hash), body->payload.data, body->payload.len, NULL, 0);
    if (memcmp(hash, body->payload_hash.data, sizeof(hash)) != 0) {
        return WEIR_EFORMAT;
    }
    manifest->version = body->version;
    manifest->schema.hash = body->schema_hash;
    manifest->created_us = body->created_us;
    manifest->expires_us = body->expires_us;
    manifest->trained_from_us = body->trained_from_us;
    manifest->trained_to_us = body->trained_to_us;
    manifest->threshold = body->threshold;
    manifest->payload_size = body->payload_size;
    memcpy(manifest->training_digest, body->training_digest.data, WEIR_MODEL_DIGEST_SIZE);
    memcpy(manifest->payload_hash, hash, sizeof(hash));
    artifact->payload = body->payload.data;
    artifact->golden_rows = body->golden_rows;
    artifact->golden_columns = body->golden_columns;
    artifact->golden_inputs = body->golden_inputs;
    artifact->golden_scores = body->golden_scores;
    const int err = read_texts(body, manifest);
    return err != 0 ? err : bad_field(artifact) == NULL ? 0 : WEIR_EFORMAT;
}

static int read_signatures(const Weir__V1__ModelArtifact *message,
                           struct weir_model_artifact *artifact)
{
    if (message->n_signatures > WEIR_MODEL_SIGNATURES_MAX) {
        return WEIR_ELIMIT;
    }
    for (size_t i = 0; i < message->n_signatures; i++) {
        const Weir__V1__ModelSignature *from = message->signatures[i];
        struct weir_model_signature *to = &artifact->signatures[i];
        if (from->public_key.len != sizeof(to->public_key) ||
            from->signature.len != sizeof(to->signature)) {
            return WEIR_EFORMAT;
        }
        memcpy(to->public_key, from->public_key.data, sizeof(to->public_key));
        memcpy(to->signature, from->signature.data, sizeof(to->signature));
    }
    artifact->signature_count = message->n_signatures;
    return 0;
}

static int read_artifact(const struct weir_frame *frame, struct weir_arena *arena,
                         struct weir_model_artifact *artifact)
{
    ProtobufCMessage *outer = NULL;
    ProtobufCMessage *inner = NULL;
    int err = weir_decode_guard_unpack(&weir__v1__model_artifact__descriptor, frame->payload,
                                       frame->payload_size, &budget, arena, &outer);
    if (err != 0) {
        return err;
    }
    const Weir__V1__ModelArtifact *message = (const Weir__V1__ModelArtifact *)outer;
    err = read_signatures(message, artifact);
    if (err != 0) {
        return err;
    }
    artifact->body = message->body.data;
    artifact->body_size = message->body.len;
    err = weir_decode_guard_unpack(&weir__v1__model_body__descriptor, artifact->body,
                                   artifact->body_size, &budget, arena, &inner);
    return err != 0 ? err : read_body((const Weir__V1__ModelBody *)inner, artifact);
}

int weir_model_artifact_decode(const void *bytes, size_t size, struct weir_arena *arena,
                               struct weir_model_artifact *out, struct weir_error *error)
{
    struct weir_frame frame;
    int err = weir_frame_decode(bytes, size, &frame, error);
    if (err != 0) {
        return err;
    }
    if (frame.kind != WEIR_FRAME_MODEL_FILE) {
        return weir_fail(error, WEIR_EFORMAT, "model: frame kind %d is no model file",
                         (int)frame.kind);
    }
    struct weir_model_artifact artifact;
    memset(&artifact, 0, sizeof(artifact));
    err = read_artifact(&frame, arena, &artifact);
    if (err != 0) {
        return weir_fail(error, err, "model file: %s", weir_err_text(err));
    }
    *out = artifact;
    return 0;
}
