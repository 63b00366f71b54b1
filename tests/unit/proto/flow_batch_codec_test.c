/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/flow_batch_codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"

#include "common/flow/flow_statistics.h"

#include "tests/support/random_batch.h"
#include "tests/support/random_extras.h"
#include "tests/support/weir_test.h"

struct fixture {
    struct weir_flow_batch_encoder *encoder;
    struct weir_flow_batch_decoder *decoder;
    struct weir_flow_record *records;
    struct weir_flow_batch batch;
    struct weir_buffer bytes;
    struct weir_arena arena;
    struct weir_arena extras; /* what the records of `batch` point at */
    struct weir_rng rng;
};

static int set_up_level(void **state, int level)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_err(weir_flow_batch_encoder_new(level, &f->encoder), 0);
    assert_err(weir_flow_batch_decoder_new(&f->decoder), 0);
    f->records = (struct weir_flow_record *)calloc(WEIR_BATCH_RECORDS_MAX, sizeof(*f->records));
    assert_non_null(f->records);
    weir_arena_init(&f->arena, 0);
    weir_arena_init(&f->extras, 0);
    weir_rng_init(&f->rng, 20260105);
    *state = f;
    return 0;
}

static int set_up(void **state)
{
    return set_up_level(state, WEIR_ZSTD_LEVEL_DEFAULT);
}

static int set_up_plain(void **state)
{
    return set_up_level(state, WEIR_ZSTD_LEVEL_NONE);
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    weir_flow_batch_encoder_free(f->encoder);
    weir_flow_batch_decoder_free(f->decoder);
    weir_buffer_fini(&f->bytes);
    weir_arena_fini(&f->arena);
    weir_arena_fini(&f->extras);
    free(f->records);
    free(f);
    return 0;
}

static void make_batch(struct fixture *f, double share, size_t count)
{
    weir_arena_reset(&f->extras);
    test_random_batch(&f->rng, share, f->records, count, &f->batch);
    test_random_extras(&f->rng, share, &f->extras, &f->batch);
}

static void encode(struct fixture *f)
{
    struct weir_error error = {0};
    weir_buffer_reset(&f->bytes);
    const int err = weir_flow_batch_encode(f->encoder, &f->batch, &f->bytes, &error);
    if (err != 0) {
        print_error("%s\n", error.text);
    }
    assert_err(err, 0);
}

static int decode(struct fixture *f, struct weir_flow_batch *out)
{
    struct weir_frame frame;
    weir_arena_reset(&f->arena);
    const int err = weir_frame_decode(f->bytes.bytes, f->bytes.size, &frame, NULL);
    return err != 0 ? err : weir_flow_batch_decode(f->decoder, &frame, &f->arena, out, NULL);
}

static void assert_batch_equal(const struct weir_flow_batch *got,
                               const struct weir_flow_batch *want)
{
    assert_memory_equal(got->boot.bytes, want->boot.bytes, sizeof(got->boot.bytes));
    assert_true(got->sequence == want->sequence);
    assert_true(got->previous_sequence == want->previous_sequence);
    assert_true(got->low_us == want->low_us);
    assert_true(got->sent_us == want->sent_us);
    assert_true(got->last_record_no == want->last_record_no);
    assert_string_equal(got->stream, want->stream);
    assert_true(got->count == want->count);
    /* Both sides were zeroed before their fields were set, so padding is equal too. */
    for (size_t i = 0; i < want->count; i++) {
        struct weir_flow_record record = got->records[i];
        record.statistics = want->records[i].statistics;
        record.details = want->records[i].details;
        assert_memory_equal(&record, &want->records[i], sizeof(record));
    }
    test_extras_equal(got, want);
}

static void decode_of_encode_is_the_batch(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    static const size_t counts[] = {0, 1, 2, 3, 17, 100, 555};
    for (size_t i = 0; i < 140; i++) {
        make_batch(f, (double)(i % 5) / 4.0, counts[i % 7]);
        encode(f);
        struct weir_flow_batch out;
        assert_err(decode(f, &out), 0);
        assert_batch_equal(&out, &f->batch);
    }
}

static void the_longest_batch_passes(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    make_batch(f, 0.4, WEIR_BATCH_RECORDS_MAX);
    encode(f);
    struct weir_flow_batch out;
    assert_err(decode(f, &out), 0);
    assert_batch_equal(&out, &f->batch);
}

static void equal_batches_give_equal_bytes(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_flow_batch_encoder *other = NULL;
    assert_err(weir_flow_batch_encoder_new(WEIR_ZSTD_LEVEL_DEFAULT, &other), 0);
    struct weir_buffer bytes = {0};
    make_batch(f, 0.5, 300);
    encode(f);
    encode(f);
    assert_err(weir_flow_batch_encode(other, &f->batch, &bytes, NULL), 0);
    assert_true(bytes.size == f->bytes.size);
    assert_memory_equal(bytes.bytes, f->bytes.bytes, bytes.size);
    weir_buffer_fini(&bytes);
    weir_flow_batch_encoder_free(other);
}

static void an_invalid_record_is_not_encoded(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_error error = {0};
    make_batch(f, 0.5, 3);
    f->records[1].service = 70;
    assert_err(weir_flow_batch_encode(f->encoder, &f->batch, &f->bytes, &error), WEIR_EINVAL);
    assert_non_null(strstr(error.text, "record 1: service"));
    assert_true(f->bytes.size == 0);
    f->batch.count = WEIR_BATCH_RECORDS_MAX + 1;
    assert_err(weir_flow_batch_encode(f->encoder, &f->batch, &f->bytes, NULL), WEIR_EINVAL);
}

/* Puts a right length and hash over a changed payload, so that the change reaches the codec. */
static void reseal(struct weir_buffer *bytes)
{
    struct weir_frame frame = {
        .version = WEIR_WIRE_VERSION,
        .kind = WEIR_FRAME_BATCH,
        .payload_size = bytes->size - WEIR_FRAME_HEADER_SIZE,
        .plain_size = bytes->size - WEIR_FRAME_HEADER_SIZE,
    };
    frame.hash = weir_hash(bytes->bytes + WEIR_FRAME_HEADER_SIZE, frame.payload_size);
    assert_err(weir_frame_header_encode(&frame, bytes->bytes), 0);
}

static void a_message_cut_at_any_byte_is_refused_or_valid(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    make_batch(f, 0.7, 6);
    encode(f);
    const size_t whole = f->bytes.size;
    size_t refused = 0;
    for (size_t size = WEIR_FRAME_HEADER_SIZE; size < whole; size++) {
        f->bytes.size = size;
        reseal(&f->bytes);
        struct weir_flow_batch out;
        refused += decode(f, &out) != 0;
    }
    /* A cut between two columns leaves a smaller message that may be whole in itself. */
    assert_true(refused + 60 > whole - WEIR_FRAME_HEADER_SIZE);
}

static void flipped_bits_never_give_an_invalid_record(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    size_t refused = 0;
    for (size_t i = 0; i < 2000; i++) {
        if (i % 100 == 0) {
            make_batch(f, 0.5, 1 + i / 200);
        }
        encode(f);
        for (size_t flips = 1 + weir_rng_below(&f->rng, 4); flips > 0; flips--) {
            const size_t at = WEIR_FRAME_HEADER_SIZE +
                              weir_rng_below(&f->rng, f->bytes.size - WEIR_FRAME_HEADER_SIZE);
            f->bytes.bytes[at] ^= (uint8_t)(1U << weir_rng_below(&f->rng, 8));
        }
        reseal(&f->bytes);
        struct weir_flow_batch out;
        if (decode(f, &out) != 0) {
            refused++;
            continue;
        }
        for (size_t row = 0; row < out.count; row++) {
            assert_true(weir_flow_record_valid(&out.records[row], NULL));
        }
    }
    assert_true(refused > 200);
}

static void damage_under_compression_is_refused_or_valid(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    make_batch(f, 0.5, 200);
    for (size_t i = 0; i < 400; i++) {
        encode(f);
        struct weir_frame frame;
        assert_err(weir_frame_decode(f->bytes.bytes, f->bytes.size, &frame, NULL), 0);
        assert_true(frame.compressed);
        const size_t at = weir_rng_below(&f->rng, frame.payload_size);
        f->bytes.bytes[WEIR_FRAME_HEADER_SIZE + at] ^= (uint8_t)(1U << weir_rng_below(&f->rng, 8));
        struct weir_flow_batch out;
        weir_arena_reset(&f->arena);
        const int err = weir_flow_batch_decode(f->decoder, &frame, &f->arena, &out, NULL);
        for (size_t row = 0; err == 0 && row < out.count; row++) {
            assert_true(weir_flow_record_valid(&out.records[row], NULL));
        }
    }
}

static void a_wrong_plain_length_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    make_batch(f, 0.5, 200);
    encode(f);
    struct weir_frame frame;
    struct weir_flow_batch out;
    assert_err(weir_frame_decode(f->bytes.bytes, f->bytes.size, &frame, NULL), 0);
    frame.plain_size--;
    assert_err(weir_flow_batch_decode(f->decoder, &frame, &f->arena, &out, NULL), WEIR_EFORMAT);
    frame.plain_size += 2;
    assert_err(weir_flow_batch_decode(f->decoder, &frame, &f->arena, &out, NULL), WEIR_EFORMAT);
}

/* Hand-written messages: what a hostile sensor could send. */
struct message_row {
    const char *name;
    const char *bytes;
    size_t size;
    int want;
};

#define BOOT                                                                                       \
    "\x0a\x10"                                                                                     \
    "0123456789abcdef"
#define ROW(name, text, want)                                                                      \
    {                                                                                              \
        name, text, sizeof(text) - 1, want                                                         \
    }

static void columns_that_disagree_are_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    static const struct message_row rows[] = {
        ROW("an empty batch passes", BOOT, 0),
        ROW("no boot id", "", WEIR_EFORMAT),
        ROW("boot id of 15 bytes",
            "\x0a\x0f"
            "0123456789abcde",
            WEIR_EFORMAT),
        ROW("two record types for one record", BOOT "\x40\x01\xb2\x06\x02\x03\x03", WEIR_EFORMAT),
        ROW("5000 records", BOOT "\x40\x88\x27", WEIR_EFORMAT),
        ROW("a row gap of 0", BOOT "\x40\x01\xe2\x08\x01\x00", WEIR_EFORMAT),
        ROW("a row past the end", BOOT "\x40\x01\xe2\x08\x01\x02", WEIR_EFORMAT),
        ROW("dictionary longer than its bytes",
            BOOT "\x4a\x01\x05\x52\x01"
                 "x",
            WEIR_EFORMAT),
        ROW("dictionary shorter than its bytes",
            BOOT "\x4a\x01\x01\x52\x02"
                 "xy",
            WEIR_EFORMAT),
        ROW("a dictionary entry of no bytes", BOOT "\x4a\x01\x00", WEIR_EFORMAT),
        ROW("an index without dictionary", BOOT "\x40\x01\xd2\x06\x01\x01", WEIR_EFORMAT),
        ROW("a stream with a newline",
            BOOT "\x3a\x02"
                 "a\n",
            WEIR_EFORMAT),
        ROW("a group", BOOT "\x0b", WEIR_EFORMAT),
        ROW("an unknown field passes", BOOT "\xd0\x3e\x01", 0),
        /* 82 0f: field 240, a block; inside 08 number, 10 count, 1a rows, 22 column */
        ROW("an unknown block passes", BOOT "\x82\x0f\x05\x08\xe7\x07\x10\x09", 0),
        ROW("a block of no rows", BOOT "\x82\x0f\x02\x08\x02", WEIR_EFORMAT),
        ROW("a marker without number", BOOT "\x82\x0f\x04\x08\x02\x10\x01", WEIR_EFORMAT),
        ROW("a marker with number", BOOT "\x82\x0f\x0b\x08\x02\x10\x01\x22\x05\x08\x01\x12\x01\x07",
            0),
        ROW("markers twice",
            BOOT "\x82\x0f\x0b\x08\x02\x10\x01\x22\x05\x08\x01\x12\x01\x07"
                 "\x82\x0f\x0b\x08\x02\x10\x01\x22\x05\x08\x01\x12\x01\x07",
            WEIR_EFORMAT),
        ROW("65 markers", BOOT "\x82\x0f\x04\x08\x02\x10\x41", WEIR_EFORMAT),
        ROW("statistics of no record", BOOT "\x82\x0f\x07\x08\x01\x10\x01\x1a\x01\x01",
            WEIR_EFORMAT),
        ROW("texts longer than their bytes", BOOT "\x5a\x01\x02\x62\x01x", WEIR_EFORMAT),
        ROW("texts shorter than their bytes", BOOT "\x5a\x01\x01\x62\x02xy", WEIR_EFORMAT),
        ROW("a text of 256 bytes", BOOT "\x5a\x02\x80\x02", WEIR_EFORMAT),
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        weir_buffer_reset(&f->bytes);
        assert_err(weir_frame_encode(WEIR_FRAME_BATCH, rows[i].bytes, rows[i].size, &f->bytes), 0);
        struct weir_flow_batch out;
        const int got = decode(f, &out);
        if (got != rows[i].want) {
            print_error("%s\n", rows[i].name);
        }
        assert_err(got, rows[i].want);
    }
}

static void a_column_that_would_fill_memory_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const size_t size = WEIR_FRAME_BATCH_MAX - 64;
    uint8_t *payload = (uint8_t *)calloc(1, size);
    assert_non_null(payload);
    /* orig_bytes as some 4 million one-byte varints: 32 MiB of uint64_t. */
    const uint8_t head[] = {0xf2, 0x06, 0xb7, 0xff, 0xff, 0x01};
    memcpy(payload, head, sizeof(head));
    weir_buffer_reset(&f->bytes);
    assert_err(weir_frame_encode(WEIR_FRAME_BATCH, payload, sizeof(head) + 0x3fffb7, &f->bytes), 0);
    struct weir_flow_batch out;
    assert_err(decode(f, &out), WEIR_ELIMIT);
    free(payload);
}

static void other_frames_are_no_batch(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_err(weir_frame_encode(WEIR_FRAME_ACK, BOOT, sizeof(BOOT) - 1, &f->bytes), 0);
    struct weir_flow_batch out;
    assert_err(decode(f, &out), WEIR_EFORMAT);
}

static void a_level_that_zstd_lacks_is_refused(void **state)
{
    (void)state;
    struct weir_flow_batch_encoder *encoder = NULL;
    assert_err(weir_flow_batch_encoder_new(1000, &encoder), WEIR_EINVAL);
    assert_null(encoder);
    weir_flow_batch_encoder_free(NULL);
    weir_flow_batch_decoder_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decode_of_encode_is_the_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_longest_batch_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_batches_give_equal_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_invalid_record_is_not_encoded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_cut_at_any_byte_is_refused_or_valid, set_up_plain,
                                        tear_down),
        cmocka_unit_test_setup_teardown(flipped_bits_never_give_an_invalid_record, set_up_plain,
                                        tear_down),
        cmocka_unit_test_setup_teardown(damage_under_compression_is_refused_or_valid, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_wrong_plain_length_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_that_disagree_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_column_that_would_fill_memory_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(other_frames_are_no_batch, set_up, tear_down),
        cmocka_unit_test(a_level_that_zstd_lacks_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
