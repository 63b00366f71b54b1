/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_pattern.h"

#include <stdbool.h>

#include "tests/support/app_claims.h"

static void bytes_beyond_the_end_may_still_come(void **state)
{
    (void)state;
    const struct app_side side = STREAM("abcdef", 0);
    assert_int_equal(app_pattern_bytes(&side, 2, "cde", 3), APP_YES);
    assert_int_equal(app_pattern_bytes(&side, 2, "cdx", 3), APP_NO);
    assert_int_equal(app_pattern_bytes(&side, 4, "efg", 3), APP_MORE);
    assert_int_equal(app_pattern_bytes(&side, 6, "g", 1), APP_MORE);
    assert_int_equal(app_pattern_bytes(&side, 60, "g", 1), APP_MORE);
}

static void the_first_word_that_fits_makes_the_claim(void **state)
{
    (void)state;
    static const struct app_word words[] = {{"HELLO ", APP_YES},
                                            {"HE", APP_HALF},
                                            {"QUIT", APP_FITS}};
    const struct {
        struct app_side side;
        enum app_claim claim;
        size_t size;
    } rows[] = {
        {STREAM("hello you", 0), APP_YES, 6}, {STREAM("HELP", 0), APP_HALF, 2},
        {STREAM("Quit\r\n", 0), APP_FITS, 4}, {STREAM("HELLO", 0), APP_MORE, 2},
        {STREAM("Q", 0), APP_MORE, 0},        {STREAM("NOOP", 0), APP_NO, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = 0;
        assert_int_equal(app_pattern_word(&rows[i].side, words, 3, &size), rows[i].claim);
        assert_int_equal(size, rows[i].size);
    }
}

/* HELLO may become "HELLO ", but not when nothing follows. */
static void at_the_end_a_shorter_word_stands(void **state)
{
    (void)state;
    static const struct app_word words[] = {{"HELLO ", APP_YES}, {"HE", APP_HALF}};
    struct app_side side = STREAM("HELLO", 0);
    size_t size = 0;
    side.last = true;
    assert_int_equal(app_pattern_word(&side, words, 2, &size), APP_HALF);
}

static void text_is_looked_for_on_its_line_only(void **state)
{
    (void)state;
    const struct app_side found = STREAM("GET / HTTP/1.1\r\n", 0);
    const struct app_side below = STREAM("GET /\r\n HTTP/1.1", 0);
    const struct app_side cut = STREAM("GET / HTT", 0);
    assert_int_equal(app_pattern_line(&found, 4, " HTTP/1.", 8), APP_YES);
    assert_int_equal(app_pattern_line(&below, 4, " HTTP/1.", 8), APP_NO);
    assert_int_equal(app_pattern_line(&cut, 4, " HTTP/1.", 8), APP_MORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_beyond_the_end_may_still_come),
        cmocka_unit_test(the_first_word_that_fits_makes_the_claim),
        cmocka_unit_test(at_the_end_a_shorter_word_stands),
        cmocka_unit_test(text_is_looked_for_on_its_line_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
