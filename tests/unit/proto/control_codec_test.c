/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/control_codec.h"

#include <string.h>

#include "common/base/rng.h"

#include "tests/support/control_samples.h"
#include "tests/support/weir_test.h"

#define KIND_COUNT 11

static int decode(const struct weir_buffer *bytes, struct weir_arena *arena,
                  struct weir_control *out)
{
    struct weir_frame frame;
    weir_arena_reset(arena);
    const int err = weir_frame_decode(bytes->bytes, bytes->size, &frame, NULL);
    return err != 0 ? err : weir_control_decode(&frame, arena, out, NULL);
}

static void assert_control_equal(const struct weir_control *got, const struct weir_control *want)
{
    assert_int_equal(got->kind, want->kind);
    if (want->kind == WEIR_FRAME_MODEL_CHUNK) {
        const struct weir_model_chunk *chunk = &got->as.model_chunk;
        assert_true(chunk->version == want->as.model_chunk.version);
        assert_true(chunk->offset == want->as.model_chunk.offset);
        assert_int_equal(chunk->size, want->as.model_chunk.size);
        assert_memory_equal(chunk->bytes, want->as.model_chunk.bytes, chunk->size);
        return;
    }
    assert_memory_equal(&got->as, &want->as, sizeof(got->as));
}

static void each_kind_comes_back(void **state)
{
    (void)state;
    struct weir_arena arena;
    weir_arena_init(&arena, 1024 * 1024);
    size_t kinds = 0;
    for (int kind = 1; kind <= KIND_COUNT; kind++) {
        for (int full = 0; full < 2; full++) {
            struct weir_control want;
            struct weir_control got;
            struct weir_buffer bytes = {0};
            if (!test_control_sample((enum weir_frame_kind)kind, full == 1, &want)) {
                continue;
            }
            assert_err(weir_control_encode(&want, &bytes, NULL), 0);
            assert_err(decode(&bytes, &arena, &got), 0);
            assert_control_equal(&got, &want);
            weir_buffer_fini(&bytes);
            kinds += (size_t)full;
        }
    }
    assert_int_equal(kinds, 10);
    weir_arena_fini(&arena);
}

static void damage_is_refused_or_read_within_bounds(void **state)
{
    (void)state;
    struct weir_arena arena;
    struct weir_rng rng;
    weir_arena_init(&arena, 1024 * 1024);
    weir_rng_init(&rng, 5);
    for (size_t i = 0; i < 4000; i++) {
        struct weir_control control;
        struct weir_buffer bytes = {0};
        struct weir_buffer damaged = {0};
        const enum weir_frame_kind kind = (enum weir_frame_kind)(1 + i % KIND_COUNT);
        if (!test_control_sample(kind, i % 2 == 0, &control)) {
            continue;
        }
        assert_err(weir_control_encode(&control, &bytes, NULL), 0);
        uint8_t *payload = bytes.bytes + WEIR_FRAME_HEADER_SIZE;
        size_t size = bytes.size - WEIR_FRAME_HEADER_SIZE;
        payload[weir_rng_below(&rng, size)] ^= (uint8_t)(1U << weir_rng_below(&rng, 8));
        size = weir_rng_below(&rng, 2) == 0 ? size : weir_rng_below(&rng, size);
        assert_err(weir_frame_encode(kind, payload, size, &damaged), 0);
        if (decode(&damaged, &arena, &control) == 0) {
            weir_buffer_reset(&bytes);
            assert_err(weir_control_encode(&control, &bytes, NULL), 0);
        }
        weir_buffer_fini(&bytes);
        weir_buffer_fini(&damaged);
    }
    weir_arena_fini(&arena);
}

static void hostile_fields_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int kind;
        const char *bytes;
        size_t size;
        int want;
    } rows[] = {
        {"ack without boot", WEIR_FRAME_ACK, "\x10\x01", 2, WEIR_EFORMAT},
        {"escape in a sentence", WEIR_FRAME_REFUSE, "\x12\x02\x1b[", 4, WEIR_EFORMAT},
        {"pull of nothing", WEIR_FRAME_MODEL_PULL, "\x08\x01", 2, WEIR_ELIMIT},
        {"pull of too much", WEIR_FRAME_MODEL_PULL, "\x18\x80\x80\x80\x08", 5, WEIR_ELIMIT},
        {"offer without schema", WEIR_FRAME_MODEL_OFFER, "\x10\x01", 2, WEIR_EFORMAT},
        {"batch as control", WEIR_FRAME_BATCH, "", 0, WEIR_EFORMAT},
    };
    struct weir_arena arena;
    weir_arena_init(&arena, 1024 * 1024);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct weir_buffer bytes = {0};
        struct weir_control out;
        const enum weir_frame_kind kind = (enum weir_frame_kind)rows[i].kind;
        assert_err(weir_frame_encode(kind, rows[i].bytes, rows[i].size, &bytes), 0);
        const int got = decode(&bytes, &arena, &out);
        if (got != rows[i].want) {
            print_error("%s\n", rows[i].name);
        }
        assert_err(got, rows[i].want);
        weir_buffer_fini(&bytes);
    }
    weir_arena_fini(&arena);
}

static void counts_and_texts_beyond_their_arrays_are_not_encoded(void **state)
{
    (void)state;
    struct weir_control control;
    struct weir_buffer bytes = {0};
    struct weir_error error = {0};
    (void)test_control_sample(WEIR_FRAME_HEARTBEAT, true, &control);
    control.as.heartbeat.counter_count++;
    assert_err(weir_control_encode(&control, &bytes, &error), WEIR_EINVAL);
    assert_non_null(strstr(error.text, "heartbeat"));
    (void)test_control_sample(WEIR_FRAME_HELLO, true, &control);
    memset(control.as.hello.stream, 'x', sizeof(control.as.hello.stream));
    assert_err(weir_control_encode(&control, &bytes, NULL), WEIR_EINVAL);
    control.kind = WEIR_FRAME_BATCH;
    assert_err(weir_control_encode(&control, &bytes, NULL), WEIR_EINVAL);
    assert_int_equal(bytes.size, 0);
    weir_buffer_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_comes_back),
        cmocka_unit_test(damage_is_refused_or_read_within_bounds),
        cmocka_unit_test(hostile_fields_are_refused),
        cmocka_unit_test(counts_and_texts_beyond_their_arrays_are_not_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
