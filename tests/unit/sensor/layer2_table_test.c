/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_table.h"

#include "tests/support/weir_test.h"

static void a_full_table_forgets_what_was_touched_longest_ago(void **state)
{
    (void)state;
    struct layer2_table *table = NULL;
    bool is_new = false;
    assert_int_equal(layer2_table_new(3, 12, 7, &table), WEIR_OK);
    for (uint16_t i = 0; i < 3; i++) {
        const struct layer2_key key = {.vlan = i};
        uint64_t *value = layer2_table_touch(table, &key, &is_new);
        assert_true(is_new);
        assert_true(value[0] == 0 && value[1] == 0);
        value[0] = i;
        value[1] = i;
    }
    assert_true(layer2_table_is_full(table));
    const struct layer2_key keys[] = {{.vlan = 0}, {.vlan = 1}, {.vlan = 9}};
    (void)layer2_table_touch(table, &keys[0], &is_new);
    assert_false(is_new);
    const uint64_t *value = layer2_table_touch(table, &keys[2], &is_new);
    assert_true(is_new && value[0] == 0 && value[1] == 0);
    assert_null(layer2_table_find(table, &keys[1]));
    assert_non_null(layer2_table_find(table, &keys[0]));
    assert_int_equal(layer2_table_evicted(table), 1);
    const struct layer2_key *oldest = NULL;
    assert_non_null(layer2_table_oldest(table, &oldest));
    assert_int_equal(oldest->vlan, 2);
    for (int i = 0; i < 4; i++) {
        layer2_table_forget_oldest(table);
    }
    assert_null(layer2_table_oldest(table, &oldest));
    assert_false(layer2_table_is_full(table));
    layer2_table_free(table);
    layer2_table_free(NULL);
}

static void a_table_without_room_is_refused(void **state)
{
    (void)state;
    struct layer2_table *table = NULL;
    assert_int_equal(layer2_table_new(0, 8, 0, &table), WEIR_EINVAL);
    assert_int_equal(layer2_table_new(SIZE_MAX, 8, 0, &table), WEIR_EINVAL);
    assert_int_equal(layer2_table_new(1, 0, 0, &table), WEIR_EINVAL);
    assert_null(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_table_forgets_what_was_touched_longest_ago),
        cmocka_unit_test(a_table_without_room_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
