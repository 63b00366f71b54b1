/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/interface_statistics.h"

#include "tests/support/weir_test.h"

static void a_growing_counter_is_added_up(void **state)
{
    struct interface_total counter = {.last = 100};
    (void)state;
    interface_statistics_widen(&counter, 150);
    interface_statistics_widen(&counter, 150);
    interface_statistics_widen(&counter, 151);
    assert_int_equal(counter.total, 51);
}

static void a_counter_of_32_bits_goes_on_past_its_end(void **state)
{
    struct interface_total counter = {.last = UINT32_MAX - 9};
    (void)state;
    interface_statistics_widen(&counter, 5);
    assert_int_equal(counter.total, 15);
}

static void a_counter_that_began_anew_is_not_taken_for_one_that_wrapped(void **state)
{
    struct interface_total counter = {.last = 1000, .total = 7};
    (void)state;
    interface_statistics_widen(&counter, 3);
    assert_int_equal(counter.total, 10);
    counter.last = UINT64_C(0x500000000);
    interface_statistics_widen(&counter, 2);
    assert_int_equal(counter.total, 12);
}

static void the_loopback_interface_has_them_all(void **state)
{
    struct interface_statistics statistics;
    (void)state;
    interface_statistics_open("lo", &statistics);
    if (statistics.fds[INTERFACE_RX_DROPPED] < 0) {
        skip();
    }
    interface_statistics_update(&statistics);
    for (int i = 0; i < INTERFACE_COUNTERS; i++) {
        assert_true(statistics.counters[i].is_known);
    }
    interface_statistics_close(&statistics);
}

static void what_is_no_card_is_unknown_and_not_zero(void **state)
{
    struct interface_statistics statistics;
    (void)state;
    interface_statistics_open("weir-none", &statistics);
    interface_statistics_update(&statistics);
    assert_false(statistics.counters[INTERFACE_RX_MISSED].is_known);
    interface_statistics_close(&statistics);
    interface_statistics_open("../../etc", &statistics);
    assert_int_equal(statistics.fds[0], -1);
}

static void every_counter_is_named_as_its_file(void **state)
{
    (void)state;
    assert_string_equal(interface_statistics_name(INTERFACE_RX_FIFO), "rx_fifo_errors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_growing_counter_is_added_up),
        cmocka_unit_test(a_counter_of_32_bits_goes_on_past_its_end),
        cmocka_unit_test(a_counter_that_began_anew_is_not_taken_for_one_that_wrapped),
        cmocka_unit_test(the_loopback_interface_has_them_all),
        cmocka_unit_test(what_is_no_card_is_unknown_and_not_zero),
        cmocka_unit_test(every_counter_is_named_as_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
