/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "common/flow/app.h"
#include "common/flow/conn_state.h"
#include "common/flow/kdd_counts.h"
#include "common/flow/kdd_row.h"
#include "common/flow/service.h"
#include "common/flow/tunnel.h"

#include "collector/store/flows_query.h"
#include "collector/store/labels.h"
#include "collector/store/models.h"
#include "collector/store/restore.h"
#include "collector/store/sensors.h"
#include "collector/store/training_set.h"

#include "tests/support/store_database.h"
#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

static struct store_result commit(struct store_database *fixture, const struct ready_batch *batch)
{
    struct store_result result = {.code = WEIR_EINVAL};
    if (store_commit(fixture->store, &batch, 1, &result, &fixture->error) != WEIR_OK) {
        fail_msg("%s", fixture->error.text);
    }
    return result;
}

static bool count_flow(const struct stored_flow *flow, void *context)
{
    size_t *seen = context;
    (void)flow;
    *seen += 1;
    return true;
}

static void keep_position(const struct restore_position *position, void *context)
{
    *(struct restore_position *)context = *position;
}

static void restore_gives_positions_and_recent_flows(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(3, 5, 100, STORE_DATABASE_START_US, 1000000);
    assert_err(commit(fixture, batch).code, WEIR_OK);
    struct restore_position position = {0};
    assert_err(restore_positions(fixture->ingest, keep_position, &position, &fixture->error),
               WEIR_OK);
    assert_int_equal(position.sensor_id, 3);
    assert_int_equal(position.sequence, 5);
    assert_true(position.low_us == batch->batch.low_us);
    assert_true(position.last_record_no == batch->batch.last_record_no);
    assert_memory_equal(&position.boot, &batch->batch.boot, sizeof(position.boot));
    assert_string_equal(position.stream, "live");
    size_t seen = 0;
    assert_err(restore_recent_flows(fixture->ingest, 10 * WEIR_US_PER_S, count_flow, &seen,
                                    &fixture->error),
               WEIR_OK);
    assert_int_equal(seen, 10); /* start > newest - 10 s */
    store_rows_free(batch);
}

static bool stop_at_once(const struct stored_flow *flow, void *context)
{
    *(struct stored_flow *)context = *flow;
    return false;
}

static void flows_come_back_whole_and_filtered(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(3, 5, 2000, STORE_DATABASE_START_US, 1000);
    batch->batch.records[5].resp.port = 61234;
    assert_err(commit(fixture, batch).code, WEIR_OK);
    struct stored_flow got = {0};
    struct flows_query query = {.port = 61234, .host = "10.0.0.0/8", .flagged = true};
    assert_err(flows_query_run(fixture->ingest, &query, stop_at_once, &got, &fixture->error),
               WEIR_OK);
    assert_memory_equal(&got.record, &batch->batch.records[5], sizeof(got.record));
    assert_memory_equal(&got.row.frozen, &batch->rows[5].frozen, sizeof(got.row.frozen));
    uint64_t count = 0;
    assert_err(flows_query_count(fixture->ingest, &query, &count, &fixture->error), WEIR_OK);
    assert_int_equal(count, 1);
    query.host = "10.0.0.300";
    assert_err(flows_query_count(fixture->ingest, &query, &count, &fixture->error), WEIR_EINVAL);
    /* Stopping early leaves the session usable. */
    const struct flows_query all = {0};
    assert_err(flows_query_run(fixture->ingest, &all, stop_at_once, &got, &fixture->error),
               WEIR_OK);
    size_t seen = 0;
    assert_err(flows_query_run(fixture->ingest, &all, count_flow, &seen, &fixture->error), WEIR_OK);
    assert_int_equal(seen, 2000);
    store_rows_free(batch);
}

struct tally {
    size_t rows, scans, normal;
};

static bool tally_label(const struct stored_flow *flow, const struct weir_kdd_counts *counts,
                        void *context)
{
    struct tally *tally = context;
    assert_true(counts->count != 0);
    tally->rows++;
    tally->scans += strcmp(flow->label, "scan") == 0 ? 1U : 0U;
    tally->normal += strcmp(flow->label, LABELS_NORMAL) == 0 ? 1U : 0U;
    return true;
}

static void the_label_of_a_flow_beats_the_pattern(void **state)
{
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(3, 5, 20, STORE_DATABASE_START_US, 1000);
    batch->batch.records[2].immediate = (struct weir_kdd_counts){0};
    assert_err(commit(fixture, batch).code, WEIR_OK);
    const struct labels_row rows[] = {
        {.label = "scan",
         .resp_p = -1,
         .proto = 6,
         .from_us = STORE_DATABASE_START_US,
         .to_us = STORE_DATABASE_START_US + 9500},
        {.label = LABELS_NORMAL,
         .of_flow = true,
         .sensor_id = 3,
         .boot = batch->batch.boot,
         .flow_id = batch->batch.records[1].flow_id,
         .resp_p = -1,
         .proto = -1},
    };
    assert_err(labels_add(fixture->admin, rows, 2, &fixture->error), WEIR_OK);
    const struct labels_row empty = {.label = "x", .resp_p = -1, .proto = -1};
    assert_err(labels_add(fixture->admin, &empty, 1, &fixture->error), WEIR_EINVAL);
    struct tally tally = {0};
    uint64_t skipped = 0;
    const struct weir_feature_schema schema = {.name = "sensor"};
    struct training_set_query query = {.schema = &schema};
    assert_err(training_set_read(fixture->admin, &query, tally_label, &tally, &skipped,
                                 &fixture->error),
               WEIR_OK);
    assert_int_equal(tally.rows, 9);
    assert_int_equal(tally.scans, 8);
    assert_int_equal(skipped, 1);
    query.unlabelled = LABELS_NORMAL;
    tally = (struct tally){0};
    assert_err(training_set_read(fixture->admin, &query, tally_label, &tally, NULL,
                                 &fixture->error),
               WEIR_OK);
    assert_int_equal(tally.normal, 11);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT count(*) FROM weir.flow_label WHERE attack"),
                     9);
    uint64_t removed = 0;
    assert_err(labels_retract(fixture->admin, "scan", NULL, &removed, &fixture->error), WEIR_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(store_database_ask(fixture, "SELECT count(*) FROM weir.flow_label"), 1);
    store_rows_free(batch);
}

static void sensors_are_enrolled_found_and_revoked(void **state)
{
    struct store_database *fixture = *state;
    uint8_t key[SENSORS_KEY_SIZE] = {0, 1, 2, 255};
    uint32_t id = 0;
    assert_err(sensors_enrol(fixture->admin, "gate-1", "bonn", key, &id, &fixture->error), WEIR_OK);
    assert_err(sensors_enrol(fixture->admin, "gate-2", "bonn", key, &id, &fixture->error),
               WEIR_ECONFLICT);
    const struct sensors_counter counters[] = {{"packets", UINT64_MAX, true}, {"lost", 0, false}};
    const struct sensors_status status = {.sensor_id = id,
                                          .at_us = STORE_DATABASE_START_US,
                                          .counters = counters,
                                          .count = 2};
    assert_err(sensors_set_status(fixture->ingest, &status, &fixture->error), WEIR_OK);
    assert_err(sensors_set_status(fixture->ingest, &status, &fixture->error), WEIR_OK);
    assert_err(sensors_touch(fixture->ingest, id, STORE_DATABASE_START_US, &fixture->error),
               WEIR_OK);
    assert_err(sensors_set_model(fixture->ingest, id, 4, NULL, &fixture->error), WEIR_OK);
    assert_err(sensors_set_model(fixture->ingest, id, 5, "schema kdd41", &fixture->error), WEIR_OK);
    assert_err(sensors_set_revoked(fixture->admin, "gate-1", true, &fixture->error), WEIR_OK);
    assert_err(sensors_set_revoked(fixture->admin, "gate-9", true, &fixture->error), WEIR_ENOENT);
    struct sensors_row row;
    assert_err(sensors_find_key(fixture->ingest, key, &row, &fixture->error), WEIR_OK);
    assert_true(row.id == id && row.revoked && row.last_seen_us == STORE_DATABASE_START_US);
    assert_string_equal(row.branch, "bonn");
    assert_int_equal(row.model_version, 4);
    assert_string_equal(row.model_refusal, "schema kdd41");
    assert_memory_equal(row.public_key, key, sizeof(key));
    key[0] = 9;
    assert_err(sensors_find_key(fixture->ingest, key, &row, &fixture->error), WEIR_ENOENT);
    assert_int_equal(store_database_ask(fixture,
                                        "SELECT count(*) FROM weir.sensor_status "
                                        "WHERE counters->>'packets' = '18446744073709551615'"),
                     1);
}

static void keep_model(const struct models_row *row, void *context)
{
    *(struct models_row *)context = *row;
}

static void keep_metric(const struct models_metric *metric, void *context)
{
    *(double *)context = metric->value + (isnan(metric->low) ? 0 : 100);
}

static void a_model_is_registered_activated_and_announced(void **state)
{
    struct store_database *fixture = *state;
    struct models_row row = {.name = "branch",
                             .kind = "random_forest",
                             .schema_name = "sensor",
                             .schema_hash = UINT64_MAX - 1,
                             .created_us = STORE_DATABASE_START_US,
                             .threshold = 0.1};
    uint8_t bytes[] = {0, 1, 0, 255};
    assert_err(models_next_version(fixture->admin, &row.version, &fixture->error), WEIR_OK);
    const struct models_artifact artifact = {.version = row.version,
                                             .bytes = bytes,
                                             .size = sizeof(bytes)};
    const struct models_metric metric = {
        .part = "cv", .metric = "auc", .value = 0.5, .low = (double)NAN, .high = (double)NAN};
    assert_err(models_register(fixture->admin, &row, &artifact, &metric, 1, &fixture->error),
               WEIR_OK);
    assert_err(models_register(fixture->admin, &row, &artifact, NULL, 0, &fixture->error),
               WEIR_ECONFLICT);
    uint64_t version = 0;
    char target[32];
    assert_err(models_active(fixture->ingest, MODELS_TARGET_SENSOR, &version, &fixture->error),
               WEIR_ENOENT);
    assert_err(connection_listen(fixture->ingest, MODELS_CHANNEL, &fixture->error), WEIR_OK);
    assert_err(models_activate(fixture->admin, row.version, MODELS_TARGET_SENSOR, &fixture->error),
               WEIR_OK);
    assert_err(models_activate(fixture->admin, 999, MODELS_TARGET_SENSOR, &fixture->error),
               WEIR_ENOENT);
    assert_err(models_active(fixture->ingest, MODELS_TARGET_SENSOR, &version, &fixture->error),
               WEIR_OK);
    assert_true(version == row.version);
    assert_err(connection_notification(fixture->ingest, target, sizeof(target)), WEIR_OK);
    assert_string_equal(target, "sensor");
    assert_err(connection_notification(fixture->ingest, target, sizeof(target)), WEIR_ENOENT);
    struct models_artifact got = {0};
    assert_err(models_fetch(fixture->ingest, version, &got, &fixture->error), WEIR_OK);
    assert_int_equal(got.size, sizeof(bytes));
    assert_memory_equal(got.bytes, bytes, sizeof(bytes));
    models_artifact_fini(&got);
    struct models_row listed;
    assert_err(models_list(fixture->admin, keep_model, &listed, &fixture->error), WEIR_OK);
    assert_true(listed.active_sensor && !listed.active_fleet);
    assert_true(listed.schema_hash == row.schema_hash &&
                listed.created_us == STORE_DATABASE_START_US);
    double value = 0;
    assert_err(models_metrics(fixture->admin, version, keep_metric, &value, &fixture->error),
               WEIR_OK);
    assert_true(value == 0.5);
    assert_err(models_newest(fixture->admin, "branch", &version, &fixture->error), WEIR_OK);
    assert_err(models_activate(fixture->admin, 0, MODELS_TARGET_SENSOR, &fixture->error), WEIR_OK);
    assert_err(models_active(fixture->ingest, MODELS_TARGET_SENSOR, &version, &fixture->error),
               WEIR_ENOENT);
}

static void rates_in_sql_are_the_rates_in_c(void **state)
{
    struct store_database *fixture = *state;
    const size_t size = 1024 * 1024;
    char *text = malloc(size);
    assert_non_null(text);
    assert_err(connection_value(fixture->admin,
                                "SELECT string_agg(weir.kdd_rate(k, n)::text, ' ' ORDER BY n, k) "
                                "FROM generate_series(1, 511) n, generate_series(0, n) k",
                                text, size, &fixture->error),
               WEIR_OK);
    char *at = text;
    for (uint16_t n = 1; n <= 511; n++) {
        for (uint16_t k = 0; k <= n; k++) {
            char *end = NULL;
            const float want = weir_kdd_rate(k, n);
            const float got = strtof(at, &end);
            if (end == at || memcmp(&got, &want, sizeof(got)) != 0) {
                fail_msg("R(%d, %d): SQL says %.9g", k, n, (double)got);
            }
            at = end;
        }
    }
    assert_int_equal(*at, 0);
    free(text);
}

static void assert_word(struct store_database *fixture, const char *function, int value,
                        const char *want)
{
    char sql[64];
    char got[32];
    (void)snprintf(sql, sizeof(sql), "SELECT weir.%s(%d)", function, value);
    assert_err(connection_value(fixture->admin, sql, got, sizeof(got), &fixture->error), WEIR_OK);
    assert_string_equal(got, want == NULL ? "" : want);
}

static void words_in_sql_are_the_words_in_c(void **state)
{
    struct store_database *fixture = *state;
    for (int i = 0; i <= WEIR_SERVICE_COUNT; i++) {
        assert_word(fixture, "service_name", i, weir_service_text((uint8_t)i));
    }
    for (int i = 0; i < WEIR_CONN_STATE_COUNT; i++) {
        assert_word(fixture, "conn_state_name", i, weir_conn_state_text((enum weir_conn_state)i));
    }
    for (int i = 0; i < WEIR_FLAG_COUNT; i++) {
        assert_word(fixture, "flag_name", i, weir_flag_text((enum weir_flag)i));
    }
    for (int i = 0; i <= WEIR_APP_COUNT; i++) {
        assert_word(fixture, "app_name", i, weir_app_text((enum weir_app)i));
    }
    for (int i = 0; i <= WEIR_TUNNEL_COUNT; i++) {
        assert_word(fixture, "tunnel_name", i, weir_tunnel_text((enum weir_tunnel)i));
    }
    for (int i = 0; i <= WEIR_DETAIL_COUNT; i++) {
        assert_word(fixture, "detail_name", i, weir_detail_text((enum weir_detail)i));
    }
}

/* Gives a made-up record another protocol and ending, as the meter could have seen it. */
static void vary(struct weir_flow_record *record, size_t i)
{
    static const enum weir_conn_state states[] = {WEIR_CONN_SF,   WEIR_CONN_S0, WEIR_CONN_S1,
                                                  WEIR_CONN_RSTO, WEIR_CONN_SH, WEIR_CONN_OTH};
    record->conn_state = (uint8_t)states[i % 6];
    record->flag = (uint8_t)weir_flag_of(states[i % 6]);
    record->end_us += (int64_t)i * 700000;
    record->duration_us = record->end_us - record->start_us;
    if (i % 5 == 0) {
        record->proto = WEIR_PROTO_ICMP;
        record->orig.port = 8;
        record->icmp_orig = (struct weir_icmp_side){.messages = 3,
                                                    .bytes = 200,
                                                    .first_us = record->start_us,
                                                    .last_us = record->end_us,
                                                    .type = 8};
    } else if (i % 5 == 1) {
        record->proto = WEIR_PROTO_UDP;
    }
}

static void the_kdd_view_is_the_kdd_row_in_c(void **state)
{
    static const char sql[] =
        "SELECT concat_ws(',', duration, protocol_type, service, flag, src_bytes, dst_bytes, land, "
        "wrong_fragment, urgent, hot, num_failed_logins, logged_in, num_compromised, root_shell, "
        "su_attempted, num_root, num_file_creations, num_shells, num_access_files, "
        "num_outbound_cmds, is_host_login, is_guest_login, count, srv_count, "
        "to_char(serror_rate, 'FM0.00'), to_char(srv_serror_rate, 'FM0.00'), "
        "to_char(rerror_rate, 'FM0.00'), to_char(srv_rerror_rate, 'FM0.00'), "
        "to_char(same_srv_rate, 'FM0.00'), to_char(diff_srv_rate, 'FM0.00'), "
        "to_char(srv_diff_host_rate, 'FM0.00'), dst_host_count, dst_host_srv_count, "
        "to_char(dst_host_same_srv_rate, 'FM0.00'), to_char(dst_host_diff_srv_rate, 'FM0.00'), "
        "to_char(dst_host_same_src_port_rate, 'FM0.00'), "
        "to_char(dst_host_srv_diff_host_rate, 'FM0.00'), "
        "to_char(dst_host_serror_rate, 'FM0.00'), to_char(dst_host_srv_serror_rate, 'FM0.00'), "
        "to_char(dst_host_rerror_rate, 'FM0.00'), to_char(dst_host_srv_rerror_rate, 'FM0.00')) "
        "FROM weir.kdd WHERE flow_id = ";
    struct store_database *fixture = *state;
    struct ready_batch *batch = store_rows_new(3, 5, 60, STORE_DATABASE_START_US, 1000);
    for (size_t i = 0; i < batch->batch.count; i++) {
        vary(&batch->batch.records[i], i);
    }
    assert_err(commit(fixture, batch).code, WEIR_OK);
    assert_int_equal(fixture->counters.rejected_rows, 0);
    for (size_t i = 0; i < batch->batch.count; i++) {
        char query[sizeof(sql) + 24];
        char got[WEIR_KDD_ROW_SIZE];
        char want[WEIR_KDD_ROW_SIZE];
        (void)snprintf(query, sizeof(query), "%s%" PRIu64, sql, batch->batch.records[i].flow_id);
        (void)weir_kdd_row_format(&batch->batch.records[i], &batch->rows[i].frozen, want);
        assert_err(connection_value(fixture->admin, query, got, sizeof(got), &fixture->error),
                   WEIR_OK);
        assert_string_equal(got, want);
    }
    store_rows_free(batch);
}

int main(void)
{
    if (store_database_missing()) {
        return STORE_DATABASE_SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(restore_gives_positions_and_recent_flows,
                               store_database_empty_tables),
        cmocka_unit_test_setup(flows_come_back_whole_and_filtered, store_database_empty_tables),
        cmocka_unit_test_setup(the_label_of_a_flow_beats_the_pattern, store_database_empty_tables),
        cmocka_unit_test_setup(sensors_are_enrolled_found_and_revoked, store_database_empty_tables),
        cmocka_unit_test_setup(a_model_is_registered_activated_and_announced,
                               store_database_empty_tables),
        cmocka_unit_test_setup(rates_in_sql_are_the_rates_in_c, store_database_empty_tables),
        cmocka_unit_test_setup(the_kdd_view_is_the_kdd_row_in_c, store_database_empty_tables),
        cmocka_unit_test_setup(words_in_sql_are_the_words_in_c, store_database_empty_tables),
    };
    return cmocka_run_group_tests(tests, store_database_set_up, store_database_tear_down);
}
