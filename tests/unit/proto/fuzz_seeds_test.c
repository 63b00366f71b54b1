/* SPDX-License-Identifier: Apache-2.0
 *
 * The seeds of tests/fuzz/proto are what today's encoders write. With WEIR_WRITE_SEEDS set in the
 * environment this program writes them anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/control_codec.h"
#include "proto/flow_batch_codec.h"
#include "proto/model_artifact.h"

#include "tests/support/control_samples.h"
#include "tests/support/random_batch.h"
#include "tests/support/random_extras.h"
#include "tests/support/weir_test.h"

#define SEED_MAX   32768U
#define KIND_COUNT 12

/* Writes the seed, or compares the file with it. */
static void keep_seed(const char *target, const char *name, const uint8_t *bytes, size_t size)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/fuzz/proto/%s.in", WEIR_TESTS_DIR, target);
    const bool writing = getenv("WEIR_WRITE_SEEDS") != NULL;
    if (writing) {
        (void)mkdir(path, 0755);
    }
    (void)snprintf(path, sizeof(path), "%s/fuzz/proto/%s.in/%s", WEIR_TESTS_DIR, target, name);
    FILE *file = fopen(path, writing ? "wb" : "rb");
    assert_non_null(file);
    uint8_t *kept = (uint8_t *)calloc(1, SEED_MAX);
    assert_non_null(kept);
    if (writing) {
        assert_int_equal(fwrite(bytes, 1, size, file), size);
    } else {
        assert_int_equal(fread(kept, 1, SEED_MAX, file), size);
        assert_memory_equal(kept, bytes, size);
    }
    (void)fclose(file);
    free(kept);
}

static void batches_are_seeds(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 3, 12};
    struct weir_flow_batch_encoder *encoder = NULL;
    struct weir_arena extras;
    struct weir_rng rng;
    weir_arena_init(&extras, 0);
    weir_rng_init(&rng, 4);
    assert_err(weir_flow_batch_encoder_new(WEIR_ZSTD_LEVEL_NONE, &encoder), 0);
    for (size_t i = 0; i < 4; i++) {
        struct weir_flow_record records[12];
        struct weir_flow_batch batch;
        struct weir_buffer bytes = {0};
        char name[32];
        weir_arena_reset(&extras);
        test_random_batch(&rng, 0.7, records, counts[i], &batch);
        test_random_extras(&rng, 0.7, &extras, &batch);
        assert_err(weir_flow_batch_encode(encoder, &batch, &bytes, NULL), 0);
        (void)snprintf(name, sizeof(name), "records_%zu", counts[i]);
        keep_seed("fuzz_frame", name, bytes.bytes, bytes.size);
        keep_seed("fuzz_flow_batch", name, bytes.bytes + WEIR_FRAME_HEADER_SIZE,
                  bytes.size - WEIR_FRAME_HEADER_SIZE);
        weir_buffer_fini(&bytes);
    }
    weir_flow_batch_encoder_free(encoder);
    weir_arena_fini(&extras);
}

static void control_messages_are_seeds(void **state)
{
    (void)state;
    for (int kind = 1; kind <= KIND_COUNT; kind++) {
        struct weir_control control;
        struct weir_buffer bytes = {0};
        if (!test_control_sample((enum weir_frame_kind)kind, false, &control)) {
            continue;
        }
        assert_err(weir_control_encode(&control, &bytes, NULL), 0);
        keep_seed("fuzz_frame", weir_frame_kind_text(kind), bytes.bytes, bytes.size);
        uint8_t *seed = bytes.bytes + WEIR_FRAME_HEADER_SIZE - 1;
        *seed = (uint8_t)kind;
        keep_seed("fuzz_control_codec", weir_frame_kind_text(kind), seed,
                  bytes.size - WEIR_FRAME_HEADER_SIZE + 1);
        weir_buffer_fini(&bytes);
    }
}

static void a_model_file_is_a_seed(void **state)
{
    (void)state;
    static const uint8_t payload[16] = {1, 2, 3};
    static const float inputs[4] = {0.0F, 1.0F, 2.0F, 3.0F};
    static const float scores[2] = {0.0F, 0.5F};
    struct weir_model_artifact artifact;
    struct weir_arena arena;
    struct weir_buffer bytes = {0};
    memset(&artifact, 0, sizeof(artifact));
    weir_arena_init(&arena, 0);
    (void)snprintf(artifact.manifest.name, WEIR_MODEL_NAME_SIZE, "forest");
    artifact.manifest.version = 1;
    artifact.manifest.metric_count = 2;
    artifact.payload = payload;
    artifact.golden_inputs = inputs;
    artifact.golden_scores = scores;
    artifact.golden_rows = 2;
    artifact.golden_columns = 2;
    assert_err(weir_model_artifact_seal(&artifact, sizeof(payload), &arena, NULL), 0);
    artifact.signature_count = 1; /* of zeros: a signature that is none, the same each time */
    assert_err(weir_model_artifact_encode(&artifact, &bytes, NULL), 0);
    keep_seed("fuzz_model_artifact", "unsigned", bytes.bytes + WEIR_FRAME_HEADER_SIZE,
              bytes.size - WEIR_FRAME_HEADER_SIZE);
    weir_buffer_fini(&bytes);
    weir_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_seeds),
        cmocka_unit_test(control_messages_are_seeds),
        cmocka_unit_test(a_model_file_is_a_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
