/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model_artifact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/frame.h"

#include "tests/support/weir_test.h"

#define NOW_US INT64_C(1767600000000000)

static const uint8_t payload[200] = {1, 2, 3, 4};
static const float golden_inputs[6] = {0.0F, -1.0F, 2.5F, 1e-30F, 3.0F, 4.0F};
static const float golden_scores[2] = {0.25F, 1.0F};

struct fixture {
    struct weir_arena arena;
    struct weir_sign_key key;
    struct weir_model_artifact artifact;
    struct weir_buffer bytes;
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    weir_arena_init(&f->arena, 0);
    assert_err(weir_sign_key_init(&f->key), 0);
    struct weir_model_manifest *manifest = &f->artifact.manifest;
    (void)snprintf(manifest->name, sizeof(manifest->name), "branch forest");
    manifest->version = 7;
    (void)snprintf(manifest->kind, sizeof(manifest->kind), "forest");
    (void)snprintf(manifest->schema.name, sizeof(manifest->schema.name), "sensor");
    manifest->schema.hash = 0x1234;
    manifest->created_us = NOW_US;
    manifest->expires_us = NOW_US + 1000;
    (void)snprintf(manifest->min_sensor_version, sizeof(manifest->min_sensor_version), "0.1.0");
    manifest->trained_to_us = NOW_US;
    manifest->metric_count = 1;
    (void)snprintf(manifest->metrics[0].name, WEIR_MODEL_METRIC_SIZE, "auc");
    manifest->metrics[0].value = 0.99;
    manifest->threshold = 0.5;
    f->artifact.payload = payload;
    f->artifact.golden_inputs = golden_inputs;
    f->artifact.golden_scores = golden_scores;
    f->artifact.golden_rows = 2;
    f->artifact.golden_columns = 3;
    assert_err(weir_model_artifact_seal(&f->artifact, sizeof(payload), &f->arena, NULL), 0);
    assert_err(weir_model_artifact_sign(&f->artifact, &f->key, NULL), 0);
    assert_err(weir_model_artifact_encode(&f->artifact, &f->bytes, NULL), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    weir_arena_fini(&f->arena);
    weir_buffer_fini(&f->bytes);
    free(f);
    return 0;
}

static void an_artefact_comes_back_and_verifies(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_model_artifact got;
    assert_err(weir_model_artifact_decode(f->bytes.bytes, f->bytes.size, &f->arena, &got, NULL), 0);
    assert_memory_equal(&got.manifest, &f->artifact.manifest, sizeof(got.manifest));
    assert_memory_equal(got.payload, payload, sizeof(payload));
    assert_int_equal(got.golden_rows, 2);
    assert_int_equal(got.golden_columns, 3);
    assert_memory_equal(got.golden_inputs, golden_inputs, sizeof(golden_inputs));
    assert_memory_equal(got.golden_scores, golden_scores, sizeof(golden_scores));
    assert_err(weir_model_artifact_verify(&got, f->key.public_key, NULL), 0);
}

static void another_key_or_none_does_not_verify(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_sign_key other;
    struct weir_error error = {0};
    assert_err(weir_sign_key_init(&other), 0);
    assert_err(weir_model_artifact_verify(&f->artifact, other.public_key, &error), WEIR_EPERM);
    assert_non_null(strstr(error.text, "weir:"));
    /* A signature that claims the trusted key but was made with another. */
    f->artifact.signature_count = 0;
    assert_err(weir_model_artifact_sign(&f->artifact, &other, NULL), 0);
    memcpy(f->artifact.signatures[0].public_key, f->key.public_key, WEIR_SIGN_PUBLIC_SIZE);
    assert_err(weir_model_artifact_verify(&f->artifact, f->key.public_key, NULL), WEIR_EPERM);
    other.has_secret = false;
    assert_err(weir_model_artifact_sign(&f->artifact, &other, NULL), WEIR_EPERM);
}

static void several_signatures_are_kept(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_sign_key second;
    struct weir_model_artifact got;
    assert_err(weir_sign_key_init(&second), 0);
    assert_err(weir_model_artifact_decode(f->bytes.bytes, f->bytes.size, &f->arena, &got, NULL), 0);
    assert_err(weir_model_artifact_sign(&got, &second, NULL), 0);
    weir_buffer_reset(&f->bytes);
    assert_err(weir_model_artifact_encode(&got, &f->bytes, NULL), 0);
    assert_err(weir_model_artifact_decode(f->bytes.bytes, f->bytes.size, &f->arena, &got, NULL), 0);
    assert_err(weir_model_artifact_verify(&got, f->key.public_key, NULL), 0);
    assert_err(weir_model_artifact_verify(&got, second.public_key, NULL), 0);
    while (got.signature_count < WEIR_MODEL_SIGNATURES_MAX) {
        assert_err(weir_model_artifact_sign(&got, &second, NULL), 0);
    }
    assert_err(weir_model_artifact_sign(&got, &second, NULL), WEIR_EFULL);
}

static void a_file_cut_at_any_byte_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_model_artifact got;
    for (size_t size = 0; size < f->bytes.size; size++) {
        assert_true(weir_model_artifact_decode(f->bytes.bytes, size, &f->arena, &got, NULL) != 0);
    }
}

/* With the frame's hash put right, so that each flip reaches the codec and the signature. */
static void a_file_with_any_bit_flipped_never_verifies(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const size_t size = f->bytes.size - WEIR_FRAME_HEADER_SIZE;
    uint8_t *bytes = f->bytes.bytes + WEIR_FRAME_HEADER_SIZE;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        struct weir_arena arena;
        struct weir_buffer damaged = {0};
        struct weir_model_artifact got;
        weir_arena_init(&arena, 4 * 1024 * 1024);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_err(weir_frame_encode(WEIR_FRAME_MODEL_FILE, bytes, size, &damaged), 0);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        int err = weir_model_artifact_decode(damaged.bytes, damaged.size, &arena, &got, NULL);
        if (err == 0) {
            err = weir_model_artifact_verify(&got, f->key.public_key, NULL);
        }
        assert_true(err != 0);
        weir_buffer_fini(&damaged);
        weir_arena_fini(&arena);
    }
}

static void terms_that_are_not_met_are_named(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct weir_model_terms good = {
        .now_us = NOW_US,
        .newer_than = 6,
        .schema = {.name = "sensor", .hash = 0x1234},
        .program_version = "0.1.0",
        .payload_max_bytes = sizeof(payload),
    };
    assert_err(weir_model_artifact_check(&f->artifact, &good, NULL), 0);
    struct weir_model_terms terms = good;
    terms.newer_than = 7;
    assert_err(weir_model_artifact_check(&f->artifact, &terms, NULL), WEIR_ECONFLICT);
    terms = good;
    terms.now_us = NOW_US + 1000;
    assert_err(weir_model_artifact_check(&f->artifact, &terms, NULL), WEIR_ECONFLICT);
    terms = good;
    terms.schema.hash++;
    struct weir_error error = {0};
    assert_err(weir_model_artifact_check(&f->artifact, &terms, &error), WEIR_ESCHEMA);
    assert_non_null(strstr(error.text, "trained for schema sensor"));
    terms = good;
    terms.program_version = "0.0.99";
    assert_err(weir_model_artifact_check(&f->artifact, &terms, NULL), WEIR_EVERSION);
    terms.program_version = "0.10";
    assert_err(weir_model_artifact_check(&f->artifact, &terms, NULL), 0);
    terms = good;
    terms.payload_max_bytes--;
    assert_err(weir_model_artifact_check(&f->artifact, &terms, NULL), WEIR_ELIMIT);
}

static void what_cannot_be_sealed_says_why(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_error error = {0};
    f->artifact.manifest.threshold = 2.0;
    assert_err(weir_model_artifact_seal(&f->artifact, 1, &f->arena, &error), WEIR_EINVAL);
    assert_non_null(strstr(error.text, "threshold"));
    f->artifact.manifest.threshold = 0.5;
    f->artifact.manifest.version = 0;
    assert_err(weir_model_artifact_seal(&f->artifact, 1, &f->arena, NULL), WEIR_EINVAL);
    f->artifact.body = NULL;
    assert_err(weir_model_artifact_encode(&f->artifact, &f->bytes, NULL), WEIR_EINVAL);
}

static void a_file_is_saved_whole_and_loaded(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    char folder[] = "/tmp/weir-model-XXXXXX";
    char path[64];
    struct weir_model_artifact got;
    struct weir_error error = {0};
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/model", folder);
    assert_err(weir_model_artifact_load(path, &f->arena, &got, &error), WEIR_ENOENT);
    assert_non_null(strstr(error.text, path));
    assert_err(weir_model_artifact_save(&f->artifact, path, NULL), 0);
    assert_err(weir_model_artifact_load(path, &f->arena, &got, NULL), 0);
    assert_err(weir_model_artifact_verify(&got, f->key.public_key, NULL), 0);
    assert_int_equal(truncate(path, 100), 0);
    assert_err(weir_model_artifact_load(path, &f->arena, &got, NULL), WEIR_ETRUNC);
    (void)unlink(path);
    (void)rmdir(folder);
}

/* SHA-256 of "abc", FIPS 180-2. */
static void the_hash_of_an_offer_is_sha256(void **state)
{
    (void)state;
    uint8_t hash[WEIR_MODEL_HASH_SIZE];
    weir_model_artifact_hash("abc", 3, hash);
    assert_memory_equal(hash, "\xba\x78\x16\xbf\x8f\x01\xcf\xea", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_artefact_comes_back_and_verifies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_key_or_none_does_not_verify, set_up, tear_down),
        cmocka_unit_test_setup_teardown(several_signatures_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_cut_at_any_byte_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_with_any_bit_flipped_never_verifies, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(terms_that_are_not_met_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_sealed_says_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_saved_whole_and_loaded, set_up, tear_down),
        cmocka_unit_test(the_hash_of_an_offer_is_sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
