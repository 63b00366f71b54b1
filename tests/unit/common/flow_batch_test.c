/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_batch.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void a_stream_name_is_printable_ascii_without_blanks(void **state)
{
    (void)state;
    char longest[WEIR_STREAM_NAME_SIZE + 1];
    memset(longest, 'x', sizeof(longest));
    longest[WEIR_STREAM_NAME_SIZE - 1] = '\0';
    assert_true(weir_stream_name_valid("live"));
    assert_true(weir_stream_name_valid("2026-01-05/a'b"));
    assert_true(weir_stream_name_valid(longest));
    longest[WEIR_STREAM_NAME_SIZE - 1] = 'x';
    longest[WEIR_STREAM_NAME_SIZE] = '\0';
    assert_false(weir_stream_name_valid(longest));
    assert_false(weir_stream_name_valid(""));
    assert_false(weir_stream_name_valid("x y"));
    assert_false(weir_stream_name_valid("x\ny"));
    assert_false(weir_stream_name_valid("\xc3\xbc"));
    assert_false(weir_stream_name_valid("\x7f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_name_is_printable_ascii_without_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
