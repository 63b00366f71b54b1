/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/overload.h"

#include "tests/support/weir_test.h"

#define SECOND_US INT64_C(1000000)

static struct overload new_overload(void)
{
    struct overload overload;
    overload_init(&overload, 0);
    return overload;
}

static void a_calm_ring_changes_nothing(void **state)
{
    struct overload overload = new_overload();
    (void)state;
    for (int64_t i = 1; i <= 100; i++) {
        assert_false(overload_update(&overload, i * SECOND_US, 0.3, false));
    }
    assert_int_equal(overload.level, WEIR_DETAIL_FULL);
    assert_int_equal(overload.level_us[WEIR_DETAIL_FULL], 100 * SECOND_US);
}

static void half_a_ring_is_one_step_at_a_time(void **state)
{
    struct overload overload = new_overload();
    (void)state;
    assert_true(overload_update(&overload, 1000, 0.5, false));
    assert_int_equal(overload.level, WEIR_DETAIL_NO_INSPECTION);
    assert_false(overload_update(&overload, 2000, 0.9, false));
    assert_true(overload_update(&overload, 1000 + OVERLOAD_STEP_US, 0.9, false));
    assert_int_equal(overload.level, WEIR_DETAIL_NO_STATISTICS);
    assert_true(overload_update(&overload, 1000 + 2 * OVERLOAD_STEP_US, 0.9, false));
    assert_false(overload_update(&overload, 1000 + 3 * OVERLOAD_STEP_US, 1.0, true));
    assert_int_equal(overload.level, WEIR_DETAIL_COUNTERS);
}

static void a_dropped_packet_is_a_full_ring(void **state)
{
    struct overload overload = new_overload();
    (void)state;
    assert_true(overload_update(&overload, 1000, 0.0, true));
    assert_int_equal(overload.level, WEIR_DETAIL_NO_INSPECTION);
}

static void it_comes_down_one_level_after_each_calm_while(void **state)
{
    struct overload overload = new_overload();
    (void)state;
    (void)overload_update(&overload, 0, 0.9, false);
    (void)overload_update(&overload, OVERLOAD_STEP_US, 0.9, false);
    assert_int_equal(overload.level, WEIR_DETAIL_NO_STATISTICS);
    const int64_t calm_us = OVERLOAD_STEP_US;
    assert_false(overload_update(&overload, calm_us + OVERLOAD_CALM_US - 1, 0.05, false));
    assert_true(overload_update(&overload, calm_us + OVERLOAD_CALM_US, 0.05, false));
    assert_int_equal(overload.level, WEIR_DETAIL_NO_INSPECTION);
    assert_false(overload_update(&overload, calm_us + OVERLOAD_CALM_US + 1, 0.0, false));
    assert_true(overload_update(&overload, calm_us + 2 * OVERLOAD_CALM_US, 0.0, false));
    assert_int_equal(overload.level, WEIR_DETAIL_FULL);
    assert_false(overload_update(&overload, calm_us + 4 * OVERLOAD_CALM_US, 0.0, false));
}

static void between_the_marks_it_stays_where_it_is(void **state)
{
    struct overload overload = new_overload();
    (void)state;
    (void)overload_update(&overload, 0, 0.9, false);
    for (int64_t i = 1; i <= 100; i++) {
        assert_false(overload_update(&overload, i * SECOND_US, i % 5 == 0 ? 0.2 : 0.01, false));
    }
    assert_int_equal(overload.level, WEIR_DETAIL_NO_INSPECTION);
}

static void a_fixed_level_does_not_move(void **state)
{
    struct overload overload = new_overload();
    (void)state;
    overload_fix(&overload, WEIR_DETAIL_NO_STATISTICS);
    assert_false(overload_update(&overload, SECOND_US, 1.0, true));
    assert_false(overload_update(&overload, 100 * SECOND_US, 0.0, false));
    assert_int_equal(overload.level, WEIR_DETAIL_NO_STATISTICS);
    assert_int_equal(overload.level_us[WEIR_DETAIL_NO_STATISTICS], 100 * SECOND_US);
}

static void every_level_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(overload_name(WEIR_DETAIL_FULL), "full");
    assert_string_equal(overload_name(WEIR_DETAIL_COUNTERS), "counters");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calm_ring_changes_nothing),
        cmocka_unit_test(half_a_ring_is_one_step_at_a_time),
        cmocka_unit_test(a_dropped_packet_is_a_full_ring),
        cmocka_unit_test(it_comes_down_one_level_after_each_calm_while),
        cmocka_unit_test(between_the_marks_it_stays_where_it_is),
        cmocka_unit_test(a_fixed_level_does_not_move),
        cmocka_unit_test(every_level_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
