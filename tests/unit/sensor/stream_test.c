/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/stream.h"

#include <string.h>

#include "common/base/rng.h"

#include "tests/support/weir_test.h"

#define TEXT_SIZE 6000

struct bench {
    struct weir_block_pool *pool;
    struct stream stream;
    char got[TEXT_SIZE + 1];
    size_t size;
};

static void set_up(struct bench *bench, uint32_t blocks)
{
    memset(bench, 0, sizeof(*bench));
    assert_err(weir_block_pool_new(sizeof(struct stream_segment), blocks, &bench->pool), WEIR_OK);
    bench->stream.known = true;
    bench->stream.next = UINT32_MAX - 3; /* the numbers wrap */
}

static void tear_down(struct bench *bench)
{
    stream_fini(&bench->stream, bench->pool);
    assert_int_equal(weir_block_pool_used(bench->pool), 0);
    weir_block_pool_free(bench->pool);
}

static void add(struct bench *bench, const char *text, uint32_t from, uint32_t size, bool is_cut)
{
    const struct stream_arrival arrival = {.bytes = (const uint8_t *)text,
                                           .size = size,
                                           .sequence = UINT32_MAX - 3 + from,
                                           .is_cut = is_cut};
    const uint8_t *bytes = NULL;
    size_t got = 0;
    bool more = stream_add(&bench->stream, bench->pool, TEXT_SIZE, &arrival, &bytes, &got);
    while (more) {
        memcpy(bench->got + bench->size, bytes, got);
        bench->size += got;
        more = stream_next(&bench->stream, bench->pool, TEXT_SIZE, &bytes, &got);
    }
}

static void segments_out_of_order_come_out_in_order(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, "cc", 4, 2, false);
    add(&bench, "bb", 2, 2, false);
    add(&bench, "ee", 8, 2, false);
    assert_int_equal(bench.size, 0);
    add(&bench, "aa", 0, 2, false);
    assert_string_equal(bench.got, "aabbcc");
    add(&bench, "dd", 6, 2, false);
    assert_string_equal(bench.got, "aabbccddee");
    tear_down(&bench);
}

static void of_bytes_that_came_twice_the_first_are_used(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, "BB", 2, 2, false);
    add(&bench, "xxxxxx", 0, 6, false);
    add(&bench, "yyyyyyyy", 0, 8, false);
    assert_string_equal(bench.got, "xxBBxxyy");
    tear_down(&bench);
}

static void bytes_that_were_not_captured_end_the_stream(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 16);
    add(&bench, "aa", 0, 2, true);
    add(&bench, "bb", 2, 2, false);
    assert_string_equal(bench.got, "aa");
    assert_true(bench.stream.ended && bench.stream.cut);
    tear_down(&bench);
}

static void ninth_piece_behind_a_hole_ends_the_stream(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 16);
    for (uint32_t i = 0; i < STREAM_HELD_MAX; i++) {
        add(&bench, "a", 10 + 2 * i, 1, false);
    }
    assert_false(bench.stream.ended);
    assert_int_equal(weir_block_pool_used(bench.pool), STREAM_HELD_MAX);
    add(&bench, "a", 100, 1, false);
    assert_true(bench.stream.ended && bench.stream.cut);
    assert_int_equal(weir_block_pool_used(bench.pool), 0);
    tear_down(&bench);
}

static void empty_pool_ends_the_stream(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, 1);
    add(&bench, "a", 10, 1, false);
    add(&bench, "a", 20, 1, false);
    assert_true(bench.stream.ended && bench.stream.cut);
    tear_down(&bench);
}

static void limit_is_a_limit(void **state)
{
    (void)state;
    struct bench bench;
    static char text[TEXT_SIZE + 1];
    set_up(&bench, 16);
    memset(text, 'a', sizeof(text));
    add(&bench, text, 0, TEXT_SIZE, false);
    assert_false(bench.stream.ended);
    add(&bench, "b", TEXT_SIZE, 1, false);
    assert_true(bench.stream.ended && bench.stream.full);
    assert_int_equal(bench.size, TEXT_SIZE);
    tear_down(&bench);
}

/* Any order and overlap of pieces of one text that the bounds allow gives the text. */
static void any_order_gives_the_text(void **state)
{
    (void)state;
    char text[64];
    struct weir_rng rng;
    weir_rng_init(&rng, 1);
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)('0' + i);
    }
    for (int round = 0; round < 2000; round++) {
        struct bench bench;
        set_up(&bench, 16);
        while (bench.size < sizeof(text)) {
            const uint32_t near = (uint32_t)bench.size + (uint32_t)weir_rng_below(&rng, 6);
            const uint32_t from = near < 3 ? 0 : near - 3;
            const uint32_t size = 1 + (uint32_t)weir_rng_below(&rng, 5);
            if (from + size <= sizeof(text)) {
                add(&bench, text + from, from, size, false);
            }
            assert_false(bench.stream.ended);
        }
        assert_memory_equal(bench.got, text, sizeof(text));
        tear_down(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_out_of_order_come_out_in_order),
        cmocka_unit_test(of_bytes_that_came_twice_the_first_are_used),
        cmocka_unit_test(bytes_that_were_not_captured_end_the_stream),
        cmocka_unit_test(ninth_piece_behind_a_hole_ends_the_stream),
        cmocka_unit_test(empty_pool_ends_the_stream),
        cmocka_unit_test(limit_is_a_limit),
        cmocka_unit_test(any_order_gives_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
