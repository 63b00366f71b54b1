/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/score/fleet_scorer.h"

#include <string.h>

#include "tests/support/model_file.h"
#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

static int load(struct fleet_scorer *scorer, const char *schema, uint64_t version,
                float golden_long, struct weir_error *error)
{
    struct weir_buffer file = {0};
    model_file_encode(schema, version, golden_long, &file);
    const int code = fleet_scorer_load(scorer, file.bytes, file.size, error);
    weir_buffer_fini(&file);
    return code;
}

/* Four finished connections: 0 s, 20 s, one that is late, one that is open. */
static struct ready_batch *some_rows(void)
{
    struct ready_batch *batch = store_rows_new(1, 1, 4, INT64_C(1767225600000000), 1000);
    for (size_t i = 0; i < 4; i++) {
        batch->batch.records[i].duration_us = i == 0 ? 0 : 20000000;
        batch->rows[i].fleet = (struct weir_verdict){0};
    }
    batch->rows[2].reason = FLOW_ROW_LATE;
    batch->batch.records[3].record_type = WEIR_RECORD_START;
    return batch;
}

static void finished_rows_with_windows_are_scored(void **state)
{
    struct fleet_scorer scorer = {0};
    struct ready_batch *batch = some_rows();
    (void)state;
    assert_err(load(&scorer, "fleet", 9, MODEL_FILE_LONG, NULL), WEIR_OK);
    fleet_scorer_score(&scorer, batch);
    assert_int_equal(batch->rows[0].fleet.model_version, 9);
    assert_true(batch->rows[0].fleet.score == MODEL_FILE_SHORT && !batch->rows[0].fleet.flagged);
    assert_true(batch->rows[1].fleet.score == MODEL_FILE_LONG && batch->rows[1].fleet.flagged);
    assert_int_equal(batch->rows[2].fleet.model_version, 0);
    assert_int_equal(batch->rows[3].fleet.model_version, 0);
    store_rows_free(batch);
    fleet_scorer_fini(&scorer);
}

static void a_connection_open_for_long_is_scored_before_it_ends(void **state)
{
    struct fleet_scorer scorer = {0};
    struct ready_batch *batch = some_rows();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        batch->batch.records[i].record_type = WEIR_RECORD_INTERIM;
        batch->batch.records[i].duration_us = i == 0 ? 299000000 : 301000000;
        batch->batch.records[i].end_us =
            batch->batch.records[i].start_us + (int64_t)batch->batch.records[i].duration_us;
    }
    assert_err(load(&scorer, "fleet", 9, MODEL_FILE_LONG, NULL), WEIR_OK);
    fleet_scorer_score(&scorer, batch);
    assert_int_equal(batch->rows[0].fleet.model_version, 0);
    assert_int_equal(batch->rows[1].fleet.model_version, 9);
    /* as S1, whose duration is 0 in KDD's terms */
    assert_true(batch->rows[1].fleet.score == MODEL_FILE_SHORT);
    store_rows_free(batch);
    fleet_scorer_fini(&scorer);
}

static void without_a_model_nothing_is_scored(void **state)
{
    struct fleet_scorer scorer = {0};
    struct ready_batch *batch = some_rows();
    (void)state;
    fleet_scorer_score(&scorer, batch);
    assert_int_equal(batch->rows[1].fleet.model_version, 0);
    store_rows_free(batch);
    fleet_scorer_fini(&scorer);
}

static void a_model_for_sensors_is_refused_and_the_one_before_goes_on(void **state)
{
    struct fleet_scorer scorer = {0};
    struct weir_error error = {0};
    (void)state;
    assert_err(load(&scorer, "kdd41", 4, MODEL_FILE_LONG, NULL), WEIR_OK);
    assert_err(load(&scorer, "sensor", 5, MODEL_FILE_LONG, &error), WEIR_ESCHEMA);
    assert_non_null(strstr(error.text, "sensor"));
    assert_int_equal(scorer.version, 4);
    assert_non_null(scorer.model);
    fleet_scorer_fini(&scorer);
}

static void golden_vectors_must_come_out_bit_for_bit(void **state)
{
    struct fleet_scorer scorer = {0};
    struct weir_error error = {0};
    (void)state;
    assert_err(load(&scorer, "fleet", 4, MODEL_FILE_LONG + 1e-6F, &error), WEIR_ECONFLICT);
    assert_non_null(strstr(error.text, "golden vector 1"));
    assert_null(scorer.model);
}

static void bytes_that_are_no_model_are_refused(void **state)
{
    struct fleet_scorer scorer = {0};
    struct weir_error error = {0};
    (void)state;
    assert_true(fleet_scorer_load(&scorer, (const uint8_t *)"abc", 3, &error) != WEIR_OK);
    assert_true(fleet_scorer_load(&scorer, NULL, 0, &error) != WEIR_OK);
    assert_true(strlen(error.text) > 0);
    assert_null(scorer.model);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finished_rows_with_windows_are_scored),
        cmocka_unit_test(a_connection_open_for_long_is_scored_before_it_ends),
        cmocka_unit_test(without_a_model_nothing_is_scored),
        cmocka_unit_test(a_model_for_sensors_is_refused_and_the_one_before_goes_on),
        cmocka_unit_test(golden_vectors_must_come_out_bit_for_bit),
        cmocka_unit_test(bytes_that_are_no_model_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
