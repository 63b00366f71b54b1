/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model_artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/frame.h"

/* Signed before the body, so that a signature over anything else is never one over a model. */
static const char domain[] = "weir model 1";

#define VERSION_PARTS 3
#define FILE_MODE     0644

static void begin(const struct weir_model_artifact *artifact, crypto_sign_state *state)
{
    (void)crypto_sign_init(state);
    (void)crypto_sign_update(state, (const unsigned char *)domain, sizeof(domain));
    (void)crypto_sign_update(state, artifact->body, artifact->body_size);
}

int weir_model_artifact_sign(struct weir_model_artifact *artifact, const struct weir_sign_key *key,
                             struct weir_error *error)
{
    const char *name = artifact->manifest.name;
    if (!key->has_secret) {
        return weir_fail(error, WEIR_EPERM, "model %s: the signing key has no secret half", name);
    }
    if (artifact->body == NULL) {
        return weir_fail(error, WEIR_EINVAL, "model %s: not sealed", name);
    }
    if (artifact->signature_count == WEIR_MODEL_SIGNATURES_MAX) {
        return weir_fail(error, WEIR_EFULL, "model %s: has %d signatures already", name,
                         WEIR_MODEL_SIGNATURES_MAX);
    }
    crypto_sign_state state;
    struct weir_model_signature signature;
    begin(artifact, &state);
    memcpy(signature.public_key, key->public_key, sizeof(signature.public_key));
    if (crypto_sign_final_create(&state, signature.signature, NULL, key->secret_key) != 0) {
        return weir_fail(error, WEIR_EINVAL, "model %s: the key cannot sign", name);
    }
    artifact->signatures[artifact->signature_count++] = signature;
    return 0;
}

int weir_model_artifact_verify(const struct weir_model_artifact *artifact,
                               const uint8_t trusted_public[WEIR_SIGN_PUBLIC_SIZE],
                               struct weir_error *error)
{
    for (size_t i = 0; i < artifact->signature_count; i++) {
        const struct weir_model_signature *signature = &artifact->signatures[i];
        if (memcmp(signature->public_key, trusted_public, WEIR_SIGN_PUBLIC_SIZE) != 0) {
            continue;
        }
        crypto_sign_state state;
        begin(artifact, &state);
        if (crypto_sign_final_verify(&state, signature->signature, trusted_public) == 0) {
            return 0;
        }
    }
    char fingerprint[WEIR_FINGERPRINT_SIZE];
    weir_sign_fingerprint(trusted_public, fingerprint);
    return weir_fail(error, WEIR_EPERM,
                     "model %s version %llu: none of its %zu signatures is right and of key %s",
                     artifact->manifest.name, (unsigned long long)artifact->manifest.version,
                     artifact->signature_count, fingerprint);
}

/* Reads "1.2.3" (fewer parts are 0); what follows a part that is no number counts as 0. */
static void parse_version(const char *text, unsigned long parts[VERSION_PARTS])
{
    const char *at = text;
    memset(parts, 0, VERSION_PARTS * sizeof(*parts));
    for (size_t i = 0; i < VERSION_PARTS; i++) {
        char *end = NULL;
        parts[i] = strtoul(at, &end, 10);
        if (end == at || *end != '.') {
            return;
        }
        at = end + 1;
    }
}

static bool version_reaches(const char *have, const char *want)
{
    unsigned long have_parts[VERSION_PARTS];
    unsigned long want_parts[VERSION_PARTS];
    parse_version(have, have_parts);
    parse_version(want, want_parts);
    for (size_t i = 0; i < VERSION_PARTS; i++) {
        if (have_parts[i] != want_parts[i]) {
            return have_parts[i] > want_parts[i];
        }
    }
    return true;
}

int weir_model_artifact_check(const struct weir_model_artifact *artifact,
                              const struct weir_model_terms *terms, struct weir_error *error)
{
    const struct weir_model_manifest *manifest = &artifact->manifest;
    const unsigned long long version = (unsigned long long)manifest->version;
    const char *name = manifest->name;
    if (manifest->version <= terms->newer_than) {
        return weir_fail(error, WEIR_ECONFLICT, "model %s version %llu is not newer than %llu",
                         name, version, (unsigned long long)terms->newer_than);
    }
    if (manifest->expires_us != 0 && manifest->expires_us <= terms->now_us) {
        return weir_fail(error, WEIR_ECONFLICT, "model %s version %llu has expired", name, version);
    }
    if (strcmp(manifest->schema.name, terms->schema.name) != 0 ||
        manifest->schema.hash != terms->schema.hash) {
        return weir_fail(error, WEIR_ESCHEMA,
                         "model %s version %llu is trained for schema %s (%016llx), here it is %s "
                         "(%016llx)",
                         name, version, manifest->schema.name,
                         (unsigned long long)manifest->schema.hash, terms->schema.name,
                         (unsigned long long)terms->schema.hash);
    }
    if (!version_reaches(terms->program_version, manifest->min_sensor_version)) {
        return weir_fail(error, WEIR_EVERSION,
                         "model %s version %llu needs program version %s, this is %s", name,
                         version, manifest->min_sensor_version, terms->program_version);
    }
    if (terms->payload_max_bytes != 0 && manifest->payload_size > terms->payload_max_bytes) {
        return weir_fail(error, WEIR_ELIMIT, "model %s version %llu has %llu bytes, at most %zu",
                         name, version, (unsigned long long)manifest->payload_size,
                         terms->payload_max_bytes);
    }
    return 0;
}

void weir_model_artifact_hash(const void *bytes, size_t size, uint8_t hash[WEIR_MODEL_HASH_SIZE])
{
    (void)crypto_hash_sha256(hash, (const unsigned char *)bytes, size);
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t count = write(fd, bytes + done, size - done);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

static int write_beside(const char *path, const struct weir_buffer *bytes)
{
    char beside[4096];
    const int length = snprintf(beside, sizeof(beside), "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof(beside)) {
        errno = ENAMETOOLONG;
        return WEIR_EIO;
    }
    const int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0) {
        return WEIR_EIO;
    }
    const bool whole = write_all(fd, bytes->bytes, bytes->size) && fsync(fd) == 0;
    if (close(fd) != 0 || !whole || rename(beside, path) != 0) {
        const int reason = errno;
        (void)unlink(beside);
        errno = reason;
        return WEIR_EIO;
    }
    return 0;
}

int weir_model_artifact_save(const struct weir_model_artifact *artifact, const char *path,
                             struct weir_error *error)
{
    struct weir_buffer bytes = {0};
    int err = weir_model_artifact_encode(artifact, &bytes, error);
    if (err == 0) {
        err = write_beside(path, &bytes);
        if (err != 0) {
            err = weir_fail(error, err, "%s: %s", path, strerror(errno));
        }
    }
    weir_buffer_fini(&bytes);
    return err;
}

static int read_file(const char *path, struct weir_arena *arena, uint8_t **out, size_t *size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT ? WEIR_ENOENT : WEIR_EIO;
    }
    struct stat status;
    int err = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? 0 : WEIR_EIO;
    if (err == 0 && status.st_size > (off_t)(WEIR_MODEL_FILE_MAX + WEIR_FRAME_HEADER_SIZE)) {
        err = WEIR_ELIMIT;
    }
    uint8_t *bytes = NULL;
    if (err == 0) {
        bytes = (uint8_t *)weir_arena_take(arena, (size_t)status.st_size);
        err = bytes == NULL ? WEIR_ENOMEM : 0;
    }
    size_t done = 0;
    ssize_t count = 1;
    while (err == 0 && count > 0 && done < (size_t)status.st_size) {
        count = read(fd, bytes + done, (size_t)status.st_size - done);
        done += count > 0 ? (size_t)count : 0;
    }
    (void)close(fd);
    if (err == 0) {
        *out = bytes;
        *size = done;
    }
    return err;
}

int weir_model_artifact_load(const char *path, struct weir_arena *arena,
                             struct weir_model_artifact *out, struct weir_error *error)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    const int err = read_file(path, arena, &bytes, &size);
    if (err != 0) {
        return weir_fail(error, err, "%s: %s", path, weir_err_text(err));
    }
    struct weir_error reason = {0};
    const int decoded = weir_model_artifact_decode(bytes, size, arena, out, &reason);
    return decoded == 0 ? 0 : weir_fail(error, decoded, "%s: %s", path, reason.text);
}
