/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/arena.h"
#include "common/base/rng.h"

#include "collector/learn/candidate.h"

#include "tests/support/weir_test.h"

#define ROWS 600

struct trained {
    struct sample_set set;
    uint32_t at[ROWS];
    struct fit fit;
};

static int setup(void **state)
{
    static struct trained trained;
    const struct fit_options options = {.kind = WEIR_MODEL_FOREST,
                                        .forest = {.trees = 12,
                                                   .depth = 5,
                                                   .row_share_0_1 = 0.7,
                                                   .column_share_0_1 = 0.5,
                                                   .seed = 4,
                                                   .threads = 1}};
    struct weir_rng rng;
    weir_rng_init(&rng, 9);
    sample_set_init(&trained.set, weir_feature_schema_find("kdd41"));
    for (uint32_t i = 0; i < ROWS; i++) {
        float vector[WEIR_FEATURES_MAX] = {0.0F};
        vector[0] = (float)weir_rng_below(&rng, 100);
        vector[3] = (float)weir_rng_below(&rng, 11);
        const bool attack = vector[0] > 60.0F || vector[3] == 2.0F;
        trained.at[i] = i;
        if (sample_set_add(&trained.set, vector, attack ? SAMPLE_SET_ATTACK : SAMPLE_SET_NORMAL) !=
            0) {
            return -1;
        }
    }
    *state = &trained;
    return fit_model(&options, &trained.set, trained.at, ROWS, &trained.fit, NULL);
}

static int teardown(void **state)
{
    struct trained *trained = *state;
    fit_fini(&trained->fit);
    sample_set_fini(&trained->set);
    return 0;
}

static struct candidate candidate_of(const struct trained *trained)
{
    return (struct candidate){
        .name = "branch",
        .version = 7,
        .created_us = 1000,
        .threshold = 0.25,
        .fit = &trained->fit,
        .set = &trained->set,
        .rows = trained->at,
        .row_count = ROWS,
        .metrics = {{.part = "held_out", .metric = "f1", .value = 0.5, .low = 0.4, .high = 0.6}},
        .metric_count = 1,
    };
}

static void the_artefact_carries_what_a_sensor_must_check(void **state)
{
    const struct trained *trained = *state;
    const struct candidate candidate = candidate_of(trained);
    struct weir_buffer bytes = {0};
    struct weir_arena arena;
    struct weir_model_artifact artifact;
    struct weir_error error = {0};
    weir_arena_init(&arena, 0);
    assert_err(candidate_encode(&candidate, &bytes, &error), 0);
    assert_err(weir_model_artifact_decode(bytes.bytes, bytes.size, &arena, &artifact, &error), 0);
    assert_string_equal(artifact.manifest.name, "branch");
    assert_string_equal(artifact.manifest.kind, "forest");
    assert_string_equal(artifact.manifest.schema.name, "kdd41");
    assert_true(artifact.manifest.schema.hash == weir_feature_schema_hash(trained->set.schema));
    assert_true(artifact.manifest.threshold == 0.25);
    assert_int_equal(artifact.manifest.metric_count, 1);
    assert_string_equal(artifact.manifest.metrics[0].name, "held_out.f1");
    assert_int_equal(artifact.signature_count, 0);
    weir_buffer_fini(&bytes);
    weir_arena_fini(&arena);
}

static void a_loaded_payload_reproduces_the_golden_vectors_bit_for_bit(void **state)
{
    const struct trained *trained = *state;
    const struct candidate candidate = candidate_of(trained);
    struct weir_buffer bytes = {0};
    struct weir_arena arena;
    struct weir_model_artifact artifact;
    struct weir_model *model = NULL;
    weir_arena_init(&arena, 0);
    assert_err(candidate_encode(&candidate, &bytes, NULL), 0);
    assert_err(weir_model_artifact_decode(bytes.bytes, bytes.size, &arena, &artifact, NULL), 0);
    assert_err(weir_model_load(artifact.payload, artifact.manifest.payload_size,
                               weir_feature_schema_find("kdd41"), &model, NULL),
               0);
    assert_int_equal(artifact.golden_rows, 64);
    for (size_t i = 0; i < artifact.golden_rows; i++) {
        const float score =
            weir_model_score(model, artifact.golden_inputs + i * artifact.golden_columns);
        assert_memory_equal(&score, &artifact.golden_scores[i], sizeof(score));
    }
    weir_model_free(model);
    weir_buffer_fini(&bytes);
    weir_arena_fini(&arena);
}

static void the_same_candidate_gives_the_same_bytes(void **state)
{
    const struct candidate candidate = candidate_of(*state);
    struct weir_buffer bytes[2] = {{0}, {0}};
    assert_err(candidate_encode(&candidate, &bytes[0], NULL), 0);
    assert_err(candidate_encode(&candidate, &bytes[1], NULL), 0);
    assert_int_equal(bytes[0].size, bytes[1].size);
    assert_memory_equal(bytes[0].bytes, bytes[1].bytes, bytes[0].size);
    weir_buffer_fini(&bytes[0]);
    weir_buffer_fini(&bytes[1]);
}

static void another_row_gives_another_digest(void **state)
{
    struct trained *trained = *state;
    uint8_t before[WEIR_MODEL_DIGEST_SIZE];
    uint8_t after[WEIR_MODEL_DIGEST_SIZE];
    candidate_digest(&trained->set, before);
    trained->set.labels[3] ^= 1U;
    candidate_digest(&trained->set, after);
    trained->set.labels[3] ^= 1U;
    assert_memory_not_equal(before, after, sizeof(before));
    candidate_digest(&trained->set, after);
    assert_memory_equal(before, after, sizeof(before));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_artefact_carries_what_a_sensor_must_check),
        cmocka_unit_test(a_loaded_payload_reproduces_the_golden_vectors_bit_for_bit),
        cmocka_unit_test(the_same_candidate_gives_the_same_bytes),
        cmocka_unit_test(another_row_gives_another_digest),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
