/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/rollout/model_offer.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"

#include "proto/model_artifact.h"

#define ARENA_LIMIT ((size_t)192 * 1024 * 1024)

void model_offer_fini(struct model_offer *offer)
{
    free(offer->bytes);
    *offer = (struct model_offer){0};
}

int model_offer_load(struct model_offer *offer, const uint8_t *bytes, size_t size,
                     struct weir_error *error)
{
    struct weir_arena arena;
    struct weir_model_artifact artifact;
    uint8_t *copy = (uint8_t *)malloc(size == 0 ? 1 : size);
    if (copy == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory for a model");
    }
    weir_arena_init(&arena, ARENA_LIMIT);
    const int code = weir_model_artifact_decode(bytes, size, &arena, &artifact, error);
    if (code == WEIR_OK) {
        const struct weir_model_manifest *manifest = &artifact.manifest;
        memcpy(copy, bytes, size);
        free(offer->bytes);
        offer->bytes = copy;
        offer->terms = (struct weir_model_offer){.version = manifest->version,
                                                 .schema = manifest->schema,
                                                 .size = size};
        memcpy(offer->terms.name, manifest->name, sizeof(offer->terms.name));
        memcpy(offer->terms.kind, manifest->kind, sizeof(offer->terms.kind));
        weir_model_artifact_hash(bytes, size, offer->terms.hash);
    } else {
        free(copy);
    }
    weir_arena_fini(&arena);
    return code;
}

bool model_offer_message(const struct model_offer *offer, struct weir_control *out)
{
    if (offer->terms.version == 0) {
        return false;
    }
    memset(out, 0, sizeof(*out));
    out->kind = WEIR_FRAME_MODEL_OFFER;
    out->as.model_offer = offer->terms;
    return true;
}

bool model_offer_chunk(const struct model_offer *offer, const struct weir_model_pull *pull,
                       struct weir_control *out)
{
    if (pull->version != offer->terms.version || pull->offset >= offer->terms.size ||
        pull->length == 0) {
        return false;
    }
    const uint64_t left = offer->terms.size - pull->offset;
    const uint64_t wanted =
        pull->length < WEIR_MODEL_CHUNK_MAX ? pull->length : WEIR_MODEL_CHUNK_MAX;
    memset(out, 0, sizeof(*out));
    out->kind = WEIR_FRAME_MODEL_CHUNK;
    out->as.model_chunk =
        (struct weir_model_chunk){.version = pull->version,
                                  .offset = pull->offset,
                                  .bytes = offer->bytes + pull->offset,
                                  .size = (size_t)(wanted < left ? wanted : left)};
    return true;
}
