/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/record_writer.h"

#include <stdlib.h>
#include <string.h>

#include "common/flow/app.h"
#include "common/flow/flow_details.h"
#include "common/flow/flow_statistics.h"
#include "common/flow/tunnel.h"

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

/* A record with everything set; statistics and details are the caller's. */
static struct weir_flow_record full_record(struct weir_flow_statistics *statistics,
                                           struct weir_flow_details *details)
{
    struct weir_flow_record record = http_record(1000000);
    weir_flow_statistics_init(statistics);
    memset(details, 0, sizeof(*details));
    statistics->orig.ttl_min = 57;
    statistics->orig.win_init = 64240;
    statistics->resp.pkt_len_mean = 94.5F;
    statistics->sequence_count = 2;
    statistics->len_seq[0] = 52;
    statistics->len_seq[1] = -52;
    statistics->iat_seq[1] = 300;
    memcpy(statistics->ja4t, "64240_2-4_1460_7", 17);
    details->present = 1U << WEIR_DETAIL_HTTP | 1U << WEIR_DETAIL_SSH;
    memcpy(details->http.host, "a\"b\\\\c\x01\xff", 9); /* no parser gives the last two */
    details->http.status = 404;
    record.app = WEIR_APP_HTTP;
    record.tunnel = WEIR_TUNNEL_VXLAN;
    record.tunnel_id = 42;
    record.vlan_count = 1;
    record.vlan[0] = 7;
    record.orig.mac[0] = 2;
    record.verdict = (struct weir_verdict){.model_version = 3, .score = 0.5F, .flagged = true};
    record.statistics = statistics;
    record.details = details;
    record.record_no = 9;
    record.immediate.count = 4;
    record.immediate.srv_count = 1;
    record.immediate.serror = 1;
    return record;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no %s in %s", part, text);
    }
}

static void jsonl_has_statistics_and_protocols_by_their_names(void **state)
{
    (void)state;
    struct weir_flow_statistics statistics;
    struct weir_flow_details details;
    const struct weir_flow_record record = full_record(&statistics, &details);
    char *text = written(RECORD_FORMAT_JSONL, &record, 1);
    assert_has(text, "\"app\":\"http\",\"encrypted_guess\":false,\"detail\":\"full\"");
    assert_has(text, "\"tunnel\":\"vxlan\",\"tunnel_id\":42");
    assert_has(text, "\"model_version\":3,\"score\":0.5,\"flagged\":true");
    assert_has(text, "\"orig_ttl_min\":57");
    assert_has(text, "\"orig_win_init\":64240");
    assert_has(text, "\"resp_pkt_len_mean\":94.5");
    assert_has(text, "\"len_seq\":[52,-52],\"iat_seq\":[0,300]");
    assert_has(text, "\"orig_ja4t\":\"64240_2-4_1460_7\"");
    assert_null(strstr(text, "resp_win_init")); /* not measured */
    assert_has(text, "\"http\":{\"host\":\"a\\\"b\\\\\\\\c\\u0001\\u00ff\",\"status_code\":404");
    assert_has(text, "\"ssh\":{}");
    assert_has(text, "\"measured\":true,\"record_no\":9,");
    assert_has(text, "\"immediate\":{\"immediate_count\":4,\"immediate_srv_count\":1,"
                     "\"immediate_serror_rate\":0.25,");
    assert_null(strstr(text, "\"dns\""));
    free(text);
}

/* What was not measured is not told as if it had been. */
static void what_was_not_measured_is_absent(void **state)
{
    (void)state;
    struct weir_flow_statistics statistics;
    struct weir_flow_details details;
    struct weir_flow_record record = full_record(&statistics, &details);
    record.app = WEIR_APP_UNKNOWN; /* and no byte values were counted */
    record.immediate = (struct weir_kdd_counts){0};
    char *text = written(RECORD_FORMAT_JSONL, &record, 1);
    assert_has(text, "\"app\":\"unknown\",\"encrypted_guess\":null,");
    assert_null(strstr(text, "immediate"));
    free(text);
    statistics.orig.payload_entropy = 7.5F;
    statistics.resp.payload_entropy = 4.5F;
    text = written(RECORD_FORMAT_JSONL, &record, 1);
    assert_has(text, "\"encrypted_guess\":false,\"detail\":\"full\",\"measured\":true,");
    free(text);
    record.statistics = NULL;
    text = written(RECORD_FORMAT_JSONL, &record, 1);
    assert_has(text, "\"encrypted_guess\":null,\"detail\":\"full\",\"measured\":false,");
    free(text);
    text = written(RECORD_FORMAT_CSV, &record, 1);
    assert_has(text, ",unknown,,full,0,");
    assert_has(text, ",3,0.5,1,0,9,,,");
    assert_int_equal(fields_of(text, ','), fields_of(strchr(text, '\n') + 1, ','));
    free(text);
}

static void csv_has_a_cell_for_every_statistic(void **state)
{
    (void)state;
    struct weir_flow_statistics statistics;
    struct weir_flow_details details;
    const struct weir_flow_record record = full_record(&statistics, &details);
    char *text = written(RECORD_FORMAT_CSV, &record, 1);
    const char *line = strchr(text, '\n') + 1;
    assert_has(text, ",app,encrypted_guess,detail,seed_tcp_anomaly,tunnel,tunnel_id,hdr_stack,");
    assert_has(text, ",orig_ttl_min,");
    assert_has(text, ",content_truncated,hot,num_failed_logins,logged_in,num_compromised,");
    assert_has(text, ",flagged,measured,record_no,immediate_count,immediate_srv_count,");
    assert_has(line, ",http,0,full,0,vxlan,42,");
    assert_has(line, ",3,0.5,1,1,9,4,1,0.25,");
    assert_has(text, ",orig_pkt_rate,resp_pkt_rate,orig_byte_rate,resp_byte_rate,pkt_asym,"
                     "byte_asym\n");
    assert_int_equal(fields_of(text, ','), fields_of(line, ','));
    free(text);
}

static void zeek_conn_names_application_tunnel_and_link(void **state)
{
    (void)state;
    struct weir_flow_statistics statistics;
    struct weir_flow_details details;
    static const struct {
        enum weir_app app;
        uint8_t proto;
        const char *want;
    } services[] = {{WEIR_APP_HTTP, WEIR_PROTO_TCP, "\ttcp\thttp\t"},
                    {WEIR_APP_TLS, WEIR_PROTO_TCP, "\ttcp\tssl\t"},
                    {WEIR_APP_KERBEROS, WEIR_PROTO_UDP, "\tudp\tkrb\t"},
                    {WEIR_APP_LDAP, WEIR_PROTO_TCP, "\ttcp\tldap_tcp\t"},
                    {WEIR_APP_MDNS, WEIR_PROTO_UDP, "\tudp\tdns\t"},
                    {WEIR_APP_UNKNOWN, WEIR_PROTO_TCP, "\ttcp\t-\t"}};
    struct weir_flow_record record = full_record(&statistics, &details);
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        record.app = (uint8_t)services[i].app;
        record.proto = services[i].proto;
        char *text = written(RECORD_FORMAT_ZEEK_CONN, &record, 1);
        assert_has(text, services[i].want);
        assert_has(text, "\t-\t7\t-\t02:00:00:00:00:00\t-\t1:"); /* no uid of the tunnel is known */
        assert_has(text, "=\tvxlan/42\n");
        free(text);
    }
}

/* A live capture's, where now is told: two starts of a sensor have no uid in common. */
static void live_uids_differ_from_start_to_start(void **state)
{
    (void)state;
    const struct weir_flow_record record = http_record(1000000);
    char *texts[2] = {NULL, NULL};
    for (size_t i = 0; i < 2; i++) {
        size_t size = 0;
        struct record_writer *writer = NULL;
        FILE *out = open_memstream(&texts[i], &size);
        assert_non_null(out);
        assert_err(record_writer_open(RECORD_FORMAT_ZEEK_CONN, out, 5000000, 0, &writer), WEIR_OK);
        record_writer_add(writer, &record);
        assert_err(record_writer_close(&writer, NULL), WEIR_OK);
        assert_int_equal(fclose(out), 0);
    }
    const char *first = strstr(texts[0], "\n1.000000\tC");
    const char *second = strstr(texts[1], "\n1.000000\tC");
    assert_non_null(first);
    assert_non_null(second);
    assert_true(strncmp(first, second, 20) != 0);
    free(texts[0]);
    free(texts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_line_has_as_many_fields_as_its_header),
        cmocka_unit_test(zeek_conn_has_header_types_and_close),
        cmocka_unit_test(kdd_lines_come_in_order_of_start),
        cmocka_unit_test(start_and_interim_are_passed_over),
        cmocka_unit_test(failed_write_is_reported_at_close),
        cmocka_unit_test(jsonl_has_statistics_and_protocols_by_their_names),
        cmocka_unit_test(what_was_not_measured_is_absent),
        cmocka_unit_test(csv_has_a_cell_for_every_statistic),
        cmocka_unit_test(zeek_conn_names_application_tunnel_and_link),
        cmocka_unit_test(live_uids_differ_from_start_to_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
