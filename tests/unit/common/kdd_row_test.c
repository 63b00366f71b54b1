/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_row.h"

#include <string.h>

#include "common/flow/service.h"

#include "tests/support/weir_test.h"

static struct weir_flow_record http(void)
{
    struct weir_flow_record r = {.proto = 6, .flag = WEIR_FLAG_SF, .duration_us = 999999};
    assert_true(weir_service_parse("http", &r.service));
    r.orig.bytes = 181;
    r.resp.bytes = 5450;
    r.content.logged_in = 1;
    return r;
}

/* The first row of the KDD Cup's ten per cent file, but for what a lone connection cannot have. */
static void a_record_reads_like_a_row_of_the_data(void **state)
{
    (void)state;
    const struct weir_flow_record r = http();
    const struct weir_kdd_counts counts = {.count = 8,
                                           .srv_count = 8,
                                           .same_srv = 8,
                                           .dst_host_count = 9,
                                           .dst_host_srv_count = 9,
                                           .dst_host_same_srv = 9,
                                           .dst_host_same_src_port = 1};
    char row[WEIR_KDD_ROW_SIZE];
    const size_t size = weir_kdd_row_format(&r, &counts, row);
    assert_string_equal(row, "0,tcp,http,SF,181,5450,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,8,8,0.00,0.00,"
                             "0.00,0.00,1.00,0.00,0.00,9,9,1.00,0.00,0.11,0.00,0.00,0.00,0.00,"
                             "0.00");
    assert_int_equal(size, strlen(row));
}

static void the_longest_row_fits(void **state)
{
    (void)state;
    struct weir_flow_record r = http();
    assert_true(weir_service_parse("netbios_dgm", &r.service));
    r.flag = WEIR_FLAG_RSTOS0;
    r.duration_us = INT64_MAX;
    r.orig.bytes = UINT64_MAX;
    r.resp.bytes = UINT64_MAX;
    r.land = true;
    memset(&r.content, 0xff, sizeof(r.content));
    struct weir_kdd_counts counts;
    memset(&counts, 0xff, sizeof(counts));
    char row[WEIR_KDD_ROW_SIZE];
    const size_t size = weir_kdd_row_format(&r, &counts, row);
    assert_true(size < WEIR_KDD_ROW_SIZE);
    assert_int_equal(size, strlen(row));
    int commas = 0;
    for (size_t i = 0; i < size; i++) {
        commas += row[i] == ',';
    }
    assert_int_equal(commas, 40);
}

/* Specification 1.3. */
static void duration_is_whole_seconds_of_a_seen_end(void **state)
{
    (void)state;
    static const struct {
        enum weir_flag flag;
        uint32_t seconds;
    } rows[] = {{WEIR_FLAG_SF, 3},   {WEIR_FLAG_REJ, 3},    {WEIR_FLAG_RSTO, 3},
                {WEIR_FLAG_RSTR, 3}, {WEIR_FLAG_RSTOS0, 3}, {WEIR_FLAG_S2, 3},
                {WEIR_FLAG_S3, 3},   {WEIR_FLAG_S0, 0},     {WEIR_FLAG_S1, 0},
                {WEIR_FLAG_SH, 0},   {WEIR_FLAG_OTH, 0},    {WEIR_FLAG_OPEN, 0}};
    struct weir_flow_record r = http();
    r.duration_us = 3999999;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        r.flag = (uint8_t)rows[i].flag;
        assert_int_equal(weir_kdd_duration(&r), rows[i].seconds);
    }
    r.proto = WEIR_PROTO_ICMP;
    r.flag = WEIR_FLAG_SF;
    assert_int_equal(weir_kdd_duration(&r), 0);
}

static void an_icmp_row_has_the_mean_message_and_no_answer(void **state)
{
    (void)state;
    struct weir_flow_record r = http();
    r.proto = WEIR_PROTO_ICMPV6;
    r.icmp_orig = (struct weir_icmp_side){.messages = 3, .bytes = 194};
    assert_int_equal(weir_kdd_src_bytes(&r), 64);
    assert_int_equal(weir_kdd_dst_bytes(&r), 0);
    assert_string_equal(weir_kdd_protocol(&r), "icmp");
    r.icmp_orig.messages = 0;
    assert_int_equal(weir_kdd_src_bytes(&r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_reads_like_a_row_of_the_data),
        cmocka_unit_test(the_longest_row_fits),
        cmocka_unit_test(duration_is_whole_seconds_of_a_seen_end),
        cmocka_unit_test(an_icmp_row_has_the_mean_message_and_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
