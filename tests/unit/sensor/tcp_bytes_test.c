/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"

#include "tests/support/weir_test.h"

static struct weir_block_pool *new_pool(uint32_t count)
{
    struct weir_block_pool *pool = NULL;
    assert_err(weir_block_pool_new(sizeof(struct tcp_hole_list), count, &pool), WEIR_OK);
    return pool;
}

static void repeated_bytes_count_once(void **state)
{
    (void)state;
    struct weir_block_pool *pool = new_pool(1);
    struct tcp_bytes bytes = {0};
    assert_int_equal(tcp_bytes_add(&bytes, pool, 1000, 100, false).fresh, 100);
    const struct tcp_bytes_step again = tcp_bytes_add(&bytes, pool, 1000, 100, false);
    assert_int_equal(again.fresh, 0);
    assert_true(again.repeated);
    assert_int_equal(tcp_bytes_add(&bytes, pool, 1050, 100, false).fresh, 50);
    assert_int_equal(tcp_bytes_add(&bytes, pool, 1149, 1, false).fresh, 0); /* keep-alive */
    weir_block_pool_free(pool);
}

static void hole_is_missing_until_it_is_filled(void **state)
{
    (void)state;
    struct weir_block_pool *pool = new_pool(1);
    struct tcp_bytes bytes = {0};
    (void)tcp_bytes_add(&bytes, pool, 0, 100, false);
    assert_true(tcp_bytes_add(&bytes, pool, 300, 100, false).opened);
    assert_int_equal(tcp_bytes_missing(&bytes, pool), 200);
    assert_true(tcp_bytes_gap_at(&bytes, pool, 400));
    assert_false(tcp_bytes_gap_at(&bytes, pool, 100));
    const struct tcp_bytes_step middle = tcp_bytes_add(&bytes, pool, 150, 50, false);
    assert_int_equal(middle.fresh, 50);
    assert_true(middle.filled);
    assert_int_equal(tcp_bytes_missing(&bytes, pool), 150);
    assert_int_equal(tcp_bytes_add(&bytes, pool, 50, 400, false).fresh, 150 + 50);
    assert_int_equal(tcp_bytes_missing(&bytes, pool), 0);
    assert_int_equal(weir_block_pool_used(pool), 0);
    weir_block_pool_free(pool);
}

static void bare_fin_shows_what_is_missing_before_it(void **state)
{
    (void)state;
    struct weir_block_pool *pool = new_pool(1);
    struct tcp_bytes bytes = {0};
    (void)tcp_bytes_add(&bytes, pool, 0, 10, false);
    (void)tcp_bytes_add(&bytes, pool, 30, 0, true);
    assert_int_equal(tcp_bytes_missing(&bytes, pool), 20);
    tcp_bytes_fini(&bytes, pool);
    weir_block_pool_free(pool);
}

static void seventeenth_hole_gives_the_lowest_up(void **state)
{
    (void)state;
    struct weir_block_pool *pool = new_pool(1);
    struct tcp_bytes bytes = {0};
    (void)tcp_bytes_add(&bytes, pool, 0, 10, false);
    for (uint32_t i = 1; i <= TCP_BYTES_HOLES_MAX; i++) {
        assert_int_equal(tcp_bytes_add(&bytes, pool, i * 100, 10, false).missed, 0);
    }
    assert_int_equal(tcp_bytes_add(&bytes, pool, 1700, 10, false).missed, 90);
    assert_int_equal(tcp_bytes_missing(&bytes, pool), TCP_BYTES_HOLES_MAX * 90);
    tcp_bytes_fini(&bytes, pool);
    weir_block_pool_free(pool);
}

static void segment_far_away_is_not_counted(void **state)
{
    (void)state;
    struct weir_block_pool *pool = new_pool(1);
    struct tcp_bytes bytes = {0};
    (void)tcp_bytes_add(&bytes, pool, 0, 10, false);
    const struct tcp_bytes_step step = tcp_bytes_add(&bytes, pool, TCP_BYTES_FAR + 11, 10, false);
    assert_true(step.far);
    assert_int_equal(step.fresh, 0);
    assert_int_equal(bytes.next, 10);
    weir_block_pool_free(pool);
}

static void empty_pool_gives_holes_up_at_once(void **state)
{
    (void)state;
    struct weir_block_pool *pool = new_pool(1);
    assert_int_equal(weir_block_pool_add(pool), 1);
    struct tcp_bytes bytes = {0};
    (void)tcp_bytes_add(&bytes, pool, 0, 10, false);
    assert_int_equal(tcp_bytes_add(&bytes, pool, 30, 10, false).missed, 20);
    weir_block_pool_free(pool);
}

/* Whatever the order, seen + missing = the stretch from the first byte to the last, across the wrap
 * of sequence numbers, against a map of every byte. */
static void shuffled_segments_agree_with_a_map_of_every_byte(void **state)
{
    (void)state;
    struct weir_rng rng;
    weir_rng_init(&rng, 11);
    struct weir_block_pool *pool = new_pool(1);
    for (int round = 0; round < 300; round++) {
        const uint32_t base = (uint32_t)weir_rng_next(&rng);
        bool seen[2000] = {false};
        struct tcp_bytes bytes = {0};
        uint64_t fresh = 0;
        uint64_t missed = 0;
        uint32_t end = 0;
        (void)tcp_bytes_add(&bytes, pool, base, 0, false);
        for (int i = 0; i < 40; i++) {
            const uint32_t from = (uint32_t)weir_rng_below(&rng, 1900);
            const uint32_t size = 1 + (uint32_t)weir_rng_below(&rng, 100);
            const struct tcp_bytes_step step =
                tcp_bytes_add(&bytes, pool, base + from, size, false);
            fresh += step.fresh;
            missed += step.missed;
            memset(seen + from, true, size);
            end = from + size > end ? from + size : end;
        }
        uint64_t want = 0;
        for (uint32_t i = 0; i < end; i++) {
            want += seen[i] ? 1 : 0;
        }
        assert_int_equal(bytes.next, base + end);
        assert_int_equal(fresh + missed + tcp_bytes_missing(&bytes, pool), end);
        if (missed == 0) {
            assert_int_equal(fresh, want);
        }
        tcp_bytes_fini(&bytes, pool);
    }
    weir_block_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeated_bytes_count_once),
        cmocka_unit_test(hole_is_missing_until_it_is_filled),
        cmocka_unit_test(bare_fin_shows_what_is_missing_before_it),
        cmocka_unit_test(seventeenth_hole_gives_the_lowest_up),
        cmocka_unit_test(segment_far_away_is_not_counted),
        cmocka_unit_test(empty_pool_gives_holes_up_at_once),
        cmocka_unit_test(shuffled_segments_agree_with_a_map_of_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
