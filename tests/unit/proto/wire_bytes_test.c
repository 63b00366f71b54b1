/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire_bytes.h"

#include "tests/support/weir_test.h"

static void a_short_varint_is_the_same_as_a_long_one(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 28; bit++) {
        for (unsigned low = 0; low < 3; low++) {
            const uint32_t value = (UINT32_C(1) << bit) - 1 + low;
            uint8_t wanted[WEIR_VARINT_MAX] = {0};
            uint8_t got[WEIR_VARINT_MAX] = {0};
            const size_t length = (size_t)(weir_varint_write(wanted, value) - wanted);
            assert_true(value <= WEIR_VARINT_SHORT_MAX);
            assert_int_equal(weir_varint_write_short(got, value) - got, (int)length);
            assert_memory_equal(got, wanted, length);
        }
    }
}

static void a_difference_is_small_either_way(void **state)
{
    (void)state;
    assert_true(weir_zigzag_difference(5, 5) == 0);
    assert_true(weir_zigzag_difference(4, 5) == 1);
    assert_true(weir_zigzag_difference(6, 5) == 2);
    assert_true(weir_zigzag_difference(0, UINT64_MAX) == 2);
}

static void nothing_is_written_for_zero_and_for_no_bytes(void **state)
{
    (void)state;
    struct weir_buffer out = {0};
    weir_wire_add_varint(&out, 1, 0);
    weir_wire_add_bytes(&out, 2, "", 0);
    assert_int_equal(out.size, 0);
    weir_wire_add_varint(&out, 1, 300);
    weir_wire_add_bytes(&out, 2, "ab", 2);
    assert_int_equal(out.size, 7);
    assert_memory_equal(out.bytes,
                        "\x08\xac\x02\x12\x02"
                        "ab",
                        7);
    weir_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_varint_is_the_same_as_a_long_one),
        cmocka_unit_test(a_difference_is_small_either_way),
        cmocka_unit_test(nothing_is_written_for_zero_and_for_no_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
