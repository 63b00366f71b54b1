/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/first_start.h"

#include "tests/support/weir_test.h"

static void minimum_is_never_later_than_the_smallest_start(void **state)
{
    (void)state;
    struct first_start first = {0};
    assert_int_equal(first_start_min(&first), FIRST_START_NONE);
    const uint32_t late = first_start_add(&first, 5000000);
    const uint32_t early = first_start_add(&first, 1000000);
    assert_int_equal(first_start_min(&first), 1000000);
    first_start_remove(&first, early);
    assert_int_equal(first_start_min(&first), 5000000);
    first_start_remove(&first, late);
    assert_int_equal(first_start_min(&first), FIRST_START_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minimum_is_never_later_than_the_smallest_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
