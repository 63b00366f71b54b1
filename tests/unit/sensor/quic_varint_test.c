/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/quic_varint.h"

#include "tests/support/weir_test.h"

/* RFC 9000 A.1 */
static void published_integers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        uint64_t value;
    } rows[] = {{"\xc2\x19\x7c\x5e\xff\x14\xe8\x8c", 8, 151288809941952652},
                {"\x9d\x7f\x3e\x7d", 4, 494878333},
                {"\x7b\xbd", 2, 15293},
                {"\x25", 1, 37},
                {"\x40\x25", 2, 37}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 0;
        for (size_t size = 0; size < rows[i].size; size++) {
            struct weir_cursor cut = weir_cursor_over(rows[i].bytes, size);
            assert_false(quic_varint_read(&cut, &value));
            assert_int_equal(cut.left, size);
        }
        struct weir_cursor all = weir_cursor_over(rows[i].bytes, rows[i].size);
        assert_true(quic_varint_read(&all, &value));
        assert_true(value == rows[i].value);
        assert_int_equal(all.left, 0);
    }
}

static void length_beyond_the_bytes_is_refused(void **state)
{
    (void)state;
    size_t size = 9;
    struct weir_cursor from = weir_cursor_over("\x02xy", 3);
    assert_true(quic_varint_length(&from, &size));
    assert_int_equal(size, 2);
    from = weir_cursor_over("\x03xy", 3);
    assert_false(quic_varint_length(&from, &size));
    assert_int_equal(from.left, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_integers_are_read),
        cmocka_unit_test(length_beyond_the_bytes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
