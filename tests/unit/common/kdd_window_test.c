/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_window.h"

#include <string.h>

#include "common/base/rng.h"

#include "common/flow/kdd_row.h"
#include "common/flow/service.h"

#include "tests/support/weir_test.h"

#define SECOND INT64_C(1000000)

static struct weir_address host(uint32_t number)
{
    struct weir_address address = {.size = 4};
    address.bytes[0] = 10;
    address.bytes[1] = (uint8_t)(number >> 16);
    address.bytes[2] = (uint8_t)(number >> 8);
    address.bytes[3] = (uint8_t)number;
    return address;
}

static uint32_t tcp(uint16_t port)
{
    return weir_service_key(6, port, weir_service_label(6, 40000, port, WEIR_SERVICE_HINT_NONE));
}

static uint32_t icmp(uint16_t type)
{
    return weir_service_key(1, 0, weir_service_label(1, type, 0, WEIR_SERVICE_HINT_NONE));
}

static struct weir_kdd_window *new_window(void)
{
    struct weir_kdd_window *window = NULL;
    assert_err(weir_kdd_window_new(&weir_kdd_window_defaults, &window), WEIR_OK);
    return window;
}

static void add_and_count(struct weir_kdd_window *window, const struct weir_kdd_conn *conn,
                          struct weir_kdd_counts *counts)
{
    uint64_t position = 0;
    assert_err(weir_kdd_window_add(window, conn, &position), WEIR_OK);
    weir_kdd_window_count(window, position, conn, counts);
}

/* Columns 23 to 41 as the specification prints them. */
static void assert_columns(const struct weir_kdd_counts *counts, const char *want)
{
    const struct weir_flow_record record = {.proto = 6, .flag = WEIR_FLAG_SF};
    char row[WEIR_KDD_ROW_SIZE];
    (void)weir_kdd_row_format(&record, counts, row);
    const char *at = row;
    for (int comma = 0; comma < 22; comma++) {
        at = strchr(at, ',') + 1;
    }
    assert_string_equal(at, want);
}

/* Specification 1.11, the table of ten. */
static void the_ten_connections_have_their_columns(void **state)
{
    (void)state;
    const struct {
        int64_t start_us;
        uint16_t src_port;
        uint32_t resp, service;
        enum weir_outcome outcome;
        const char *columns;
    } rows[] = {
        {0, 40001, 1, tcp(80), WEIR_OUTCOME_NEITHER,
         "1,1,0.00,0.00,0.00,0.00,1.00,0.00,0.00,"
         "1,1,1.00,0.00,1.00,0.00,0.00,0.00,0.00,0.00"},
        {500000, 40002, 1, tcp(80), WEIR_OUTCOME_NEITHER,
         "2,2,0.00,0.00,0.00,0.00,1.00,0.00,0.00,"
         "2,2,1.00,0.00,0.50,0.00,0.00,0.00,0.00,0.00"},
        {900000, 50001, 1, tcp(25), WEIR_OUTCOME_NEITHER,
         "3,1,0.00,0.00,0.00,0.00,0.33,0.67,0.00,"
         "3,1,0.33,0.67,0.33,0.00,0.00,0.00,0.00,0.00"},
        {1200000, 40003, 2, tcp(80), WEIR_OUTCOME_SERROR,
         "1,3,1.00,0.33,0.00,0.00,1.00,0.00,0.67,"
         "1,3,1.00,0.00,1.00,0.67,1.00,0.33,0.00,0.00"},
        {1999000, 6000, 1, tcp(80), WEIR_OUTCOME_RERROR,
         "4,4,0.00,0.25,0.25,0.25,0.75,0.50,0.50,"
         "4,4,0.75,0.50,0.25,0.50,0.00,0.25,0.25,0.25"},
        {2000000, 40004, 1, tcp(80), WEIR_OUTCOME_NEITHER,
         "4,4,0.00,0.25,0.25,0.25,0.75,0.50,0.50,"
         "5,5,0.80,0.40,0.20,0.40,0.00,0.20,0.20,0.20"},
        {2100000, 6000, 1, tcp(443), WEIR_OUTCOME_SERROR,
         "5,1,0.20,1.00,0.20,0.00,0.20,0.60,0.00,"
         "6,1,0.17,0.50,0.33,0.00,0.17,1.00,0.17,0.00"},
        {2100001, 6000, 1, tcp(22), WEIR_OUTCOME_RERROR,
         "6,1,0.17,0.00,0.33,1.00,0.17,0.67,0.00,"
         "7,1,0.14,0.57,0.43,0.00,0.14,0.00,0.29,1.00"},
        {10000000, 53123, 3, weir_service_key(17, 53, 9), WEIR_OUTCOME_NEITHER,
         "1,1,0.00,0.00,0.00,0.00,1.00,0.00,0.00,"
         "1,1,1.00,0.00,1.00,0.00,0.00,0.00,0.00,0.00"},
        {10000000, 8, 1, icmp(8), WEIR_OUTCOME_NEITHER,
         "1,1,0.00,0.00,0.00,0.00,1.00,0.00,0.00,"
         "8,1,0.12,0.62,0.12,0.00,0.12,0.00,0.25,0.00"},
    };
    struct weir_kdd_window *window = new_window();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct weir_kdd_conn conn = {.start_us = rows[i].start_us,
                                           .orig = host(100),
                                           .resp = host(rows[i].resp),
                                           .src_port = rows[i].src_port,
                                           .service_key = rows[i].service,
                                           .outcome = rows[i].outcome};
        struct weir_kdd_counts counts;
        add_and_count(window, &conn, &counts);
        assert_columns(&counts, rows[i].columns);
    }
    weir_kdd_window_free(window);
}

/* Specification 1.11 (F). */
static void a_syn_flood_fills_both_windows(void **state)
{
    (void)state;
    struct weir_kdd_window *window = new_window();
    struct weir_kdd_counts counts = {0};
    for (uint16_t i = 0; i < 600; i++) {
        const struct weir_kdd_conn conn = {.start_us = i * INT64_C(1000),
                                           .orig = host(1),
                                           .resp = host(2),
                                           .src_port = (uint16_t)(1024 + i),
                                           .service_key = tcp((uint16_t)(1 + i % 100)),
                                           .outcome = WEIR_OUTCOME_SERROR};
        add_and_count(window, &conn, &counts);
    }
    assert_columns(&counts, "511,6,1.00,1.00,0.00,0.00,0.01,0.20,0.00,"
                            "255,3,0.01,0.39,0.00,0.00,1.00,1.00,0.00,0.00");
    weir_kdd_window_free(window);
}

/* Specification 1.11 (M). */
static void echo_replies_to_one_host_are_one_service(void **state)
{
    (void)state;
    struct weir_kdd_window *window = new_window();
    struct weir_kdd_counts counts = {0};
    for (uint32_t i = 0; i < 600; i++) {
        const struct weir_kdd_conn conn = {.start_us = i * INT64_C(1000),
                                           .orig = host(1000 + i),
                                           .resp = host(2),
                                           .service_key = icmp(0)};
        add_and_count(window, &conn, &counts);
    }
    assert_columns(&counts, "511,511,0.00,0.00,0.00,0.00,1.00,0.00,0.00,"
                            "255,255,1.00,0.00,1.00,0.00,0.00,0.00,0.00,0.00");
    weir_kdd_window_free(window);
}

/* Specification 1.11 (P). */
static void a_slow_ping_sweep_shows_in_the_host_window(void **state)
{
    (void)state;
    struct weir_kdd_window *window = new_window();
    struct weir_kdd_counts counts = {0};
    for (uint32_t i = 0; i < 40; i++) {
        const struct weir_kdd_conn conn = {.start_us = i * 5 * SECOND,
                                           .orig = host(1),
                                           .resp = host(1000 + i),
                                           .src_port = 8,
                                           .service_key = icmp(8)};
        add_and_count(window, &conn, &counts);
    }
    assert_columns(&counts, "1,1,0.00,0.00,0.00,0.00,1.00,0.00,0.00,"
                            "1,40,1.00,0.00,1.00,1.00,0.00,0.00,0.00,0.00");
    weir_kdd_window_free(window);
}

static void a_connection_the_rings_have_left_counts_itself(void **state)
{
    (void)state;
    struct weir_kdd_window *window = new_window();
    struct weir_kdd_conn first = {.start_us = 5, .resp = host(1), .service_key = tcp(80)};
    uint64_t position = 0;
    assert_err(weir_kdd_window_add(window, &first, &position), WEIR_OK);
    for (uint32_t i = 0; i < 3000; i++) {
        const struct weir_kdd_conn other = {.start_us = 10,
                                            .resp = host(1),
                                            .service_key = tcp(80)};
        uint64_t later = 0;
        assert_err(weir_kdd_window_add(window, &other, &later), WEIR_OK);
    }
    first.outcome = WEIR_OUTCOME_RERROR;
    weir_kdd_window_set_outcome(window, position, first.outcome);
    struct weir_kdd_counts counts;
    weir_kdd_window_count(window, position, &first, &counts);
    assert_columns(&counts, "1,1,0.00,0.00,1.00,1.00,1.00,0.00,0.00,"
                            "1,1,1.00,0.00,1.00,0.00,0.00,0.00,1.00,1.00");
    weir_kdd_window_free(window);
}

static void a_forgotten_host_starts_anew(void **state)
{
    (void)state;
    struct weir_kdd_window_options options = weir_kdd_window_defaults;
    options.conns = 4;
    options.fill_scan = 4;
    options.ring = 4;
    options.hosts_max = 8;
    struct weir_kdd_window *window = NULL;
    assert_err(weir_kdd_window_new(&options, &window), WEIR_OK);
    struct weir_kdd_counts counts = {0};
    for (uint32_t i = 0; i < 8; i++) { /* 0 and 1 twice, so 2 becomes the oldest */
        const struct weir_kdd_conn conn = {.start_us = i, .resp = host(i), .service_key = i};
        add_and_count(window, &conn, &counts);
    }
    for (uint32_t i = 0; i < 2; i++) {
        const struct weir_kdd_conn conn = {.start_us = 10, .resp = host(i), .service_key = i};
        add_and_count(window, &conn, &counts);
        assert_int_equal(counts.dst_host_count, 2);
    }
    const struct weir_kdd_conn ninth = {.start_us = 11, .resp = host(8), .service_key = 8};
    add_and_count(window, &ninth, &counts);
    const struct weir_kdd_conn third = {.start_us = 12, .resp = host(3), .service_key = 3};
    add_and_count(window, &third, &counts);
    assert_int_equal(counts.dst_host_count, 2);
    const struct weir_kdd_conn oldest = {.start_us = 13, .resp = host(2), .service_key = 2};
    add_and_count(window, &oldest, &counts);
    assert_int_equal(counts.dst_host_count, 1);
    weir_kdd_window_free(window);
}

static void many_hosts_come_and_go(void **state)
{
    (void)state;
    struct weir_kdd_window_options options = weir_kdd_window_defaults;
    options.hosts_max = 5000;
    struct weir_kdd_window *window = NULL;
    assert_err(weir_kdd_window_new(&options, &window), WEIR_OK);
    struct weir_rng rng;
    weir_rng_init(&rng, 5);
    for (uint32_t i = 0; i < 100000; i++) {
        const struct weir_kdd_conn conn = {.start_us = i * SECOND,
                                           .resp = host((uint32_t)weir_rng_below(&rng, 60000)),
                                           .service_key = tcp(80)};
        struct weir_kdd_counts counts;
        add_and_count(window, &conn, &counts);
        assert_true(weir_kdd_counts_valid(&counts));
        assert_int_equal(counts.count, counts.srv_count == 1 ? 1 : counts.count);
    }
    weir_kdd_window_free(window);
}

static void an_earlier_start_counts_as_the_latest(void **state)
{
    (void)state;
    struct weir_kdd_window *window = new_window();
    struct weir_kdd_counts counts;
    const struct weir_kdd_conn late = {.start_us = 9 * SECOND, .resp = host(1), .service_key = 1};
    const struct weir_kdd_conn early = {.start_us = SECOND, .resp = host(1), .service_key = 1};
    add_and_count(window, &late, &counts);
    add_and_count(window, &early, &counts);
    assert_int_equal(counts.count, 2);
    weir_kdd_window_free(window);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    struct weir_kdd_window *window = NULL;
    struct weir_kdd_window_options options = weir_kdd_window_defaults;
    options.ring = 510;
    assert_err(weir_kdd_window_new(&options, &window), WEIR_EINVAL);
    options = weir_kdd_window_defaults;
    options.fill_scan = 2049;
    assert_err(weir_kdd_window_new(&options, &window), WEIR_EINVAL);
    options = weir_kdd_window_defaults;
    options.host_conns = 0;
    assert_err(weir_kdd_window_new(&options, &window), WEIR_EINVAL);
    options = weir_kdd_window_defaults;
    options.hosts_max = 0;
    assert_err(weir_kdd_window_new(&options, &window), WEIR_EINVAL);
    assert_null(window);
    weir_kdd_window_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ten_connections_have_their_columns),
        cmocka_unit_test(a_syn_flood_fills_both_windows),
        cmocka_unit_test(echo_replies_to_one_host_are_one_service),
        cmocka_unit_test(a_slow_ping_sweep_shows_in_the_host_window),
        cmocka_unit_test(a_connection_the_rings_have_left_counts_itself),
        cmocka_unit_test(a_forgotten_host_starts_anew),
        cmocka_unit_test(many_hosts_come_and_go),
        cmocka_unit_test(an_earlier_start_counts_as_the_latest),
        cmocka_unit_test(options_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
