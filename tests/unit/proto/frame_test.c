/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/frame.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/weir_test.h"

static void a_frame_comes_back(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    assert_err(weir_frame_encode(WEIR_FRAME_ACK, "payload", 7, &bytes), 0);
    assert_int_equal(bytes.size, WEIR_FRAME_HEADER_SIZE + 7);
    assert_memory_equal(bytes.bytes, "WEIR\x01\x05\x00\x00\x00\x00\x00\x07\x00\x00\x00\x07", 16);
    struct weir_frame frame;
    assert_err(weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL), 0);
    assert_int_equal(frame.kind, WEIR_FRAME_ACK);
    assert_int_equal(frame.version, WEIR_WIRE_VERSION);
    assert_false(frame.compressed);
    assert_int_equal(frame.payload_size, 7);
    assert_memory_equal(frame.payload, "payload", 7);
    weir_buffer_fini(&bytes);
}

static void a_frame_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    struct weir_frame frame;
    assert_err(weir_frame_encode(WEIR_FRAME_ACK, "payload", 7, &bytes), 0);
    for (size_t size = 0; size < bytes.size; size++) {
        assert_err(weir_frame_decode(bytes.bytes, size, &frame, NULL), WEIR_ETRUNC);
    }
    weir_buffer_add_u8(&bytes, 0);
    assert_err(weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL), WEIR_EFORMAT);
    weir_buffer_fini(&bytes);
}

static void a_frame_with_any_bit_flipped_is_refused(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    struct weir_frame frame;
    assert_err(weir_frame_encode(WEIR_FRAME_ACK, "payload", 7, &bytes), 0);
    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        /* The kind is not part of the hash: another kind is another, well-formed frame. */
        if (bit / 8 == 5) {
            continue;
        }
        bytes.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_true(weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL) != 0);
        bytes.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    weir_buffer_fini(&bytes);
}

static void versions_from_the_oldest_to_ours_are_accepted(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    struct weir_frame frame;
    struct weir_error error;
    assert_true(WEIR_WIRE_VERSION_OLDEST >= WEIR_WIRE_VERSION - 1);
    assert_err(weir_frame_encode(WEIR_FRAME_ACK, "payload", 7, &bytes), 0);
    for (unsigned version = 0; version < 256; version++) {
        bytes.bytes[4] = (uint8_t)version;
        const bool known = version >= WEIR_WIRE_VERSION_OLDEST && version <= WEIR_WIRE_VERSION;
        assert_err(weir_frame_decode(bytes.bytes, bytes.size, &frame, &error),
                   known ? 0 : WEIR_EVERSION);
    }
    assert_non_null(strstr(error.text, "wire version 255, this program speaks 1 to 1"));
    weir_buffer_fini(&bytes);
}

static void hello_and_refuse_travel_in_the_oldest_version(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    assert_err(weir_frame_encode(WEIR_FRAME_HELLO, "", 0, &bytes), 0);
    assert_int_equal(bytes.bytes[4], WEIR_WIRE_VERSION_OLDEST);
    weir_buffer_fini(&bytes);
}

static void each_kind_has_its_maximum(void **state)
{
    (void)state;
    static const int kinds[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    uint8_t *payload = (uint8_t *)calloc(1, WEIR_FRAME_BATCH_MAX + 1);
    assert_non_null(payload);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const enum weir_frame_kind kind = (enum weir_frame_kind)kinds[i];
        const size_t max = weir_frame_kind_max(kinds[i]);
        struct weir_buffer bytes = {0};
        struct weir_frame frame;
        assert_non_null(weir_frame_kind_text(kinds[i]));
        assert_err(weir_frame_encode(kind, payload, max + 1, &bytes), WEIR_ELIMIT);
        assert_int_equal(bytes.size, 0);
        assert_err(weir_frame_encode(kind, payload, max, &bytes), 0);
        assert_err(weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL), 0);
        assert_true(bytes.size <= WEIR_FRAME_WIRE_MAX);
        bytes.bytes[11]++; /* payload size */
        bytes.bytes[15]++; /* plain size */
        const size_t step = bytes.bytes[11] == 0 ? 0 : 1;
        assert_err(weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL),
                   step == 1 ? WEIR_ELIMIT : WEIR_EFORMAT);
        weir_buffer_fini(&bytes);
    }
    free(payload);
    assert_null(weir_frame_kind_text(0));
    assert_int_equal(weir_frame_kind_max(13), 0);
}

static void only_batches_may_be_compressed(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    struct weir_frame frame;
    assert_err(weir_frame_encode(WEIR_FRAME_ACK, "payload", 7, &bytes), 0);
    bytes.bytes[7] = 1;
    assert_err(weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL), WEIR_EFORMAT);
    bytes.bytes[5] = WEIR_FRAME_BATCH;
    assert_err(weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL), 0);
    assert_true(frame.compressed);
    bytes.bytes[7] = 2;
    assert_err(weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL), WEIR_EFORMAT);
    weir_buffer_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_comes_back),
        cmocka_unit_test(a_frame_cut_at_any_byte_is_refused),
        cmocka_unit_test(a_frame_with_any_bit_flipped_is_refused),
        cmocka_unit_test(versions_from_the_oldest_to_ours_are_accepted),
        cmocka_unit_test(hello_and_refuse_travel_in_the_oldest_version),
        cmocka_unit_test(each_kind_has_its_maximum),
        cmocka_unit_test(only_batches_may_be_compressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
