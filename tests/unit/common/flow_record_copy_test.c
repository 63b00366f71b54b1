/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_record_copy.h"

#include <string.h>

#include "common/flow/flow_details.h"
#include "common/flow/flow_statistics.h"

#include "tests/support/weir_test.h"

static void a_copy_has_its_own_statistics_and_details(void **state)
{
    (void)state;
    struct weir_arena arena;
    struct weir_flow_statistics statistics;
    struct weir_flow_details details = {.present = 1U << WEIR_DETAIL_HTTP};
    struct weir_flow_record record = {.flow_id = 7, .statistics = &statistics, .details = &details};
    struct weir_flow_record copy;
    weir_arena_init(&arena, 0);
    weir_flow_statistics_init(&statistics);
    memcpy(details.http.host, "example", sizeof("example"));
    assert_err(weir_flow_record_copy(&arena, &record, &copy), 0);
    assert_true(arena.used == weir_flow_record_extra(&record));
    details.http.host[0] = 'X';
    statistics.orig.ttl_min = 9;
    assert_true(copy.flow_id == 7 && copy.statistics->orig.ttl_min == 0);
    assert_string_equal(copy.details->http.host, "example");
    weir_arena_fini(&arena);
}

static void a_record_without_either_takes_nothing(void **state)
{
    (void)state;
    struct weir_arena arena;
    const struct weir_flow_record record = {.flow_id = 7};
    struct weir_flow_record copy;
    weir_arena_init(&arena, 1);
    assert_err(weir_flow_record_copy(&arena, &record, &copy), 0);
    assert_true(copy.flow_id == 7 && arena.used == 0);
    weir_arena_fini(&arena);
}

static void details_end_behind_their_last_block(void **state)
{
    (void)state;
    const size_t dns = weir_flow_details_size(1U << WEIR_DETAIL_DNS);
    assert_true(dns == offsetof(struct weir_flow_details, http));
    assert_true(weir_flow_details_size(3U) == offsetof(struct weir_flow_details, tls));
    assert_true(weir_flow_details_size(1U << WEIR_DETAIL_DHCP) == sizeof(struct weir_flow_details));
    assert_true(weir_flow_details_size(0) == sizeof(uint32_t));
}

static void a_full_arena_makes_no_copy(void **state)
{
    (void)state;
    struct weir_arena arena;
    struct weir_flow_statistics statistics;
    const struct weir_flow_record record = {.flow_id = 7, .statistics = &statistics};
    struct weir_flow_record copy = {.flow_id = 1};
    weir_flow_statistics_init(&statistics);
    weir_arena_init(&arena, 64);
    assert_err(weir_flow_record_copy(&arena, &record, &copy), WEIR_ENOMEM);
    assert_true(copy.flow_id == 1);
    weir_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_has_its_own_statistics_and_details),
        cmocka_unit_test(a_record_without_either_takes_nothing),
        cmocka_unit_test(details_end_behind_their_last_block),
        cmocka_unit_test(a_full_arena_makes_no_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
