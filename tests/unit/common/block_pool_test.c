/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/block_pool.h"

#include <string.h>

#include "tests/support/weir_test.h"

#define SIZE       24
#define LARGE      65536
#define LARGE_MANY 256 /* of them lie in huge pages */

static void blocks_are_numbered_until_there_are_none(void **state)
{
    (void)state;
    struct weir_block_pool *pool = NULL;
    assert_err(weir_block_pool_new(SIZE, 2, &pool), WEIR_OK);
    assert_int_equal(weir_block_pool_add(pool), 1);
    assert_int_equal(weir_block_pool_take(pool), 2);
    assert_int_equal(weir_block_pool_add(pool), 0);
    assert_int_equal(weir_block_pool_denied(pool), 1);
    assert_null(weir_block_pool_find(pool, 0));
    weir_block_pool_remove(pool, 0);
    weir_block_pool_remove(pool, 1);
    assert_int_equal(weir_block_pool_used(pool), 1);
    assert_int_equal(weir_block_pool_add(pool), 1);
    weir_block_pool_free(pool);
}

static void an_added_block_is_zeroed_and_a_taken_one_is_as_it_was(void **state)
{
    (void)state;
    static const char zero[SIZE];
    struct weir_block_pool *pool = NULL;
    assert_err(weir_block_pool_new(SIZE, 1, &pool), WEIR_OK);
    const uint32_t number = weir_block_pool_take(pool);
    char *block = weir_block_pool_find(pool, number);
    memset(block, 7, SIZE);
    weir_block_pool_remove(pool, number);
    assert_int_equal(weir_block_pool_take(pool), number);
    assert_int_equal(block[SIZE - 1], 7);
    weir_block_pool_remove(pool, number);
    assert_int_equal(weir_block_pool_add(pool), number);
    assert_memory_equal(block, zero, SIZE);
    weir_block_pool_free(pool);
}

static void a_large_pool_holds_all_its_blocks(void **state)
{
    (void)state;
    struct weir_block_pool *pool = NULL;
    assert_err(weir_block_pool_new(LARGE, LARGE_MANY, &pool), WEIR_OK);
    for (uint32_t i = 1; i <= LARGE_MANY; i++) {
        assert_int_equal(weir_block_pool_add(pool), i);
        memset(weir_block_pool_find(pool, i), 1, LARGE);
    }
    weir_block_pool_free(pool);
}

static void a_pool_of_nothing_is_refused(void **state)
{
    (void)state;
    struct weir_block_pool *pool = NULL;
    assert_err(weir_block_pool_new(0, 1, &pool), WEIR_EINVAL);
    assert_err(weir_block_pool_new(LARGE + 1, 1, &pool), WEIR_EINVAL);
    assert_err(weir_block_pool_new(SIZE, 0, &pool), WEIR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_numbered_until_there_are_none),
        cmocka_unit_test(an_added_block_is_zeroed_and_a_taken_one_is_as_it_was),
        cmocka_unit_test(a_large_pool_holds_all_its_blocks),
        cmocka_unit_test(a_pool_of_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
