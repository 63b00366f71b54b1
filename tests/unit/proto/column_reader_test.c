/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/column_reader.h"

#include <string.h>

#include "common/flow/flow_statistics.h"
#include "common/flow/l2_event.h"
#include "common/flow/marker.h"

#include "tests/support/weir_test.h"

/* One column of two rows of markers, events, dns details or statistics, as a peer may send it. */
struct column_row {
    const char *name;
    size_t kind;
    uint32_t number;
    const char *values;
    size_t size;
    int want;
};

#define ROW(name, kind, number, text, want)                                                        \
    {                                                                                              \
        name, kind, number, text, sizeof(text) - 1, want                                           \
    }
#define DNS WEIR_BLOCK_DETAIL

static const char texts[] = "ab\0c"
                            "12345678"
                            "abcd";

static int read_columns(size_t kind, const struct weir_column_reader_column *columns, size_t count,
                        void *first, void *second)
{
    static const uint32_t offsets[] = {0, 2, 4, 12, 16};
    const struct weir_column_reader_texts all = {(const uint8_t *)texts, offsets, 4};
    const struct weir_column_reader_row rows[2] = {{.at = first, .start_us = 100, .end_us = 200},
                                                   {.at = second, .start_us = 300, .end_us = 400}};
    const struct weir_column_reader_block block = {.kind = &weir_block_table()[kind],
                                                   .columns = columns,
                                                   .column_count = count,
                                                   .rows = rows,
                                                   .count = 2};
    return weir_column_reader_read(&block, &all);
}

static void what_a_member_cannot_hold_is_refused(void **state)
{
    (void)state;
    static const struct column_row rows[] = {
        ROW("two numbers pass", WEIR_BLOCK_MARKER, 1, "\x01\x02", 0),
        ROW("a column that nobody knows passes", WEIR_BLOCK_MARKER, 99, "\x01", 0),
        ROW("one value for two rows", WEIR_BLOCK_MARKER, 1, "\x01", WEIR_EFORMAT),
        ROW("three values for two rows", WEIR_BLOCK_MARKER, 1, "\x01\x02\x03", WEIR_EFORMAT),
        ROW("a column of no bytes", WEIR_BLOCK_MARKER, 1, "", WEIR_EFORMAT),
        ROW("a varint that does not end", WEIR_BLOCK_MARKER, 1, "\x01\x80", WEIR_EFORMAT),
        ROW("a rule above 255", WEIR_BLOCK_L2_EVENT, 1, "\x01\x80\x02", WEIR_EFORMAT),
        ROW("a vlan above 65535", WEIR_BLOCK_L2_EVENT, 3, "\x01\x80\x80\x04", WEIR_EFORMAT),
        ROW("an address of four bytes", WEIR_BLOCK_L2_EVENT, 8, "\x00\x04", 0),
        ROW("an address of two bytes", WEIR_BLOCK_L2_EVENT, 8, "\x00\x01", WEIR_EFORMAT),
        ROW("a station of four bytes", WEIR_BLOCK_L2_EVENT, 10, "\x00\x04", WEIR_EFORMAT),
        ROW("a text that is not there", DNS, 1, "\x00\x05", WEIR_EFORMAT),
        ROW("a text with a NUL", DNS, 1, "\x00\x02", WEIR_EFORMAT),
        ROW("a flag of 2", DNS, 8, "\x00\x02", WEIR_EFORMAT),
        ROW("a header stack of eight bytes", WEIR_BLOCK_STATISTICS, 585, "\x00\x03", 0),
        ROW("a header stack of two bytes", WEIR_BLOCK_STATISTICS, 585, "\x00\x01", WEIR_EFORMAT),
        ROW("a mean of three bytes", WEIR_BLOCK_STATISTICS, 341, "\0\0\0\0\0\0\0", WEIR_EFORMAT),
        ROW("a time before 1970", WEIR_BLOCK_STATISTICS, 301, "\x00\xda\x04", WEIR_EFORMAT),
        ROW("sequences longer than their room", WEIR_BLOCK_STATISTICS, 582, "\x01", WEIR_EFORMAT),
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        union {
            struct weir_flow_statistics statistics;
            struct weir_l2_event event;
            struct weir_marker marker;
            struct weir_dns_details dns;
        } made[2];
        memset(made, 0, sizeof(made));
        const struct weir_column_reader_column column = {rows[i].number,
                                                         (const uint8_t *)rows[i].values,
                                                         rows[i].size};
        const int got = read_columns(rows[i].kind, &column, 1, &made[0], &made[1]);
        if (got != rows[i].want) {
            print_error("%s\n", rows[i].name);
        }
        assert_err(got, rows[i].want);
    }
}

static void times_count_from_their_rows(void **state)
{
    (void)state;
    struct weir_flow_statistics made[2];
    weir_flow_statistics_init(&made[0]);
    weir_flow_statistics_init(&made[1]);
    const struct weir_column_reader_column columns[2] = {
        {302, (const uint8_t *)"\x03\x00", 2}, /* 200 + 1; none */
        {301, (const uint8_t *)"\x01\x05", 2}, /* 100 + 0; 300 + 2 */
    };
    assert_err(read_columns(WEIR_BLOCK_STATISTICS, columns, 2, &made[0], &made[1]), 0);
    assert_true(made[0].orig.first_us == 100 && made[1].orig.first_us == 302);
    assert_true(made[0].orig.last_us == 201 && made[1].orig.last_us == WEIR_ABSENT);
}

static void a_column_that_comes_twice_is_refused(void **state)
{
    (void)state;
    struct weir_marker made[2] = {{0}};
    const struct weir_column_reader_column columns[2] = {{1, (const uint8_t *)"\x01\x02", 2},
                                                         {1, (const uint8_t *)"\x01\x02", 2}};
    assert_err(read_columns(WEIR_BLOCK_MARKER, columns, 2, &made[0], &made[1]), WEIR_EFORMAT);
}

static void a_sequence_has_as_many_values_as_its_count_says(void **state)
{
    (void)state;
    struct weir_flow_statistics made[2];
    weir_flow_statistics_init(&made[0]);
    weir_flow_statistics_init(&made[1]);
    const struct weir_column_reader_column columns[2] = {
        {582, (const uint8_t *)"\x02\x03\x04", 3}, /* 1; -2, 2 */
        {581, (const uint8_t *)"\x01\x02", 2},
    };
    assert_err(read_columns(WEIR_BLOCK_STATISTICS, columns, 2, &made[0], &made[1]), 0);
    assert_int_equal(made[0].len_seq[0], 1);
    assert_int_equal(made[1].len_seq[0], -2);
    assert_int_equal(made[1].len_seq[1], 2);
    const struct weir_column_reader_column many = {581, (const uint8_t *)"\x11\x00", 2};
    const struct weir_column_reader_column both[2] = {many, columns[0]};
    assert_err(read_columns(WEIR_BLOCK_STATISTICS, both, 2, &made[0], &made[1]), WEIR_EFORMAT);
}

static void kinds_are_found_by_their_number(void **state)
{
    (void)state;
    assert_true(weir_column_reader_kind(2) == &weir_block_table()[WEIR_BLOCK_MARKER]);
    assert_true(weir_column_reader_kind(50) == &weir_block_table()[WEIR_BLOCK_DETAIL]);
    assert_null(weir_column_reader_kind(9999));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_member_cannot_hold_is_refused),
        cmocka_unit_test(times_count_from_their_rows),
        cmocka_unit_test(a_column_that_comes_twice_is_refused),
        cmocka_unit_test(a_sequence_has_as_many_values_as_its_count_says),
        cmocka_unit_test(kinds_are_found_by_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
