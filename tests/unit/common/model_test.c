/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"

#include "common/model/payload.h"
#include "common/model/tree_ensemble.h"

#include "tests/support/weir_test.h"

#define FLIPS 4000

/* duration < 10 ? 0.1 : (service == 20 ? 0.9 : 0.4), identity link */
static void encode_model(enum weir_model_kind kind, uint64_t schema_hash, struct weir_buffer *out)
{
    static const struct weir_tree_node nodes[] = {
        {.column = 0, .category = WEIR_TREE_NUMBER, .value = 10.0F, .left = 1},
        {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = 0.1F},
        {.column = 2, .category = 20, .left = 3},
        {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = 0.4F},
        {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = 0.9F},
    };
    static const uint32_t tree_nodes[] = {5};
    const struct weir_tree_ensemble_options options = {.link = WEIR_TREE_LINK_IDENTITY,
                                                       .nodes = nodes,
                                                       .tree_nodes = tree_nodes,
                                                       .tree_count = 1};
    struct weir_buffer body = {0};
    weir_tree_ensemble_encode(&options, &body);
    const struct weir_payload payload = {.kind = kind,
                                         .schema_hash = schema_hash,
                                         .body = body.bytes,
                                         .body_bytes = body.size};
    weir_payload_encode(&payload, out);
    weir_buffer_fini(&body);
}

static void encode_kdd41(struct weir_buffer *out)
{
    encode_model(WEIR_MODEL_FOREST, weir_feature_schema_hash(weir_feature_schema_find("kdd41")),
                 out);
}

static void a_loaded_model_scores_and_knows_what_it_is(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    struct weir_model *model = NULL;
    float vectors[2 * 41] = {0.0F};
    float scores[2];
    encode_kdd41(&bytes);
    assert_err(weir_model_load(bytes.bytes, bytes.size, NULL, &model, NULL), 0);
    weir_buffer_fini(&bytes); /* the model keeps nothing of it */
    vectors[41] = 10.0F;
    vectors[41 + 2] = 20.0F;
    weir_model_score_many(model, vectors, 2, scores);
    assert_true(scores[0] == 0.1F && scores[1] == 0.9F);
    assert_true(weir_model_score(model, vectors + 41) == scores[1]);
    assert_int_equal(weir_model_kind_of(model), WEIR_MODEL_FOREST);
    assert_string_equal(weir_model_schema(model)->name, "kdd41");
    assert_true(weir_model_schema_hash(model) ==
                weir_feature_schema_hash(weir_model_schema(model)));
    weir_model_free(model);
    weir_model_free(NULL);
}

static void a_model_of_another_schema_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    struct weir_model *model = NULL;
    struct weir_error error = {0};
    encode_kdd41(&bytes);
    assert_err(weir_model_load(bytes.bytes, bytes.size, weir_feature_schema_find("sensor"), &model,
                               &error),
               WEIR_ESCHEMA);
    assert_non_null(strstr(error.text, "kdd41"));
    assert_non_null(strstr(error.text, "sensor"));
    weir_buffer_reset(&bytes);
    encode_model(WEIR_MODEL_FOREST, 42, &bytes);
    assert_err(weir_model_load(bytes.bytes, bytes.size, NULL, &model, &error), WEIR_ESCHEMA);
    assert_null(model);
    weir_buffer_fini(&bytes);
}

static void a_kind_that_cannot_be_scored_yet_is_refused(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    struct weir_model *model = NULL;
    encode_model(WEIR_MODEL_SVM, weir_feature_schema_hash(weir_feature_schema_find("kdd41")),
                 &bytes);
    assert_err(weir_model_load(bytes.bytes, bytes.size, NULL, &model, NULL), WEIR_EVERSION);
    weir_buffer_reset(&bytes);
    encode_model((enum weir_model_kind)77,
                 weir_feature_schema_hash(weir_feature_schema_find("kdd41")), &bytes);
    assert_err(weir_model_load(bytes.bytes, bytes.size, NULL, &model, NULL), WEIR_EFORMAT);
    weir_buffer_fini(&bytes);
}

/* Loads a copy of exactly this size, so that the address sanitizer sees a read past its end. */
static int load_copy(const uint8_t *bytes, size_t size)
{
    struct weir_model *model = NULL;
    uint8_t *copy = malloc(size + (size == 0 ? 1 : 0));
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    const int err = weir_model_load(copy, size, NULL, &model, NULL);
    free(copy);
    weir_model_free(model);
    return err;
}

static void a_payload_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    encode_kdd41(&bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        assert_true(load_copy(bytes.bytes, size) != 0);
    }
    weir_buffer_add_u8(&bytes, 0);
    assert_true(load_copy(bytes.bytes, bytes.size) != 0);
    weir_buffer_fini(&bytes);
}

static void a_payload_with_any_bit_flipped_is_refused(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    encode_kdd41(&bytes);
    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        bytes.bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_true(load_copy(bytes.bytes, bytes.size) != 0);
        bytes.bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    weir_buffer_fini(&bytes);
}

/* A forger can make the checksum fit, so the body must be safe without it. */
static void a_forged_body_is_refused_or_scores_finitely(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    struct weir_rng rng;
    size_t loaded = 0;
    encode_kdd41(&bytes);
    weir_rng_init(&rng, 3);
    for (int i = 0; i < FLIPS; i++) {
        struct weir_payload payload = {0};
        struct weir_buffer forged = {0};
        struct weir_model *model = NULL;
        uint8_t body[128];
        assert_err(weir_payload_decode(bytes.bytes, bytes.size, &payload, NULL), 0);
        assert_true(payload.body_bytes <= sizeof(body));
        memcpy(body, payload.body, payload.body_bytes);
        for (uint64_t flips = 1 + weir_rng_below(&rng, 3); flips > 0; flips--) {
            body[weir_rng_below(&rng, payload.body_bytes)] ^=
                (uint8_t)(1U << weir_rng_below(&rng, 8));
        }
        payload.body = body;
        weir_payload_encode(&payload, &forged);
        if (weir_model_load(forged.bytes, forged.size, NULL, &model, NULL) == 0) {
            const float vector[41] = {11.0F};
            const float score = weir_model_score(model, vector);
            assert_true(score >= 0.0F && score <= 1.0F);
            loaded++;
        }
        weir_model_free(model);
        weir_buffer_fini(&forged);
    }
    assert_true(loaded > 0 && loaded < FLIPS);
    weir_buffer_fini(&bytes);
}

static void every_kind_has_a_text(void **state)
{
    (void)state;
    for (int kind = 1; kind <= 10; kind++) {
        assert_non_null(weir_model_kind_text((enum weir_model_kind)kind));
    }
    assert_null(weir_model_kind_text((enum weir_model_kind)0));
    assert_null(weir_model_kind_text((enum weir_model_kind)11));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_model_scores_and_knows_what_it_is),
        cmocka_unit_test(a_model_of_another_schema_is_refused_with_a_sentence),
        cmocka_unit_test(a_kind_that_cannot_be_scored_yet_is_refused),
        cmocka_unit_test(a_payload_cut_at_any_byte_is_refused),
        cmocka_unit_test(a_payload_with_any_bit_flipped_is_refused),
        cmocka_unit_test(a_forged_body_is_refused_or_scores_finitely),
        cmocka_unit_test(every_kind_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
