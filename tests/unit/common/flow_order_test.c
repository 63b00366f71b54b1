/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_order.h"

#include "tests/support/weir_test.h"

static struct weir_address address(const char *text)
{
    struct weir_address out;
    assert_err(weir_address_parse(text, &out), WEIR_OK);
    return out;
}

/* In order; each row differs from the one above in the field that decides. */
static void every_field_decides_in_its_turn(void **state)
{
    (void)state;
    const struct weir_address low = address("10.0.0.1");
    const struct weir_address high = address("10.0.0.200");
    const struct weir_address v6 = address("10::1");
    const struct weir_flow_order rows[] = {
        {.start_us = 1, .proto = 255, .orig = high, .resp = high, .flow_id = 9},
        {.start_us = 2, .proto = 1, .orig = high, .resp = high},
        {.start_us = 2, .proto = 6, .orig = v6, .resp = high, .flow_id = 9},
        {.start_us = 2, .proto = 6, .orig = low, .resp = low, .orig_port = 9},
        {.start_us = 2, .proto = 6, .orig = low, .resp = high, .orig_port = 255, .resp_port = 9},
        {.start_us = 2, .proto = 6, .orig = low, .resp = high, .orig_port = 256, .resp_port = 1},
        {.start_us = 2, .proto = 6, .orig = low, .resp = high, .orig_port = 256, .resp_port = 2},
        {.start_us = 2, .proto = 6, .orig = high, .resp = low, .sensor_id = 1, .flow_id = 9},
        {.start_us = 2, .proto = 6, .orig = high, .resp = low, .sensor_id = 2, .flow_id = 1},
        {.start_us = 2, .proto = 6, .orig = high, .resp = low, .sensor_id = 2, .flow_id = 2},
        {.start_us = 2,
         .proto = 6,
         .orig = high,
         .resp = low,
         .sensor_id = 2,
         .flow_id = 2,
         .message = 1},
    };
    const size_t count = sizeof(rows) / sizeof(rows[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            const int got = weir_flow_order_compare(&rows[i], &rows[j]);
            assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
        }
    }
}

static void the_key_is_that_of_the_connection(void **state)
{
    (void)state;
    const struct weir_kdd_conn conn = {.start_us = 5,
                                       .orig = address("10.0.0.1"),
                                       .resp = address("10.0.0.2"),
                                       .src_port = 8,
                                       .resp_port = 3,
                                       .proto = 1};
    struct weir_flow_order order;
    weir_flow_order_init(&order, &conn, 7, 11, 13);
    assert_int_equal(order.start_us, 5);
    assert_true(weir_address_equal(&order.resp, &conn.resp));
    assert_int_equal(order.orig_port, 8);
    assert_int_equal(order.resp_port, 3);
    assert_int_equal(order.proto, 1);
    assert_int_equal(order.sensor_id, 7);
    assert_int_equal(order.flow_id, 11);
    assert_int_equal(order.message, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_decides_in_its_turn),
        cmocka_unit_test(the_key_is_that_of_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
