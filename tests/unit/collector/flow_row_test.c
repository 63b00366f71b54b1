/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/window/flow_row.h"

#include "tests/support/weir_test.h"

static void every_reason_has_a_text(void **state)
{
    (void)state;
    for (int reason = FLOW_ROW_COMPLETE; reason <= FLOW_ROW_UNKNOWN_START; reason++) {
        assert_non_null(flow_row_reason_text((enum flow_row_reason)reason));
    }
    assert_string_equal(flow_row_reason_text(FLOW_ROW_LAGGING), "lagging");
    assert_null(flow_row_reason_text((enum flow_row_reason)6));
}

static void new_batch_is_empty_and_holds_to_its_limit(void **state)
{
    (void)state;
    struct ready_batch *batch = flow_row_batch_new(64);
    assert_non_null(batch);
    assert_int_equal(batch->batch.count, 0);
    assert_non_null(weir_arena_take(&batch->arena, 64));
    assert_null(weir_arena_take(&batch->arena, 1));
    flow_row_batch_free(batch);
    flow_row_batch_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_a_text),
        cmocka_unit_test(new_batch_is_empty_and_holds_to_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
