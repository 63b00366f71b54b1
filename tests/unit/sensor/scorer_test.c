/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/score/scorer.h"

#include <string.h>

#include "sensor/control/model_store.h"

#include "tests/support/sensor_model.h"
#include "tests/support/weir_test.h"

static struct scorer_model *make_model(uint64_t version)
{
    struct weir_sign_key key;
    struct weir_buffer bytes = {0};
    struct model_store_options store = {.model_max_bytes = 1024 * 1024};
    struct scorer_model *model = NULL;
    assert_err(weir_sign_key_init(&key), 0);
    memcpy(store.trusted_public, key.public_key, sizeof(store.trusted_public));
    sensor_model_encode(&(struct sensor_model_options){.version = version}, &key, &bytes);
    assert_err(model_store_build(&store, bytes.bytes, bytes.size, 0, &model, NULL), 0);
    weir_buffer_fini(&bytes);
    weir_sign_key_fini(&key);
    return model;
}

static struct weir_flow_record finished(int64_t duration_us)
{
    struct weir_flow_record record = {.record_type = WEIR_RECORD_FINAL,
                                      .proto = WEIR_PROTO_TCP,
                                      .flag = WEIR_FLAG_SF,
                                      .duration_us = duration_us,
                                      .has_vector = true};
    record.orig.address.size = 4;
    record.resp.address.size = 4;
    return record;
}

static void without_a_model_the_verdict_stays_empty(void **state)
{
    (void)state;
    struct scorer scorer;
    struct weir_flow_record record = finished(INT64_C(20000000));
    scorer_init(&scorer);
    scorer_score(&scorer, &record);
    assert_int_equal(record.verdict.model_version, 0);
    scorer_fini(&scorer);
}

static void a_flow_at_the_threshold_or_above_is_flagged(void **state)
{
    (void)state;
    struct scorer scorer;
    struct scorer_model *model = make_model(5);
    struct weir_flow_record quick = finished(INT64_C(9999999));
    struct weir_flow_record lasting = finished(INT64_C(10000000));
    scorer_init(&scorer);
    scorer_activate(&scorer, &model);
    assert_null(model);
    scorer_score(&scorer, &quick);
    scorer_score(&scorer, &lasting);
    assert_true(quick.verdict.score == 0.1F && !quick.verdict.flagged);
    assert_true(lasting.verdict.score == 0.9F && lasting.verdict.flagged);
    assert_int_equal(lasting.verdict.model_version, 5);
    scorer.active->threshold = 0.9F;
    scorer_score(&scorer, &lasting);
    assert_true(lasting.verdict.flagged);
    scorer_fini(&scorer);
}

static void only_final_records_with_a_vector_are_scored(void **state)
{
    (void)state;
    struct scorer scorer;
    struct scorer_model *model = make_model(5);
    struct weir_flow_record open = finished(0);
    struct weir_flow_record bare = finished(0);
    open.record_type = WEIR_RECORD_START;
    bare.has_vector = false;
    scorer_init(&scorer);
    scorer_activate(&scorer, &model);
    scorer_score(&scorer, &open);
    scorer_score(&scorer, &bare);
    assert_int_equal(open.verdict.model_version, 0);
    assert_int_equal(bare.verdict.model_version, 0);
    scorer_fini(&scorer);
}

static void a_new_model_replaces_the_old_one(void **state)
{
    (void)state;
    struct scorer scorer;
    struct scorer_model *first = make_model(1);
    struct scorer_model *second = make_model(2);
    struct weir_flow_record record = finished(0);
    scorer_init(&scorer);
    scorer_activate(&scorer, &first);
    scorer_activate(&scorer, &second);
    scorer_score(&scorer, &record);
    assert_int_equal(record.verdict.model_version, 2);
    scorer_fini(&scorer);
    scorer_model_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_model_the_verdict_stays_empty),
        cmocka_unit_test(a_flow_at_the_threshold_or_above_is_flagged),
        cmocka_unit_test(only_final_records_with_a_vector_are_scored),
        cmocka_unit_test(a_new_model_replaces_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
