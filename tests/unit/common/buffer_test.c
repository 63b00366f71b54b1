/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/buffer.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void numbers_are_written_big_endian(void **state)
{
    (void)state;
    static const uint8_t want[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    struct weir_buffer buffer = {0};
    weir_buffer_add_u8(&buffer, 1);
    weir_buffer_add_u16(&buffer, 0x0203);
    weir_buffer_add_u32(&buffer, 0x04050607);
    weir_buffer_add_u64(&buffer, UINT64_C(0x08090a0b0c0d0e0f));
    assert_int_equal(buffer.size, sizeof(want));
    assert_memory_equal(buffer.bytes, want, sizeof(want));
    weir_buffer_fini(&buffer);
}

static void format_adds_no_terminator(void **state)
{
    (void)state;
    struct weir_buffer buffer = {0};
    weir_buffer_add_text(&buffer, "a=");
    weir_buffer_add_format(&buffer, "%d;%s", 12, "x");
    assert_int_equal(buffer.size, 6);
    assert_memory_equal(buffer.bytes, "a=12;x", 6);
    weir_buffer_fini(&buffer);
}

static void content_survives_growth(void **state)
{
    (void)state;
    struct weir_buffer buffer = {0};
    for (uint32_t i = 0; i < 10000; i++) {
        weir_buffer_add_u32(&buffer, i);
    }
    assert_false(buffer.failed);
    assert_int_equal(buffer.size, 40000);
    assert_int_equal(buffer.bytes[4 * 9999 + 2], 9999 >> 8);
    weir_buffer_fini(&buffer);
}

static void impossible_reserve_is_remembered_until_reset(void **state)
{
    (void)state;
    struct weir_buffer buffer = {0};
    weir_buffer_add_u8(&buffer, 1);
    assert_null(weir_buffer_reserve(&buffer, SIZE_MAX));
    assert_true(buffer.failed);
    weir_buffer_add_u8(&buffer, 2);
    assert_int_equal(buffer.size, 1);
    weir_buffer_reset(&buffer);
    assert_false(buffer.failed);
    assert_int_equal(buffer.size, 0);
    weir_buffer_fini(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_big_endian),
        cmocka_unit_test(format_adds_no_terminator),
        cmocka_unit_test(content_survives_growth),
        cmocka_unit_test(impossible_reserve_is_remembered_until_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
