/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/model_choice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"

static int find_version(struct connection *connection, const char *word, uint64_t *version,
                        struct weir_error *error)
{
    const size_t length = strlen(word);
    if (length == 0 || length > 18 || strspn(word, "0123456789") != length) {
        return models_newest(connection, word, version, error);
    }
    *version = strtoull(word, NULL, 10);
    return WEIR_OK;
}

int model_choice_init(struct model_choice *choice, struct connection *connection, const char *word,
                      struct weir_error *error)
{
    struct model_choice found = {0};
    int err = find_version(connection, word, &found.version, error);
    if (err == WEIR_OK) {
        err = models_fetch(connection, found.version, &found.stored, error);
    }
    if (err != WEIR_OK) {
        return err;
    }
    struct weir_error why = {0};
    weir_arena_init(&found.arena, 0);
    err = weir_model_artifact_decode(found.stored.bytes, found.stored.size, &found.arena,
                                     &found.artifact, &why);
    if (err != WEIR_OK) {
        model_choice_fini(&found);
        return weir_fail(error, err, "model %" PRIu64 " is stored damaged: %s", found.version,
                         why.text);
    }
    *choice = found;
    return WEIR_OK;
}

void model_choice_fini(struct model_choice *choice)
{
    models_artifact_fini(&choice->stored);
    weir_arena_fini(&choice->arena);
}

int model_choice_store(struct model_choice *choice, struct connection *connection,
                       struct weir_error *error)
{
    struct weir_buffer file = {0};
    int err = weir_model_artifact_encode(&choice->artifact, &file, error);
    if (err == WEIR_OK) {
        const struct models_artifact stored = {.version = choice->version,
                                               .bytes = file.bytes,
                                               .size = file.size};
        err = models_set_artifact(connection, &stored, error);
    }
    weir_buffer_fini(&file);
    return err;
}
