/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_options.h"

#include "tests/support/weir_test.h"

static struct tcp_options read_all(const uint8_t *bytes, uint32_t size)
{
    struct tcp_options options;
    tcp_options_read(bytes, size, size, &options);
    return options;
}

static void a_syn_of_linux_is_read(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 3, 7};
    const struct tcp_options options = read_all(bytes, sizeof(bytes));
    static const uint8_t order[] = {2, 4, 8, 1, 3};
    assert_int_equal(options.count, 5);
    assert_int_equal(options.kinds, 0x11e);
    assert_int_equal(options.mss, 1460);
    assert_int_equal(options.scale, 7);
    assert_true(options.has_timestamp);
    assert_int_equal(options.timestamp, 256);
    assert_false(options.corrupt || options.has_fast_open);
    assert_int_equal(options.order_count, 5);
    assert_memory_equal(options.order, order, sizeof(order));
}

static void the_end_of_the_list_is_one_option_and_told_to_the_end(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 0, 0, 0};
    const struct tcp_options options = read_all(bytes, sizeof(bytes));
    assert_int_equal(options.count, 2);
    assert_int_equal(options.kinds, 3);
    assert_int_equal(options.order_count, 4);
    assert_false(options.corrupt);
}

static void a_length_of_0_or_1_or_past_the_end_is_corrupt(void **state)
{
    (void)state;
    static const uint8_t zero[] = {1, 1, 5, 0};
    static const uint8_t one[] = {1, 1, 5, 1};
    static const uint8_t past[] = {2, 5, 5, 180};
    static const uint8_t alone[] = {1, 1, 1, 8};
    static const uint8_t good[] = {2, 4, 5, 180};
    assert_true(read_all(zero, 4).corrupt);
    assert_true(read_all(one, 4).corrupt);
    assert_true(read_all(past, 4).corrupt);
    assert_true(read_all(alone, 4).corrupt);
    assert_false(read_all(good, 4).corrupt);
}

static void an_option_cut_by_the_capture_is_not_corrupt(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {2, 4, 5, 180, 8, 10, 0, 0};
    struct tcp_options options;
    tcp_options_read(bytes, sizeof(bytes), 20, &options);
    assert_false(options.corrupt);
    assert_false(options.has_timestamp);
    assert_int_equal(options.mss, 1460);
}

static void fast_open_has_a_number_and_had_a_magic(void **state)
{
    (void)state;
    static const uint8_t number[] = {34, 2, 1, 1};
    static const uint8_t magic[] = {254, 4, 0xf9, 0x89};
    static const uint8_t other[] = {254, 4, 0xf9, 0x88};
    assert_true(read_all(number, 4).has_fast_open);
    assert_true(read_all(magic, 4).has_fast_open);
    assert_false(read_all(other, 4).has_fast_open);
    assert_int_equal(read_all(number, 4).kinds, 0x80000002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syn_of_linux_is_read),
        cmocka_unit_test(the_end_of_the_list_is_one_option_and_told_to_the_end),
        cmocka_unit_test(a_length_of_0_or_1_or_past_the_end_is_corrupt),
        cmocka_unit_test(an_option_cut_by_the_capture_is_not_corrupt),
        cmocka_unit_test(fast_open_has_a_number_and_had_a_magic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
