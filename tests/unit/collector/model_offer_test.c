/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/rollout/model_offer.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/model_file.h"
#include "tests/support/weir_test.h"

static void nothing_is_offered_before_a_model_is_there(void **state)
{
    struct model_offer offer = {0};
    const struct weir_model_pull pull = {.version = 0, .offset = 0, .length = 10};
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    (void)state;
    assert_non_null(control);
    assert_false(model_offer_message(&offer, control));
    assert_false(model_offer_chunk(&offer, &pull, control));
    model_offer_fini(&offer);
    free(control);
}

static void chunks_put_together_are_the_file_that_was_offered(void **state)
{
    struct model_offer offer = {0};
    struct weir_buffer file = {0};
    struct weir_buffer got = {0};
    uint8_t hash[WEIR_MODEL_HASH_SIZE];
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    (void)state;
    assert_non_null(control);
    model_file_encode("sensor", 3, MODEL_FILE_LONG, &file);
    assert_err(model_offer_load(&offer, file.bytes, file.size, NULL), WEIR_OK);
    assert_true(model_offer_message(&offer, control));
    assert_int_equal(control->kind, WEIR_FRAME_MODEL_OFFER);
    const struct weir_model_offer terms = control->as.model_offer;
    assert_int_equal(terms.version, 3);
    assert_int_equal(terms.size, file.size);
    assert_string_equal(terms.schema.name, "sensor");
    struct weir_model_pull pull = {.version = 3, .length = 100};
    while (model_offer_chunk(&offer, &pull, control)) {
        assert_int_equal(control->as.model_chunk.offset, pull.offset);
        assert_true(control->as.model_chunk.size > 0 && control->as.model_chunk.size <= 100);
        weir_buffer_add(&got, control->as.model_chunk.bytes, control->as.model_chunk.size);
        pull.offset += control->as.model_chunk.size;
    }
    assert_int_equal(got.size, file.size);
    weir_model_artifact_hash(got.bytes, got.size, hash);
    assert_memory_equal(hash, terms.hash, sizeof(hash));
    weir_buffer_fini(&file);
    weir_buffer_fini(&got);
    model_offer_fini(&offer);
    free(control);
}

static void what_is_not_on_offer_is_not_given(void **state)
{
    struct model_offer offer = {0};
    struct weir_buffer file = {0};
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    (void)state;
    assert_non_null(control);
    model_file_encode("sensor", 3, MODEL_FILE_LONG, &file);
    assert_err(model_offer_load(&offer, file.bytes, file.size, NULL), WEIR_OK);
    const struct weir_model_pull others[] = {
        {.version = 2, .offset = 0, .length = 10},
        {.version = 3, .offset = file.size, .length = 10},
        {.version = 3, .offset = UINT64_MAX, .length = 10},
        {.version = 3, .offset = 0, .length = 0},
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(model_offer_chunk(&offer, &others[i], control));
    }
    weir_buffer_fini(&file);
    model_offer_fini(&offer);
    free(control);
}

static void a_broken_file_leaves_the_offer_as_it_was(void **state)
{
    struct model_offer offer = {0};
    struct weir_buffer file = {0};
    struct weir_error error = {0};
    (void)state;
    model_file_encode("sensor", 3, MODEL_FILE_LONG, &file);
    assert_err(model_offer_load(&offer, file.bytes, file.size, NULL), WEIR_OK);
    file.bytes[file.size / 2] ^= 1;
    assert_true(model_offer_load(&offer, file.bytes, file.size, &error) != WEIR_OK);
    assert_true(strlen(error.text) > 0);
    assert_true(model_offer_load(&offer, NULL, 0, &error) != WEIR_OK);
    assert_int_equal(offer.terms.version, 3);
    weir_buffer_fini(&file);
    model_offer_fini(&offer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_offered_before_a_model_is_there),
        cmocka_unit_test(chunks_put_together_are_the_file_that_was_offered),
        cmocka_unit_test(what_is_not_on_offer_is_not_given),
        cmocka_unit_test(a_broken_file_leaves_the_offer_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
