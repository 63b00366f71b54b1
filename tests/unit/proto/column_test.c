/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/column.h"

#include <stdlib.h>
#include <string.h>

#include "common/flow/flow_statistics.h"
#include "common/flow/l2_event.h"
#include "common/flow/marker.h"

#include "tests/support/weir_test.h"

#define GAP_MAX 8U /* bytes of padding that no column covers */

static void each_column_lies_in_its_row_and_has_its_own_number(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < WEIR_BLOCK_COUNT; kind++) {
        const struct weir_block *block = &weir_block_table()[kind];
        size_t texts = 0;
        for (size_t i = 0; i < block->column_count; i++) {
            const struct weir_column *column = &block->columns[i];
            const size_t elements = column->count_max == 0 ? 1 : column->count_max;
            assert_true(column->offset + elements * column->width <= block->row_size);
            assert_true(column->number > 0);
            assert_non_null(column->name);
            texts += column->form >= WEIR_COLUMN_TEXT && column->form <= WEIR_COLUMN_ADDRESS;
            for (size_t j = 0; j < i; j++) {
                assert_int_not_equal(column->number, block->columns[j].number);
            }
        }
        assert_int_equal(texts, block->text_count);
        for (size_t other = 0; other < kind; other++) {
            assert_int_not_equal(block->number, weir_block_table()[other].number);
        }
    }
}

static void every_member_of_a_row_is_in_a_column(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < WEIR_BLOCK_COUNT; kind++) {
        const struct weir_block *block = &weir_block_table()[kind];
        uint8_t *covered = (uint8_t *)calloc(1, block->row_size);
        size_t gap = 0;
        assert_non_null(covered);
        for (size_t i = 0; i < block->column_count; i++) {
            const struct weir_column *column = &block->columns[i];
            const size_t elements = column->count_max == 0 ? 1 : column->count_max;
            memset(covered + column->offset, 1, elements * column->width);
        }
        for (size_t i = 0; i < block->row_size; i++) {
            gap = covered[i] != 0 ? 0 : gap + 1;
            assert_true(gap < GAP_MAX);
        }
        free(covered);
    }
}

static void numbers_are_those_of_the_lists(void **state)
{
    (void)state;
    const struct weir_block *statistics = &weir_block_table()[WEIR_BLOCK_STATISTICS];
    const struct weir_block *dns = &weir_block_table()[WEIR_BLOCK_DETAIL + WEIR_DETAIL_DNS];
    assert_string_equal(statistics->columns[0].name, "orig_first_us");
    assert_int_equal(statistics->columns[0].number, 301);
    assert_int_equal(dns->number, 50);
    assert_string_equal(dns->columns[0].name, "query");
    assert_int_equal(dns->columns[0].number, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_column_lies_in_its_row_and_has_its_own_number),
        cmocka_unit_test(every_member_of_a_row_is_in_a_column),
        cmocka_unit_test(numbers_are_those_of_the_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
