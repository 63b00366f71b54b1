/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/control/model_pull.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/model_artifact.h"

#include "tests/support/sensor_model.h"
#include "tests/support/weir_test.h"

#define CHUNK 100U

struct fixture {
    struct weir_sign_key key;
    struct weir_buffer file;
    struct model_pull pull;
    struct weir_control offer, reply;
    bool has_reply;
    struct scorer_model *model;
};

/* A file of this version, and the offer of it. */
static void make_offer(struct fixture *f, uint64_t version, const char *schema_name)
{
    const struct sensor_model_options options = {.version = version, .schema = schema_name};
    struct weir_model_offer *offer = &f->offer.as.model_offer;
    weir_buffer_reset(&f->file);
    sensor_model_encode(&options, &f->key, &f->file);
    memset(&f->offer, 0, sizeof(f->offer));
    f->offer.kind = WEIR_FRAME_MODEL_OFFER;
    offer->version = version;
    offer->size = f->file.size;
    (void)snprintf(offer->name, sizeof(offer->name), "test forest");
    (void)snprintf(offer->schema.name, sizeof(offer->schema.name), "%s", schema_name);
    offer->schema.hash = weir_feature_schema_hash(weir_feature_schema_find(schema_name));
    weir_model_artifact_hash(f->file.bytes, f->file.size, offer->hash);
}

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    struct model_store_options store = {.model_max_bytes = 1024 * 1024};
    assert_non_null(f);
    assert_err(weir_sign_key_init(&f->key), 0);
    memcpy(store.trusted_public, f->key.public_key, sizeof(store.trusted_public));
    model_pull_init(&f->pull, &store, 2);
    make_offer(f, 3, "sensor");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    model_pull_fini(&f->pull);
    weir_buffer_fini(&f->file);
    scorer_model_free(f->model);
    weir_sign_key_fini(&f->key);
    free(f);
    return 0;
}

static void hear_offer(struct fixture *f)
{
    model_pull_on_control(&f->pull, &f->offer, &f->reply, &f->has_reply, &f->model);
}

/* Answers the request in f->reply with at most CHUNK bytes. */
static void send_chunk(struct fixture *f)
{
    const struct weir_model_pull *wanted = &f->reply.as.model_pull;
    struct weir_control chunk = {.kind = WEIR_FRAME_MODEL_CHUNK};
    const size_t left = f->file.size - (size_t)wanted->offset;
    assert_int_equal(f->reply.kind, WEIR_FRAME_MODEL_PULL);
    chunk.as.model_chunk = (struct weir_model_chunk){.version = wanted->version,
                                                     .offset = wanted->offset,
                                                     .bytes = f->file.bytes + wanted->offset,
                                                     .size = left < CHUNK ? left : CHUNK};
    model_pull_on_control(&f->pull, &chunk, &f->reply, &f->has_reply, &f->model);
}

static void fetch(struct fixture *f)
{
    hear_offer(f);
    while (f->has_reply && f->reply.kind == WEIR_FRAME_MODEL_PULL) {
        send_chunk(f);
    }
}

static void assert_refused(const struct fixture *f, const char *word)
{
    assert_true(f->has_reply);
    assert_null(f->model);
    assert_int_equal(f->reply.kind, WEIR_FRAME_MODEL_STATUS);
    assert_int_equal(f->reply.as.model_status.state, WEIR_MODEL_REFUSED);
    if (strstr(f->reply.as.model_status.sentence, word) == NULL) {
        fail_msg("\"%s\" does not say %s", f->reply.as.model_status.sentence, word);
    }
}

static void an_offer_is_fetched_in_chunks_and_becomes_active(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    fetch(f);
    assert_int_equal(f->reply.kind, WEIR_FRAME_MODEL_STATUS);
    assert_int_equal(f->reply.as.model_status.state, WEIR_MODEL_ACTIVE);
    assert_non_null(f->model);
    assert_int_equal(f->model->version, 3);
    assert_false(model_pull_resume(&f->pull, &f->reply));
}

static void the_active_version_is_not_fetched_again(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->offer.as.model_offer.version = 2;
    hear_offer(f);
    assert_int_equal(f->reply.as.model_status.state, WEIR_MODEL_ACTIVE);
    assert_null(f->model);
}

static void a_pull_goes_on_where_it_was_cut(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    hear_offer(f);
    send_chunk(f);
    assert_true(model_pull_resume(&f->pull, &f->reply));
    assert_int_equal(f->reply.as.model_pull.offset, CHUNK);
    hear_offer(f); /* the collector repeats its offer after a reconnect */
    assert_int_equal(f->reply.as.model_pull.offset, CHUNK);
    while (f->reply.kind == WEIR_FRAME_MODEL_PULL) {
        send_chunk(f);
    }
    assert_non_null(f->model);
}

static void an_answer_to_an_older_question_is_passed_over(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_control chunk = {.kind = WEIR_FRAME_MODEL_CHUNK};
    hear_offer(f);
    chunk.as.model_chunk =
        (struct weir_model_chunk){.version = 3, .offset = 50, .bytes = f->file.bytes, .size = 10};
    model_pull_on_control(&f->pull, &chunk, &f->reply, &f->has_reply, &f->model);
    assert_false(f->has_reply);
    assert_int_equal(f->pull.bytes.size, 0);
}

static void an_offer_of_another_size_begins_anew(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    hear_offer(f);
    send_chunk(f);
    f->offer.as.model_offer.size = CHUNK / 2; /* less than what has come */
    hear_offer(f);
    assert_int_equal(f->reply.as.model_pull.offset, 0);
    assert_int_equal(f->reply.as.model_pull.length, CHUNK / 2);
}

static void a_model_of_another_schema_is_refused_unseen(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    make_offer(f, 3, "kdd41");
    hear_offer(f);
    assert_refused(f, "kdd41");
}

static void sizes_beyond_the_limit_are_refused_unseen(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->offer.as.model_offer.size = 1024 * 1024 + 1;
    hear_offer(f);
    assert_refused(f, "bytes");
    f->offer.as.model_offer.size = 0;
    hear_offer(f);
    assert_refused(f, "bytes");
}

static void a_file_with_another_hash_is_refused_and_not_asked_for_again(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->offer.as.model_offer.hash[0] ^= 1;
    fetch(f);
    assert_refused(f, "hash");
    hear_offer(f);
    assert_false(f->has_reply);
}

static void a_file_that_fails_its_checks_is_refused_with_the_reason(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    memset(f->pull.store.trusted_public, 9, sizeof(f->pull.store.trusted_public));
    fetch(f);
    assert_refused(f, "sign");
}

static void a_newer_offer_replaces_the_one_under_way(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    hear_offer(f);
    send_chunk(f);
    make_offer(f, 4, "sensor");
    fetch(f);
    assert_non_null(f->model);
    assert_int_equal(f->model->version, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_offer_is_fetched_in_chunks_and_becomes_active),
        TEST(the_active_version_is_not_fetched_again),
        TEST(a_pull_goes_on_where_it_was_cut),
        TEST(an_answer_to_an_older_question_is_passed_over),
        TEST(an_offer_of_another_size_begins_anew),
        TEST(a_model_of_another_schema_is_refused_unseen),
        TEST(sizes_beyond_the_limit_are_refused_unseen),
        TEST(a_file_with_another_hash_is_refused_and_not_asked_for_again),
        TEST(a_file_that_fails_its_checks_is_refused_with_the_reason),
        TEST(a_newer_offer_replaces_the_one_under_way),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
