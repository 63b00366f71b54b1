/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/control/model_store.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#include "proto/model_artifact.h"
#include "proto/model_golden.h"

#define VERSIONS_MAX 64U
#define ARENA_LIMIT  (192U * 1024U * 1024U)
#define PATH_SIZE    4096U

static int check_artifact(const struct model_store_options *options,
                          const struct weir_model_artifact *artifact, uint64_t newer_than,
                          struct weir_error *error)
{
    const struct weir_feature_schema *schema = weir_feature_schema_find("sensor");
    struct weir_model_terms terms = {.now_us = weir_wall_now_us(),
                                     .newer_than = newer_than,
                                     .schema = {.hash = weir_feature_schema_hash(schema)},
                                     .program_version = WEIR_VERSION,
                                     .payload_max_bytes = options->model_max_bytes};
    (void)snprintf(terms.schema.name, sizeof(terms.schema.name), "%s", schema->name);
    const int code = weir_model_artifact_verify(artifact, options->trusted_public, error);
    return code != WEIR_OK ? code : weir_model_artifact_check(artifact, &terms, error);
}

int model_store_build(const struct model_store_options *options, const uint8_t *bytes, size_t size,
                      uint64_t newer_than, struct scorer_model **out, struct weir_error *error)
{
    struct weir_arena arena;
    struct weir_model_artifact artifact;
    struct scorer_model *built = (struct scorer_model *)calloc(1, sizeof(*built));
    if (built == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory for a model");
    }
    weir_arena_init(&arena, ARENA_LIMIT);
    int code = weir_model_artifact_decode(bytes, size, &arena, &artifact, error);
    code = code != WEIR_OK ? code : check_artifact(options, &artifact, newer_than, error);
    code = code != WEIR_OK ? code
                           : weir_model_golden_load(&artifact, weir_feature_schema_find("sensor"),
                                                    &built->model, error);
    if (code == WEIR_OK) {
        built->version = artifact.manifest.version;
        built->threshold = (float)artifact.manifest.threshold;
        *out = built;
    } else {
        scorer_model_free(built);
    }
    weir_arena_fini(&arena);
    return code;
}

static void model_path(const struct model_store_options *options, uint64_t version,
                       char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "%s/model-%" PRIu64 ".weir", options->folder, version);
}

static int newest_first(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return a > b ? -1 : a < b;
}

/* The versions on disk, newest first; gives how many. */
static size_t list_versions(const struct model_store_options *options,
                            uint64_t versions[VERSIONS_MAX])
{
    size_t count = 0;
    DIR *folder = opendir(options->folder);
    if (folder == NULL) {
        return 0;
    }
    const struct dirent *entry = NULL;
    while (count < VERSIONS_MAX && (entry = readdir(folder)) != NULL) {
        char *end = NULL;
        if (strncmp(entry->d_name, "model-", 6) != 0) {
            continue;
        }
        const uint64_t version = strtoull(entry->d_name + 6, &end, 10);
        if (version > 0 && strcmp(end, ".weir") == 0) {
            versions[count++] = version;
        }
    }
    (void)closedir(folder);
    qsort(versions, count, sizeof(versions[0]), newest_first);
    return count;
}

static int write_file(const char *path, const uint8_t *bytes, size_t size, struct weir_error *error)
{
    char beside[PATH_SIZE + 8];
    (void)snprintf(beside, sizeof(beside), "%s.new", path);
    FILE *file = fopen(beside, "wb");
    if (file == NULL) {
        return weir_fail(error, WEIR_EIO, "%s: %s", beside, strerror(errno));
    }
    const size_t written = fwrite(bytes, 1, size, file);
    const int is_synced = fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (fclose(file) != 0 || written != size || !is_synced || rename(beside, path) != 0) {
        (void)weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(errno));
        (void)unlink(beside);
        return WEIR_EIO;
    }
    return WEIR_OK;
}

int model_store_save(const struct model_store_options *options, uint64_t version,
                     const uint8_t *bytes, size_t size, struct weir_error *error)
{
    uint64_t versions[VERSIONS_MAX];
    char path[PATH_SIZE];
    if (options->folder == NULL) {
        return WEIR_OK;
    }
    if (mkdir(options->folder, 0700) != 0 && errno != EEXIST) {
        return weir_fail(error, WEIR_EIO, "%s: %s", options->folder, strerror(errno));
    }
    model_path(options, version, path);
    const int code = write_file(path, bytes, size, error);
    const size_t count = code == WEIR_OK ? list_versions(options, versions) : 0;
    for (size_t i = MODEL_STORE_GENERATIONS; i < count; i++) {
        model_path(options, versions[i], path);
        (void)unlink(path);
    }
    return code;
}

static int build_from_file(const struct model_store_options *options, const char *path,
                           struct scorer_model **out, struct weir_error *error)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        (void)weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(errno));
        if (file != NULL) {
            (void)fclose(file);
        }
        return WEIR_EIO;
    }
    const size_t size = status.st_size > 0 ? (size_t)status.st_size : 1;
    uint8_t *bytes = size > WEIR_MODEL_FILE_MAX ? NULL : (uint8_t *)malloc(size);
    int code = bytes == NULL ? weir_fail(error, WEIR_ELIMIT, "%s is too large", path) : WEIR_OK;
    if (code == WEIR_OK && fread(bytes, 1, size, file) != size) {
        code = weir_fail(error, WEIR_EIO, "%s: could not read all of it", path);
    }
    if (code == WEIR_OK) {
        code = model_store_build(options, bytes, size, 0, out, error);
    }
    free(bytes);
    (void)fclose(file);
    return code;
}

int model_store_load(const struct model_store_options *options, struct scorer_model **out,
                     struct weir_error *error)
{
    uint64_t versions[VERSIONS_MAX];
    char path[PATH_SIZE];
    const size_t count = options->folder == NULL ? 0 : list_versions(options, versions);
    for (size_t i = 0; i < count; i++) {
        model_path(options, versions[i], path);
        if (build_from_file(options, path, out, error) == WEIR_OK) {
            return WEIR_OK;
        }
        weir_log(WEIR_LOG_WARN, "model.generation_refused", "file=%s reason=\"%s\"", path,
                 error == NULL ? "" : error->text);
    }
    return WEIR_ENOENT;
}
