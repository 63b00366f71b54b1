/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/record_writer.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

static struct weir_flow_record http_record(int64_t start_us)
{
    struct weir_flow_record record = {
        .flow_id = 62,
        .record_type = WEIR_RECORD_FINAL,
        .start_us = start_us,
        .end_us = start_us + 1500000,
        .duration_us = 1500000,
        .proto = WEIR_PROTO_TCP,
        .ip_version = 4,
        .conn_state = WEIR_CONN_SF,
        .flag = WEIR_FLAG_SF,
        .early_flag = WEIR_FLAG_SF,
        .end_reason = WEIR_END_OF_FLOW,
        .has_vector = true,
        .service = 22,
        .history = "ShADadFf",
        .community_id = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    };
    record.orig.address = test_host(1);
    record.resp.address = test_host(2);
    record.orig.port = 40000;
    record.resp.port = 80;
    record.orig.packets = 5;
    record.resp.packets = 4;
    record.orig.bytes = 181;
    record.resp.bytes = 5450;
    return record;
}

/* What a writer makes of these records. The caller frees. */
static char *written(enum record_format format, const struct weir_flow_record *records,
                     size_t count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct record_writer *writer = NULL;
    assert_non_null(out);
    assert_err(record_writer_open(format, out, 0, 0, &writer), WEIR_OK);
    for (size_t i = 0; i < count; i++) {
        record_writer_add(writer, &records[i]);
    }
    assert_err(record_writer_close(&writer, NULL), WEIR_OK);
    assert_null(writer);
    assert_int_equal(fclose(out), 0);
    return text;
}

static size_t fields_of(const char *line, char separator)
{
    size_t fields = 1;
    for (; *line != '\n' && *line != '\0'; line++) {
        fields += *line == separator ? 1 : 0;
    }
    return fields;
}

static void csv_line_has_as_many_fields_as_its_header(void **state)
{
    (void)state;
    const struct weir_flow_record record = http_record(1000000);
    char *text = written(RECORD_FORMAT_CSV, &record, 1);
    const char *line = strchr(text, '\n') + 1;
    assert_int_equal(fields_of(text, ','), fields_of(line, ','));
    assert_non_null(strstr(line, ",10.0.0.1,10.0.0.2,40000,80,5631,0,1970-01-01T00:00:01.000000Z"));
    free(text);
}

static void zeek_conn_has_header_types_and_close(void **state)
{
    (void)state;
    const struct weir_flow_record record = http_record(1000000);
    char *text = written(RECORD_FORMAT_ZEEK_CONN, &record, 1);
    const char *fields = strstr(text, "#fields\t");
    const char *types = strstr(text, "#types\t");
    assert_int_equal(strncmp(text, "#separator \\x09\n", 16), 0);
    assert_int_equal(fields_of(fields, '\t'), fields_of(types, '\t'));
    const char *line = strchr(types, '\n') + 1;
    assert_int_equal(fields_of(line, '\t') + 1, fields_of(types, '\t'));
    assert_int_equal(
        strncmp(line, "1.000000\tC10\t10.0.0.1\t40000\t10.0.0.2\t80\ttcp\t-\t1.500000\t181\t5450",
                60),
        0);
    assert_non_null(strstr(text, "#open\t1970-01-01-00-00-01\n"));
    assert_non_null(strstr(text, "#close\t1970-01-01-00-00-02\n"));
    free(text);
}

static void kdd_lines_come_in_order_of_start(void **state)
{
    (void)state;
    struct weir_flow_record records[] = {http_record(2000000), http_record(1000000)};
    records[1].orig.bytes = 7;
    char *text = written(RECORD_FORMAT_KDD, records, 2);
    assert_int_equal(strncmp(text, "1,tcp,", 6), 0);
    assert_int_equal(fields_of(text, ','), 41);
    assert_non_null(strstr(text, ",SF,7,5450,"));
    assert_true(strstr(text, ",SF,7,5450,") < strstr(text, ",SF,181,5450,"));
    free(text);
}

static void start_and_interim_are_passed_over(void **state)
{
    (void)state;
    struct weir_flow_record record = http_record(1000000);
    record.record_type = WEIR_RECORD_START;
    char *text = written(RECORD_FORMAT_JSONL, &record, 1);
    assert_string_equal(text, "");
    free(text);
}

static void failed_write_is_reported_at_close(void **state)
{
    (void)state;
    const struct weir_flow_record record = http_record(0);
    struct record_writer *writer = NULL;
    struct weir_error error = {0};
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        skip();
    }
    assert_err(record_writer_open(RECORD_FORMAT_CSV, full, 0, 0, &writer), WEIR_OK);
    record_writer_add(writer, &record);
    assert_err(record_writer_close(&writer, &error), WEIR_EIO);
    assert_true(strlen(error.text) > 0);
    (void)fclose(full);
    assert_err(record_writer_open(RECORD_FORMAT_CSV, NULL, 0, 0, &writer), WEIR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_line_has_as_many_fields_as_its_header),
        cmocka_unit_test(zeek_conn_has_header_types_and_close),
        cmocka_unit_test(kdd_lines_come_in_order_of_start),
        cmocka_unit_test(start_and_interim_are_passed_over),
        cmocka_unit_test(failed_write_is_reported_at_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
