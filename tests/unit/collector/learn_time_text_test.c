/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "collector/learn/time_text.h"

#include "tests/support/weir_test.h"

static void dates_and_seconds_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want;
    } cases[] = {
        {"0", 0},
        {"1767607872.5", INT64_C(1767607872500000)},
        {"1970-01-02", INT64_C(86400000000)},
        {"2026-01-05T10:11:12Z", INT64_C(1767607872000000)},
        {"2026-01-05 10:11:12", INT64_C(1767607872000000)},
        {"2026-01-05T10:11:12.345678Z", INT64_C(1767607872345678)},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t got = -1;
        assert_err(time_text_parse(cases[i].text, "--from", &got, NULL), 0);
        assert_int_equal(got, cases[i].want);
    }
}

static void anything_else_is_refused_naming_what_it_was_for(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",        "now", "2026-13-01", "2026-01-05T25:00:00", "2026-01-05x", "1.2.3",
        "2026-01", "-5",  "1e300",      "99999999999999"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t got = 7;
        struct weir_error error = {0};
        assert_err(time_text_parse(wrong[i], "--from", &got, &error), WEIR_EFORMAT);
        assert_int_equal(got, 7);
        assert_non_null(strstr(error.text, "--from"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_and_seconds_are_read),
        cmocka_unit_test(anything_else_is_refused_naming_what_it_was_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
