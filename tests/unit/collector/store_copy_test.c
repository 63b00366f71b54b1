/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/flow/feature_schema.h"

#include "collector/store/copy_decoder.h"
#include "collector/store/copy_encoder.h"
#include "collector/store/flow_column.h"
#include "collector/store/flow_open.h"
#include "collector/store/statistics_column.h"

#include "tests/support/statistics_sample.h"
#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

#define START_US INT64_C(1767225600123456)

static struct stored_flow identity_of(const struct ready_batch *batch)
{
    struct stored_flow identity = {
        .sensor_id = batch->sensor_id,
        .boot = batch->batch.boot,
        .sequence = batch->batch.sequence,
    };
    memcpy(identity.stream, batch->batch.stream, sizeof(batch->batch.stream));
    return identity;
}

/* Encodes the row, decodes it and compares every byte that travels. */
static void round_trip(const struct ready_batch *batch, const struct flow_row *row)
{
    const struct stored_flow identity = identity_of(batch);
    struct weir_buffer bytes = {0};
    struct stored_flow got;
    copy_encoder_begin(&bytes);
    copy_encoder_add(&bytes, &flow_column_flow, &identity, row);
    copy_encoder_end(&bytes);
    struct weir_cursor cursor = weir_cursor_over(bytes.bytes, bytes.size);
    assert_err(copy_decoder_begin(&cursor), WEIR_OK);
    assert_err(copy_decoder_next(&cursor, &got), WEIR_OK);
    assert_memory_equal(&got.record, row->record, sizeof(got.record));
    assert_int_equal(got.sensor_id, identity.sensor_id);
    assert_memory_equal(&got.boot, &identity.boot, sizeof(got.boot));
    assert_string_equal(got.stream, identity.stream);
    assert_true(got.sequence == identity.sequence && got.row.order_us == row->order_us);
    assert_int_equal(got.row.reason, row->reason);
    assert_memory_equal(&got.row.frozen, &row->frozen, sizeof(row->frozen));
    assert_memory_equal(&got.row.fleet, &row->fleet, sizeof(row->fleet));
    assert_err(copy_decoder_next(&cursor, &got), WEIR_ENOENT);
    weir_buffer_fini(&bytes);
}

static void a_row_comes_back_as_it_went(void **state)
{
    (void)state;
    struct ready_batch *batch = store_rows_new(7, 3, 5, START_US, 1000);
    struct weir_flow_record *records = batch->batch.records;
    records[1].orig.bytes = INT64_MAX;
    records[1].conn_tag = UINT64_MAX;
    records[1].vlan_count = 2;
    records[1].vlan[1] = 4095;
    batch->rows[2].reason = FLOW_ROW_LAGGING;
    memset(&batch->rows[2].frozen, 0, sizeof(batch->rows[2].frozen));
    memset(&batch->rows[2].fleet, 0, sizeof(batch->rows[2].fleet));
    batch->rows[2].order_us = START_US - 5;
    memset(&records[3].verdict, 0, sizeof(records[3].verdict));
    memset(&records[3].immediate, 0, sizeof(records[3].immediate));
    memset(records[3].orig.mac, 0, 6);
    memset(records[3].history, 0, sizeof(records[3].history));
    records[4].proto = WEIR_PROTO_ICMP;
    records[4].icmp_orig.messages = 4;
    records[4].icmp_orig.bytes = 256;
    records[4].icmp_orig.first_us = START_US;
    records[4].icmp_orig.last_us = START_US + 9;
    records[4].icmp_orig.type = 8;
    records[4].icmp_resp.first_us = START_US;
    records[4].icmp_resp.last_us = START_US;
    for (size_t i = 0; i < batch->batch.count; i++) {
        round_trip(batch, &batch->rows[i]);
    }
    store_rows_free(batch);
}

/* A row as PostgreSQL would join the two tables, with no label. */
static void add_joined(struct weir_buffer *bytes, const struct stored_flow *identity,
                       const struct flow_row *row)
{
    const struct flow_column_list *const lists[] = {&flow_column_flow, &statistics_column_values};
    weir_buffer_add_u16(bytes,
                        (uint16_t)(flow_column_flow.count + statistics_column_values.count + 1));
    for (size_t i = 0; i < 2; i++) {
        const size_t at = bytes->size;
        copy_encoder_add(bytes, lists[i], identity, row);
        memmove(bytes->bytes + at, bytes->bytes + at + 2, bytes->size - at - 2);
        bytes->size -= 2;
    }
    weir_buffer_add_u32(bytes, UINT32_MAX);
}

/* What a model is shown of the two is the same, bit for bit. */
static void assert_same_vectors(const struct weir_flow_record *a, const struct weir_flow_record *b)
{
    const struct weir_feature_schema *schema = weir_feature_schema_find("sensor");
    float of_a[WEIR_FEATURES_MAX];
    float of_b[WEIR_FEATURES_MAX];
    weir_feature_vector_fill(schema, a, &a->immediate, of_a);
    weir_feature_vector_fill(schema, b, &b->immediate, of_b);
    assert_memory_equal(of_a, of_b, schema->count * sizeof(of_a[0]));
}

/* The values that are read back are equal; those that are not stay as an empty one has them. */
static void statistics_come_back_as_they_went(void **state)
{
    (void)state;
    struct ready_batch *batch = store_rows_new(7, 3, 40, START_US, 1000);
    const struct stored_flow identity = identity_of(batch);
    struct weir_rng rng;
    weir_rng_init(&rng, 11);
    for (size_t i = 0; i < batch->batch.count; i++) {
        struct weir_flow_statistics statistics;
        struct weir_buffer bytes = {0};
        struct stored_flow got;
        statistics_sample_fill(&statistics, &rng);
        batch->batch.records[i].statistics = &statistics;
        batch->batch.records[i].detail = (uint8_t)(i % WEIR_DETAIL_COUNT);
        assert_true(copy_encoder_fit(&batch->rows[i], NULL));
        add_joined(&bytes, &identity, &batch->rows[i]);
        struct weir_cursor cursor = weir_cursor_over(bytes.bytes, bytes.size);
        assert_err(copy_decoder_next(&cursor, &got), WEIR_OK);
        assert_ptr_equal(got.record.statistics, &got.statistics);
        assert_memory_equal(&got.statistics.orig, &statistics.orig, sizeof(statistics.orig));
        assert_memory_equal(&got.statistics.resp, &statistics.resp, sizeof(statistics.resp));
        assert_int_equal(got.statistics.icmp_parent_flow_id, statistics.icmp_parent_flow_id);
        assert_int_equal(got.statistics.handshake_client_us, statistics.handshake_client_us);
        assert_true(got.statistics.icmp_echo_succ_ratio == statistics.icmp_echo_succ_ratio);
        assert_int_equal(got.statistics.sequence_count, statistics.sequence_count);
        assert_same_vectors(&got.record, &batch->batch.records[i]);
        weir_buffer_fini(&bytes);
    }
    store_rows_free(batch);
}

static void a_row_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct ready_batch *batch = store_rows_new(7, 3, 1, START_US, 1000);
    const struct stored_flow identity = identity_of(batch);
    struct weir_buffer bytes = {0};
    struct stored_flow got;
    copy_encoder_add(&bytes, &flow_column_flow, &identity, &batch->rows[0]);
    for (size_t size = 0; size < bytes.size; size++) {
        struct weir_cursor cursor = weir_cursor_over(bytes.bytes, size);
        assert_err(copy_decoder_next(&cursor, &got), WEIR_EFORMAT);
    }
    weir_buffer_fini(&bytes);
    store_rows_free(batch);
}

/* The first packets' arrays are read back: what they say of their length is not trusted. */
static void statistics_cut_or_changed_anywhere_do_no_harm(void **state)
{
    (void)state;
    struct ready_batch *batch = store_rows_new(7, 3, 1, START_US, 1000);
    const struct stored_flow identity = identity_of(batch);
    struct weir_flow_statistics statistics;
    struct weir_buffer bytes = {0};
    struct stored_flow got;
    struct weir_rng rng;
    weir_rng_init(&rng, 12);
    statistics_sample_fill(&statistics, &rng);
    batch->batch.records[0].statistics = &statistics;
    add_joined(&bytes, &identity, &batch->rows[0]);
    for (size_t size = 0; size < bytes.size; size++) {
        struct weir_cursor cursor = weir_cursor_over(bytes.bytes, size);
        assert_err(copy_decoder_next(&cursor, &got), WEIR_EFORMAT);
    }
    for (size_t at = 2; at < bytes.size; at++) {
        const uint8_t was = bytes.bytes[at];
        bytes.bytes[at] ^= (uint8_t)(1 + weir_rng_below(&rng, 255));
        struct weir_cursor cursor = weir_cursor_over(bytes.bytes, bytes.size);
        if (copy_decoder_next(&cursor, &got) == WEIR_OK) {
            assert_in_range(got.statistics.sequence_count, 0, WEIR_SEQUENCE_MAX);
        }
        bytes.bytes[at] = was;
    }
    weir_buffer_fini(&bytes);
    store_rows_free(batch);
}

static void what_no_column_can_hold_is_unfit(void **state)
{
    (void)state;
    struct ready_batch *batch = store_rows_new(7, 3, 1, START_US, 1000);
    struct flow_row *row = &batch->rows[0];
    struct weir_flow_record *record = &batch->batch.records[0];
    const char *why = NULL;
    if (!copy_encoder_fit(row, &why)) {
        fail_msg("refused: %s", why);
    }
    record->resp.ip_bytes = UINT64_MAX;
    assert_false(copy_encoder_fit(row, &why));
    assert_non_null(strstr(why, "responder"));
    record->resp.ip_bytes = 0;
    row->frozen.rerror = 40000;
    assert_false(copy_encoder_fit(row, &why));
    row->frozen.rerror = 0;
    record->start_us = -1;
    assert_false(copy_encoder_fit(row, NULL));
    store_rows_free(batch);
}

static void only_the_newest_of_an_open_flow_is_written(void **state)
{
    (void)state;
    struct ready_batch *batch = store_rows_new(7, 3, 5, START_US, 1000);
    struct weir_flow_record *records = batch->batch.records;
    const struct stored_flow identity = identity_of(batch);
    struct flow_copy_list opens = {0};
    struct flow_copy_list finals = {0};
    struct flow_copy_list ended = {0};
    /* 0: START of flow 1 that ends here, 1: its FINAL; 2, 3: START and INTERIM of flow 2;
     * 4: FINAL of flow 3, long enough to have a row in the table. */
    records[0].record_type = WEIR_RECORD_START;
    records[0].flow_id = records[1].flow_id = 1;
    records[2].record_type = WEIR_RECORD_START;
    records[3].record_type = WEIR_RECORD_INTERIM;
    records[2].flow_id = records[3].flow_id = 2;
    records[1].end_reason = records[4].end_reason = WEIR_END_IDLE;
    const size_t open_rows[] = {0, 3, 2};
    for (size_t i = 0; i < 3; i++) {
        const struct flow_copy_row row = {&identity, &batch->rows[open_rows[i]]};
        assert_err(flow_copy_list_add(&opens, row), WEIR_OK);
    }
    for (size_t i = 1; i < 5; i += 3) {
        const struct flow_copy_row row = {&identity, &batch->rows[i]};
        assert_err(flow_copy_list_add(&finals, row), WEIR_OK);
    }
    assert_err(flow_open_settle(&opens, &finals, &ended), WEIR_OK);
    assert_int_equal(opens.count, 1);
    assert_ptr_equal(opens.at[0].row, &batch->rows[3]);
    assert_int_equal(ended.count, 1);
    assert_ptr_equal(ended.at[0].row, &batch->rows[4]);
    flow_copy_list_fini(&opens);
    flow_copy_list_fini(&finals);
    flow_copy_list_fini(&ended);
    store_rows_free(batch);
}

static void every_reason_has_a_word_that_reads_back(void **state)
{
    (void)state;
    for (int i = FLOW_ROW_LATE; i <= FLOW_ROW_UNKNOWN_START; i++) {
        enum flow_row_reason got = FLOW_ROW_COMPLETE;
        const char *text = flow_row_reason_text((enum flow_row_reason)i);
        assert_true(flow_row_reason_parse(text, strlen(text), &got));
        assert_int_equal(got, i);
    }
    assert_null(flow_row_reason_text((enum flow_row_reason)99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_comes_back_as_it_went),
        cmocka_unit_test(statistics_come_back_as_they_went),
        cmocka_unit_test(statistics_cut_or_changed_anywhere_do_no_harm),
        cmocka_unit_test(a_row_cut_anywhere_is_refused),
        cmocka_unit_test(what_no_column_can_hold_is_unfit),
        cmocka_unit_test(only_the_newest_of_an_open_flow_is_written),
        cmocka_unit_test(every_reason_has_a_word_that_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
