/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/control/model_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/sensor_model.h"
#include "tests/support/weir_test.h"

#define TOO_LARGE (1024U * 1024U)

struct fixture {
    struct weir_sign_key key;
    struct model_store_options store;
    char folder[64];
    struct weir_buffer bytes;
    struct scorer_model *model;
    struct weir_error error;
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_err(weir_sign_key_init(&f->key), 0);
    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/weir-models-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->store.folder = f->folder;
    f->store.model_max_bytes = TOO_LARGE;
    memcpy(f->store.trusted_public, f->key.public_key, sizeof(f->key.public_key));
    *state = f;
    return 0;
}

static void path_of(const struct fixture *f, unsigned version, char path[128])
{
    (void)snprintf(path, 128, "%s/model-%u.weir", f->folder, version);
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    for (unsigned version = 0; version < 16; version++) {
        char path[128];
        path_of(f, version, path);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(f->folder), 0);
    weir_buffer_fini(&f->bytes);
    scorer_model_free(f->model);
    weir_sign_key_fini(&f->key);
    free(f);
    return 0;
}

static int build(struct fixture *f, const struct sensor_model_options *options, uint64_t newer_than)
{
    weir_buffer_reset(&f->bytes);
    sensor_model_encode(options, &f->key, &f->bytes);
    return model_store_build(&f->store, f->bytes.bytes, f->bytes.size, newer_than, &f->model,
                             &f->error);
}

static void save(struct fixture *f, unsigned version)
{
    const struct sensor_model_options options = {.version = version};
    weir_buffer_reset(&f->bytes);
    sensor_model_encode(&options, &f->key, &f->bytes);
    assert_err(model_store_save(&f->store, version, f->bytes.bytes, f->bytes.size, NULL), 0);
}

static void a_good_file_becomes_a_model_with_its_threshold(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_err(build(f, &(struct sensor_model_options){.version = 3}, 2), 0);
    assert_int_equal(f->model->version, 3);
    assert_true(f->model->threshold == (float)SENSOR_MODEL_THRESHOLD);
}

static void a_file_is_refused_with_the_reason(void **state)
{
    static const struct {
        const char *name;
        struct sensor_model_options options;
        uint64_t newer_than;
        int code;
        const char *word;
    } cases[] = {
        {"old", {.version = 3}, 3, WEIR_ECONFLICT, "3"},
        {"schema", {.version = 3, .schema = "kdd41"}, 0, WEIR_ESCHEMA, "kdd41"},
        {"expired", {.version = 3, .expires_us = 2}, 0, WEIR_ECONFLICT, "expired"},
        {"golden", {.version = 3, .wrong_golden = true}, 0, WEIR_ECONFLICT, "golden"},
        {"no golden", {.version = 3, .no_golden = true}, 0, WEIR_EFORMAT, "golden"},
    };
    struct fixture *f = (struct fixture *)*state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const int code = build(f, &cases[i].options, cases[i].newer_than);
        if (code == WEIR_OK || strstr(f->error.text, cases[i].word) == NULL) {
            fail_msg("%s: %s, \"%s\"", cases[i].name, weir_err_text(code), f->error.text);
        }
        assert_err(code, cases[i].code);
        assert_null(f->model);
    }
}

static void a_file_of_another_signer_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    memset(f->store.trusted_public, 7, sizeof(f->store.trusted_public));
    assert_err(build(f, &(struct sensor_model_options){.version = 3}, 0), WEIR_EPERM);
    assert_null(f->model);
}

static void a_file_beyond_the_limit_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->store.model_max_bytes = 16;
    assert_err(build(f, &(struct sensor_model_options){.version = 3}, 0), WEIR_ELIMIT);
    assert_null(f->model);
}

static void a_file_cut_at_any_byte_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    sensor_model_encode(&(struct sensor_model_options){.version = 3}, &f->key, &f->bytes);
    for (size_t size = 0; size < f->bytes.size; size++) {
        uint8_t *copy = (uint8_t *)malloc(size + 1); /* exact, so that ASan sees one byte too far */
        assert_non_null(copy);
        memcpy(copy, f->bytes.bytes, size);
        assert_true(model_store_build(&f->store, copy, size, 0, &f->model, NULL) != WEIR_OK);
        free(copy);
    }
    assert_null(f->model);
}

static void three_generations_are_kept_and_the_newest_is_loaded(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    char path[128];
    struct stat status;
    for (unsigned version = 1; version <= 5; version++) {
        save(f, version);
    }
    for (unsigned version = 1; version <= 5; version++) {
        path_of(f, version, path);
        assert_int_equal(stat(path, &status) == 0, version >= 3);
    }
    assert_err(model_store_load(&f->store, &f->model, &f->error), 0);
    assert_int_equal(f->model->version, 5);
}

static void a_damaged_generation_falls_back_to_the_one_before(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    char path[128];
    save(f, 1);
    save(f, 2);
    path_of(f, 2, path);
    assert_int_equal(truncate(path, 100), 0);
    assert_err(model_store_load(&f->store, &f->model, &f->error), 0);
    assert_int_equal(f->model->version, 1);
    path_of(f, 1, path);
    assert_int_equal(truncate(path, 0), 0);
    scorer_model_free(f->model);
    f->model = NULL;
    assert_err(model_store_load(&f->store, &f->model, &f->error), WEIR_ENOENT);
    assert_null(f->model);
}

static void without_a_folder_nothing_is_kept_or_found(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct model_store_options none = {.folder = NULL};
    assert_err(model_store_save(&none, 1, (const uint8_t *)"x", 1, NULL), 0);
    assert_err(model_store_load(&none, &f->model, NULL), WEIR_ENOENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_good_file_becomes_a_model_with_its_threshold),
        TEST(a_file_is_refused_with_the_reason),
        TEST(a_file_of_another_signer_is_refused),
        TEST(a_file_beyond_the_limit_is_refused),
        TEST(a_file_cut_at_any_byte_is_refused),
        TEST(three_generations_are_kept_and_the_newest_is_loaded),
        TEST(a_damaged_generation_falls_back_to_the_one_before),
        TEST(without_a_folder_nothing_is_kept_or_found),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
