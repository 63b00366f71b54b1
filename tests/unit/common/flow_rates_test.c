/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_rates.h"

#include "tests/support/weir_test.h"

static const struct tolerance close = {1e-6, 0};

static void rates_are_of_a_second_and_asymmetries_of_the_sum(void **state)
{
    (void)state;
    const struct weir_flow_record record = {.duration_us = 2500000,
                                            .orig = {.packets = 5, .ip_bytes = 1000},
                                            .resp = {.packets = 15, .ip_bytes = 0}};
    const struct weir_flow_rates rates = weir_flow_rates_of(&record);
    assert_close((double)rates.orig_pkt_rate, 2.0, close);
    assert_close((double)rates.resp_pkt_rate, 6.0, close);
    assert_close((double)rates.orig_byte_rate, 400.0, close);
    assert_close((double)rates.resp_byte_rate, 0.0, close);
    assert_close((double)rates.pkt_asym, -0.5, close);
    assert_close((double)rates.byte_asym, 1.0, close);
}

static void without_duration_or_packets_all_are_0(void **state)
{
    (void)state;
    struct weir_flow_record record = {.orig = {.packets = 5, .ip_bytes = 1000}};
    struct weir_flow_rates rates = weir_flow_rates_of(&record);
    assert_close((double)rates.orig_pkt_rate, 0.0, close);
    assert_close((double)rates.orig_byte_rate, 0.0, close);
    assert_close((double)rates.pkt_asym, 1.0, close);
    record.orig.packets = 0;
    record.orig.ip_bytes = 0;
    rates = weir_flow_rates_of(&record);
    assert_close((double)rates.pkt_asym, 0.0, close);
    assert_close((double)rates.byte_asym, 0.0, close);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_of_a_second_and_asymmetries_of_the_sum),
        cmocka_unit_test(without_duration_or_packets_all_are_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
