/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/cursor.h"

#include "tests/support/weir_test.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};

static void network_order_is_big_endian(void **state)
{
    (void)state;
    struct weir_cursor cursor = weir_cursor_over(bytes, sizeof(bytes));
    struct weir_cursor again = cursor;
    uint8_t one = 0;
    uint16_t two = 0;
    uint32_t four = 0;
    uint64_t eight = 0;
    assert_true(weir_cursor_u8(&cursor, &one));
    assert_true(weir_cursor_u16(&cursor, &two));
    assert_true(weir_cursor_u32(&cursor, &four));
    assert_true(weir_cursor_u64(&again, &eight));
    assert_int_equal(one, 1);
    assert_int_equal(two, 0x0203);
    assert_int_equal(four, 0x04050607);
    assert_true(eight == UINT64_C(0x0102030405060708));
    assert_int_equal(cursor.left, 1);
    assert_int_equal(again.left, 0);
}

static void files_of_ours_are_little_endian(void **state)
{
    (void)state;
    struct weir_cursor cursor = weir_cursor_over(bytes, sizeof(bytes));
    struct weir_cursor again = cursor;
    uint16_t two = 0;
    uint32_t four = 0;
    uint64_t eight = 0;
    assert_true(weir_cursor_le16(&cursor, &two));
    assert_true(weir_cursor_le32(&cursor, &four));
    assert_true(weir_cursor_le64(&again, &eight));
    assert_int_equal(two, 0x0201);
    assert_int_equal(four, 0x06050403);
    assert_true(eight == UINT64_C(0x0807060504030201));
}

static void read_past_the_end_moves_nothing_and_writes_nothing(void **state)
{
    (void)state;
    struct weir_cursor cursor = weir_cursor_over(bytes, 7);
    const uint8_t *at = NULL;
    uint64_t eight = 77;
    assert_false(weir_cursor_u64(&cursor, &eight));
    assert_false(weir_cursor_le64(&cursor, &eight));
    assert_false(weir_cursor_bytes(&cursor, 8, &at));
    assert_false(weir_cursor_skip(&cursor, SIZE_MAX));
    assert_true(eight == 77);
    assert_null(at);
    assert_ptr_equal(cursor.next, bytes);
    assert_int_equal(cursor.left, 7);
}

static void bytes_are_borrowed_in_place(void **state)
{
    (void)state;
    struct weir_cursor cursor = weir_cursor_over(bytes, sizeof(bytes));
    const uint8_t *at = NULL;
    assert_true(weir_cursor_skip(&cursor, 2));
    assert_true(weir_cursor_bytes(&cursor, 6, &at));
    assert_ptr_equal(at, bytes + 2);
    assert_int_equal(cursor.left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network_order_is_big_endian),
        cmocka_unit_test(files_of_ours_are_little_endian),
        cmocka_unit_test(read_past_the_end_moves_nothing_and_writes_nothing),
        cmocka_unit_test(bytes_are_borrowed_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
