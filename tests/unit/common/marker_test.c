/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/marker.h"

#include "tests/support/weir_test.h"

static void a_marker_needs_a_number_and_times_in_range(void **state)
{
    (void)state;
    struct weir_marker marker = {.number = 1, .injected_us = 5, .clock_us = 4};
    assert_true(weir_marker_valid(&marker));
    marker.sent_us = -1;
    assert_false(weir_marker_valid(&marker));
    marker.sent_us = INT64_MAX;
    assert_false(weir_marker_valid(&marker));
    marker.sent_us = 0;
    marker.number = 0;
    assert_false(weir_marker_valid(&marker));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marker_needs_a_number_and_times_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
