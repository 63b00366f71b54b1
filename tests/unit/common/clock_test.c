/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/clock.h"

#include "tests/support/weir_test.h"

static void assert_text(int64_t wall_us, const char *want)
{
    char text[28];
    weir_wall_text(wall_us, text);
    assert_string_equal(text, want);
}

static void wall_time_is_written_in_utc(void **state)
{
    (void)state;
    assert_text(0, "1970-01-01T00:00:00.000000Z");
    assert_text(INT64_C(1767607872345678), "2026-01-05T10:11:12.345678Z");
    assert_text(-1, "1969-12-31T23:59:59.999999Z");
    assert_text(INT64_MAX, "out of range");
    assert_text(INT64_MIN, "out of range");
}

static void monotonic_time_goes_forward(void **state)
{
    (void)state;
    const struct weir_mono first = weir_mono_now();
    const struct weir_mono second = weir_mono_now();
    assert_true(weir_mono_since_us(second, first) >= 0);
    assert_int_equal(weir_mono_since_us((struct weir_mono){5000}, (struct weir_mono){2000}), 3);
}

static void wall_clock_is_after_this_was_written(void **state)
{
    (void)state;
    assert_true(weir_wall_now_us() > INT64_C(1700000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall_time_is_written_in_utc),
        cmocka_unit_test(monotonic_time_goes_forward),
        cmocka_unit_test(wall_clock_is_after_this_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
