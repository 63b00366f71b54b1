/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/statistics_pool.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/weir_test.h"

static void a_pool_of_none_is_refused(void **state)
{
    (void)state;
    struct statistics_pool *pool = NULL;
    assert_err(statistics_pool_new(0, &pool), WEIR_EINVAL);
    assert_null(pool);
    statistics_pool_free(NULL);
}

static void blocks_run_out_and_come_back_empty(void **state)
{
    (void)state;
    struct statistics_pool *pool = NULL;
    assert_err(statistics_pool_new(3, &pool), WEIR_OK);
    const uint32_t first = statistics_pool_add(pool);
    const uint32_t second = statistics_pool_add(pool);
    const uint32_t third = statistics_pool_add(pool);
    assert_true(first != 0 && second != 0 && third != 0 && first != second && second != third);
    assert_int_equal(statistics_pool_add(pool), 0);
    assert_int_equal(statistics_pool_used(pool), 3);
    assert_null(statistics_pool_find(pool, 0));
    struct flow_statistics *block = statistics_pool_find(pool, second);
    block->frag_count = 9;
    block->begun = 3;
    statistics_pool_remove(pool, 0);
    statistics_pool_remove(pool, second);
    assert_int_equal(statistics_pool_used(pool), 2);
    assert_int_equal(statistics_pool_add(pool), second);
    assert_int_equal(statistics_pool_find(pool, second)->frag_count, 0);
    assert_int_equal(statistics_pool_find(pool, second)->begun, 0);
    statistics_pool_free(pool);
}

static void blocks_lie_on_cache_lines(void **state)
{
    (void)state;
    struct statistics_pool *pool = NULL;
    assert_err(statistics_pool_new(2, &pool), WEIR_OK);
    for (int i = 0; i < 2; i++) {
        const struct flow_statistics *block = statistics_pool_find(pool, statistics_pool_add(pool));
        assert_int_equal((uintptr_t)block % 64, 0);
    }
    statistics_pool_expect(pool, 1, 0);
    statistics_pool_expect_all(pool, 2, true);
    statistics_pool_free(pool);
}

/* 256 different bytes have 8 bits each, in whatever pieces they come; half of them twice, 7. */
static void entropy_does_not_depend_on_the_pieces(void **state)
{
    (void)state;
    const struct tolerance close = {1e-5, 1e-5};
    uint8_t bytes[256];
    struct statistics_pool *pool = NULL;
    for (unsigned i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    for (uint32_t piece = 1; piece <= 256; piece *= 4) {
        assert_err(statistics_pool_new(1, &pool), WEIR_OK);
        struct flow_statistics *block = statistics_pool_find(pool, statistics_pool_add(pool));
        assert_close((double)statistics_pool_entropy(pool, block, 0), -1.0, close);
        for (uint32_t at = 0; at < 256; at += piece) {
            statistics_pool_add_payload(pool, block, 0, bytes + at, piece);
            statistics_pool_add_payload(pool, block, 1, bytes + at % 128,
                                        piece < 128 ? piece : 128);
        }
        assert_close((double)statistics_pool_entropy(pool, block, 0), 8.0, close);
        assert_close((double)statistics_pool_entropy(pool, block, 1), 7.0, close);
        statistics_pool_free(pool);
    }
}

static void counts_of_bytes_go_back_with_their_block(void **state)
{
    (void)state;
    static const uint8_t bytes[300] = {0};
    const struct tolerance exact = {0, 0};
    struct statistics_pool *pool = NULL;
    assert_err(statistics_pool_new(1, &pool), WEIR_OK);
    for (int i = 0; i < 5000; i++) { /* more than there are counts */
        const uint32_t number = statistics_pool_add(pool);
        struct flow_statistics *block = statistics_pool_find(pool, number);
        statistics_pool_add_payload(pool, block, 0, bytes,
                                    i % 2 == 0 ? 300 : 65); /* counted, kept */
        assert_close((double)statistics_pool_entropy(pool, block, 0), 0.0, exact);
        statistics_pool_remove(pool, number);
    }
    statistics_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pool_of_none_is_refused),
        cmocka_unit_test(blocks_run_out_and_come_back_empty),
        cmocka_unit_test(blocks_lie_on_cache_lines),
        cmocka_unit_test(entropy_does_not_depend_on_the_pieces),
        cmocka_unit_test(counts_of_bytes_go_back_with_their_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
