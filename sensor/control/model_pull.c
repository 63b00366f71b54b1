/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/control/model_pull.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"

#include "proto/model_artifact.h"

void model_pull_init(struct model_pull *pull, const struct model_store_options *store,
                     uint64_t active_version)
{
    *pull = (struct model_pull){.store = *store, .active_version = active_version};
}

void model_pull_fini(struct model_pull *pull)
{
    weir_buffer_fini(&pull->bytes);
}

static void reply_status(struct weir_control *reply, uint64_t version, enum weir_model_state state,
                         const char *sentence)
{
    memset(reply, 0, sizeof(*reply));
    reply->kind = WEIR_FRAME_MODEL_STATUS;
    reply->as.model_status.version = version;
    reply->as.model_status.state = state;
    (void)snprintf(reply->as.model_status.sentence, sizeof(reply->as.model_status.sentence), "%s",
                   sentence);
}

bool model_pull_resume(const struct model_pull *pull, struct weir_control *request)
{
    if (pull->offer.version == 0) {
        return false;
    }
    const uint64_t left = pull->offer.size - pull->bytes.size;
    memset(request, 0, sizeof(*request));
    request->kind = WEIR_FRAME_MODEL_PULL;
    request->as.model_pull =
        (struct weir_model_pull){.version = pull->offer.version,
                                 .offset = pull->bytes.size,
                                 .length = left < WEIR_MODEL_CHUNK_MAX ? (uint32_t)left
                                                                       : WEIR_MODEL_CHUNK_MAX};
    return true;
}

static void refuse(struct model_pull *pull, uint64_t version, const char *sentence,
                   struct weir_control *reply)
{
    weir_log(WEIR_LOG_WARN, "model.refused", "version=%" PRIu64 " reason=\"%s\"", version,
             sentence);
    pull->refused_version = version;
    pull->offer = (struct weir_model_offer){0};
    weir_buffer_reset(&pull->bytes);
    reply_status(reply, version, WEIR_MODEL_REFUSED, sentence);
}

static void on_offer(struct model_pull *pull, const struct weir_model_offer *offer,
                     struct weir_control *reply, bool *has_reply)
{
    const struct weir_feature_schema *schema = weir_feature_schema_find("sensor");
    char sentence[WEIR_SENTENCE_SIZE];
    *has_reply = true;
    if (offer->version == pull->active_version) {
        reply_status(reply, offer->version, WEIR_MODEL_ACTIVE, "already active");
    } else if (offer->schema.hash != weir_feature_schema_hash(schema)) {
        (void)snprintf(sentence, sizeof(sentence),
                       "model %.40s version %" PRIu64 " was trained on feature schema %.20s; this "
                       "sensor scores schema sensor (%016" PRIx64 "): train it on that",
                       offer->name, offer->version, offer->schema.name,
                       weir_feature_schema_hash(schema));
        refuse(pull, offer->version, sentence, reply);
    } else if (offer->size == 0 || offer->size > pull->store.model_max_bytes) {
        (void)snprintf(sentence, sizeof(sentence),
                       "model of %" PRIu64 " bytes; this sensor takes 1 to %zu", offer->size,
                       pull->store.model_max_bytes);
        refuse(pull, offer->version, sentence, reply);
    } else if (offer->version == pull->refused_version) {
        *has_reply = false;
    } else {
        if (memcmp(offer->hash, pull->offer.hash, sizeof(offer->hash)) != 0 ||
            offer->size != pull->offer.size) {
            weir_buffer_reset(&pull->bytes); /* what has come is of another file */
        }
        pull->offer = *offer;
        *has_reply = model_pull_resume(pull, reply);
    }
}

static void finish(struct model_pull *pull, struct weir_control *reply, struct scorer_model **out)
{
    struct weir_error error = {0};
    struct scorer_model *built = NULL;
    uint8_t hash[WEIR_MODEL_HASH_SIZE];
    const uint64_t version = pull->offer.version;
    weir_model_artifact_hash(pull->bytes.bytes, pull->bytes.size, hash);
    if (memcmp(hash, pull->offer.hash, sizeof(hash)) != 0) {
        refuse(pull, version, "the file received is not the one offered (hash)", reply);
        return;
    }
    int code = model_store_build(&pull->store, pull->bytes.bytes, pull->bytes.size,
                                 pull->active_version, &built, &error);
    code = code != WEIR_OK ? code
                           : model_store_save(&pull->store, version, pull->bytes.bytes,
                                              pull->bytes.size, &error);
    if (code != WEIR_OK) {
        scorer_model_free(built);
        refuse(pull, version, error.text, reply);
        return;
    }
    weir_log(WEIR_LOG_INFO, "model.activated", "name=%s version=%" PRIu64, pull->offer.name,
             version);
    pull->active_version = version;
    pull->offer = (struct weir_model_offer){0};
    weir_buffer_reset(&pull->bytes);
    reply_status(reply, version, WEIR_MODEL_ACTIVE, "golden vectors reproduced");
    *out = built;
}

static void on_chunk(struct model_pull *pull, const struct weir_model_chunk *chunk,
                     struct weir_control *reply, bool *has_reply, struct scorer_model **out)
{
    const bool is_wanted = pull->offer.version != 0 && chunk->version == pull->offer.version &&
                           chunk->offset == pull->bytes.size && chunk->size > 0 &&
                           chunk->size <= pull->offer.size - pull->bytes.size;
    if (!is_wanted) {
        return; /* an answer to a question asked before a cut */
    }
    *has_reply = true;
    weir_buffer_add(&pull->bytes, chunk->bytes, chunk->size);
    if (pull->bytes.failed) {
        refuse(pull, pull->offer.version, "out of memory for the model's bytes", reply);
    } else if (pull->bytes.size == pull->offer.size) {
        finish(pull, reply, out);
    } else {
        *has_reply = model_pull_resume(pull, reply);
    }
}

void model_pull_on_control(struct model_pull *pull, const struct weir_control *control,
                           struct weir_control *reply, bool *has_reply, struct scorer_model **out)
{
    *has_reply = false;
    if (control->kind == WEIR_FRAME_MODEL_OFFER) {
        on_offer(pull, &control->as.model_offer, reply, has_reply);
    } else if (control->kind == WEIR_FRAME_MODEL_CHUNK) {
        on_chunk(pull, &control->as.model_chunk, reply, has_reply, out);
    }
}
