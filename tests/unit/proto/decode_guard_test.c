/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/decode_guard.h"

#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"

#include "tests/support/weir_test.h"

/* message Node { repeated Node child = 1; repeated uint64 value = 2; } : recursive, which the
 * schema never is; the guard must hold all the same. */
struct node {
    ProtobufCMessage base;
    size_t n_child;
    struct node **child;
    size_t n_value;
    uint64_t *value;
};

static const ProtobufCMessageDescriptor node_type;

static const ProtobufCFieldDescriptor node_fields[] = {
    {.name = "child",
     .id = 1,
     .label = PROTOBUF_C_LABEL_REPEATED,
     .type = PROTOBUF_C_TYPE_MESSAGE,
     .quantifier_offset = offsetof(struct node, n_child),
     .offset = offsetof(struct node, child),
     .descriptor = &node_type},
    {.name = "value",
     .id = 2,
     .label = PROTOBUF_C_LABEL_REPEATED,
     .type = PROTOBUF_C_TYPE_UINT64,
     .quantifier_offset = offsetof(struct node, n_value),
     .offset = offsetof(struct node, value)},
};

static const unsigned node_by_name[] = {0, 1};
static const ProtobufCIntRange node_ranges[] = {{1, 0}, {0, 2}};

static const ProtobufCMessageDescriptor node_type = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "Node",
    .short_name = "Node",
    .c_name = "Node",
    .package_name = "",
    .sizeof_message = sizeof(struct node),
    .n_fields = 2,
    .fields = node_fields,
    .fields_sorted_by_name = node_by_name,
    .n_field_ranges = 1,
    .field_ranges = node_ranges,
};

static const struct weir_decode_budget roomy = {.fields = 1000,
                                                .submessages = 100,
                                                .depth = 8,
                                                .heap_bytes = 1024 * 1024};

static int scan(const struct weir_buffer *bytes)
{
    return weir_decode_guard_scan(&node_type, bytes->bytes, bytes->size, &roomy, NULL);
}

static void add_varint(struct weir_buffer *bytes, uint64_t value)
{
    while (value >= 0x80) {
        weir_buffer_add_u8(bytes, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    weir_buffer_add_u8(bytes, (uint8_t)value);
}

/* depth messages, each inside the one before. */
static void add_nested(struct weir_buffer *bytes, size_t depth)
{
    size_t *sizes = (size_t *)calloc(depth + 1, sizeof(*sizes));
    assert_non_null(sizes);
    for (size_t i = 1; i <= depth; i++) {
        const size_t inner = sizes[i - 1];
        sizes[i] = inner + 2;
        for (size_t rest = inner; rest >= 0x80; rest >>= 7) {
            sizes[i]++;
        }
    }
    for (size_t i = depth; i > 0; i--) {
        weir_buffer_add_u8(bytes, 0x0a);
        add_varint(bytes, sizes[i - 1]);
    }
    free(sizes);
}

static void ten_thousand_levels_are_refused(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    struct weir_arena arena;
    ProtobufCMessage *message = NULL;
    weir_arena_init(&arena, 1024 * 1024);
    add_nested(&bytes, 10000);
    assert_err(weir_decode_guard_unpack(&node_type, bytes.bytes, bytes.size, &roomy, &arena,
                                        &message),
               WEIR_ELIMIT);
    assert_int_equal(arena.used, 0);
    weir_buffer_reset(&bytes);
    add_nested(&bytes, 8);
    assert_err(weir_decode_guard_unpack(&node_type, bytes.bytes, bytes.size, &roomy, &arena,
                                        &message),
               0);
    assert_int_equal(((struct node *)message)->n_child, 1);
    weir_buffer_reset(&bytes);
    add_nested(&bytes, 9);
    assert_err(scan(&bytes), WEIR_ELIMIT);
    weir_arena_fini(&arena);
    weir_buffer_fini(&bytes);
}

/* 524,288 empty children of two bytes each: protobuf-c would take 68 MiB. */
static void one_mebibyte_that_would_be_68_is_refused(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    for (size_t i = 0; i < 512 * 1024; i++) {
        weir_buffer_add(&bytes, "\x0a\x00", 2);
    }
    assert_err(scan(&bytes), WEIR_ELIMIT);
    const struct weir_decode_budget heap_only = {.fields = SIZE_MAX,
                                                 .submessages = SIZE_MAX,
                                                 .depth = 8,
                                                 .heap_bytes = SIZE_MAX};
    size_t heap_bytes = 0;
    assert_err(weir_decode_guard_scan(&node_type, bytes.bytes, bytes.size, &heap_only, &heap_bytes),
               0);
    assert_true(heap_bytes > (size_t)68 * 1024 * 1024);
    weir_buffer_fini(&bytes);
}

static void many_unknown_fields_are_refused(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    for (size_t i = 0; i < 1001; i++) {
        weir_buffer_add(&bytes, "\x78\x01", 2);
    }
    assert_err(scan(&bytes), WEIR_ELIMIT);
    bytes.size -= 2;
    assert_err(scan(&bytes), 0);
    weir_buffer_fini(&bytes);
}

static void the_estimate_is_never_below_what_is_taken(void **state)
{
    (void)state;
    struct weir_buffer bytes = {0};
    for (size_t i = 0; i < 90; i++) {
        weir_buffer_add(&bytes, "\x0a\x04\x10\x01\x10\x02\x12\x03\x01\x02\x03\x7a\x01x", 14);
    }
    size_t heap_bytes = 0;
    assert_err(weir_decode_guard_scan(&node_type, bytes.bytes, bytes.size, &roomy, &heap_bytes), 0);
    struct weir_arena arena;
    weir_arena_init(&arena, 0);
    ProtobufCMessage *message = NULL;
    assert_err(weir_decode_guard_unpack(&node_type, bytes.bytes, bytes.size, &roomy, &arena,
                                        &message),
               0);
    assert_true(arena.used <= heap_bytes);
    weir_arena_fini(&arena);
    weir_arena_init(&arena, 4096);
    assert_err(weir_decode_guard_unpack(&node_type, bytes.bytes, bytes.size, &roomy, &arena,
                                        &message),
               WEIR_ELIMIT);
    weir_arena_fini(&arena);
    weir_buffer_fini(&bytes);
}

static void malformed_bytes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t size;
    } rows[] = {
        {"field number 0", "\x00\x00", 2},
        {"start of a group", "\x0b", 1},
        {"end of a group", "\x0c", 1},
        {"wire type 7", "\x0f", 1},
        {"a varint that never ends", "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12},
        {"a varint cut", "\x10\xff", 2},
        {"eight bytes cut", "\x11\x01\x02", 3},
        {"four bytes cut", "\x15\x01\x02", 3},
        {"bytes longer than the rest", "\x12\x05\x01", 3},
        {"a length of 2^64 - 1", "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
        {"a child longer than its parent", "\x0a\x02\x0a\x05", 4},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const int err = weir_decode_guard_scan(&node_type, (const uint8_t *)rows[i].bytes,
                                               rows[i].size, &roomy, NULL);
        if (err != WEIR_EFORMAT) {
            print_error("%s\n", rows[i].name);
        }
        assert_err(err, WEIR_EFORMAT);
    }
    assert_err(weir_decode_guard_scan(&node_type, NULL, 0, &roomy, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_levels_are_refused),
        cmocka_unit_test(one_mebibyte_that_would_be_68_is_refused),
        cmocka_unit_test(many_unknown_fields_are_refused),
        cmocka_unit_test(the_estimate_is_never_below_what_is_taken),
        cmocka_unit_test(malformed_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
