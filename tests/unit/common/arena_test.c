/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "tests/support/weir_test.h"

static void memory_is_zeroed_and_aligned_even_after_reset(void **state)
{
    (void)state;
    struct weir_arena arena;
    weir_arena_init(&arena, 0);
    for (int round = 0; round < 2; round++) {
        for (size_t size = 1; size < 100; size++) {
            uint8_t *at = (uint8_t *)weir_arena_take(&arena, size);
            assert_non_null(at);
            assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++) {
                assert_int_equal(at[i], 0);
            }
            memset(at, 0xff, size);
        }
        weir_arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    weir_arena_fini(&arena);
}

static void limit_refuses_what_passes_it(void **state)
{
    (void)state;
    struct weir_arena arena;
    weir_arena_init(&arena, 1024);
    assert_non_null(weir_arena_take(&arena, 1000));
    assert_null(weir_arena_take(&arena, 100));
    assert_null(weir_arena_take(&arena, SIZE_MAX));
    weir_arena_reset(&arena);
    assert_non_null(weir_arena_take(&arena, 100));
    weir_arena_fini(&arena);
}

static void large_and_empty_requests_are_served(void **state)
{
    (void)state;
    struct weir_arena arena;
    weir_arena_init(&arena, 0);
    const void *first = weir_arena_take(&arena, 0);
    const void *second = weir_arena_take(&arena, 0);
    assert_non_null(first);
    assert_ptr_not_equal(first, second);
    uint8_t *large = (uint8_t *)weir_arena_take(&arena, 1 << 20);
    assert_non_null(large);
    large[(1 << 20) - 1] = 1;
    weir_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned_even_after_reset),
        cmocka_unit_test(limit_refuses_what_passes_it),
        cmocka_unit_test(large_and_empty_requests_are_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
