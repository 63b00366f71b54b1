/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/block_pool.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void block_given_back_comes_again_zeroed(void **state)
{
    (void)state;
    struct block_pool *pool = NULL;
    assert_err(block_pool_new(10, 2, &pool), WEIR_OK);
    const uint32_t first = block_pool_add(pool);
    assert_int_not_equal(first, 0);
    memset(block_pool_find(pool, first), 0xff, 10);
    assert_int_not_equal(block_pool_add(pool), 0);
    assert_int_equal(block_pool_add(pool), 0); /* empty */
    block_pool_remove(pool, first);
    block_pool_remove(pool, 0);
    assert_int_equal(block_pool_used(pool), 1);
    const uint32_t again = block_pool_add(pool);
    assert_int_equal(again, first);
    const uint8_t zeros[10] = {0};
    assert_memory_equal(block_pool_find(pool, again), zeros, 10);
    assert_null(block_pool_find(pool, 0));
    block_pool_free(pool);
}

static void empty_sizes_are_refused(void **state)
{
    (void)state;
    struct block_pool *pool = NULL;
    assert_err(block_pool_new(0, 2, &pool), WEIR_EINVAL);
    assert_err(block_pool_new(8, 0, &pool), WEIR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_given_back_comes_again_zeroed),
        cmocka_unit_test(empty_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
