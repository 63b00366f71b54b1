/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_table.h"

#include "common/base/rng.h"

#include "tests/support/weir_test.h"

static struct flow_key key_of(uint32_t number)
{
    return (struct flow_key){.low = {number, 1}, .high = {2, 3}, .protocol = 6};
}

/* Few distinct hashes: long probes, and removals that must shift back. */
static uint64_t bad_hash(uint32_t number)
{
    return number % 3;
}

static void random_operations_agree_with_a_list(void **state)
{
    (void)state;
    struct flow_table *table = NULL;
    struct weir_rng rng;
    struct flow *known[40] = {NULL};
    uint32_t count = 0;
    weir_rng_init(&rng, 5);
    assert_err(flow_table_new(16, &table), WEIR_OK);
    for (int i = 0; i < 20000; i++) {
        const uint32_t number = (uint32_t)weir_rng_below(&rng, 40);
        const struct flow_key key = key_of(number);
        assert_ptr_equal(flow_table_find(table, &key, bad_hash(number)), known[number]);
        if (known[number] != NULL) {
            flow_table_remove(table, known[number]);
            known[number] = NULL;
            count--;
        } else {
            known[number] = flow_table_add(table, &key, bad_hash(number), i);
            assert_int_equal(known[number] == NULL, count == 16);
            count += known[number] != NULL ? 1 : 0;
        }
        assert_int_equal(flow_table_size(table), count);
    }
    flow_table_free(table);
}

static void oldest_is_the_flow_not_used_for_longest(void **state)
{
    (void)state;
    struct flow_table *table = NULL;
    struct flow *flows[3] = {NULL};
    assert_err(flow_table_new(16, &table), WEIR_OK);
    assert_null(flow_table_victim(table));
    for (uint32_t i = 0; i < 3; i++) {
        const struct flow_key key = key_of(i);
        flows[i] = flow_table_add(table, &key, i, i);
        flows[i]->last_us = i;
    }
    assert_ptr_equal(flow_table_victim(table), flows[0]);
    flows[0]->last_us = 500; /* used, but not moved: a second chance */
    assert_ptr_equal(flow_table_victim(table), flows[1]);
    flow_table_touch(table, flows[1], 2000000);
    assert_ptr_equal(flow_table_victim(table), flows[2]);
    assert_ptr_equal(flow_table_after(table, NULL), flows[2]);
    assert_null(flow_table_after(table, flows[1]));
    assert_ptr_equal(flow_table_at(table, flow_table_number(table, flows[1])), flows[1]);
    flow_table_free(table);
}

/* Adds flow `number`, last used then. */
static struct flow *add(struct flow_table *table, uint32_t number)
{
    const struct flow_key key = key_of(number);
    struct flow *flow = flow_table_add(table, &key, number, number);
    assert_non_null(flow);
    flow->last_us = number;
    return flow;
}

static void decided_flows_go_first_then_unanswered_then_established(void **state)
{
    (void)state;
    struct flow_table *table = NULL;
    struct flow *flows[6] = {NULL};
    assert_err(flow_table_new(16, &table), WEIR_OK);
    for (uint32_t i = 0; i < 6; i++) {
        flows[i] = add(table, i);
    }
    flow_table_stand(table, flows[0], FLOW_ESTABLISHED);
    flow_table_stand(table, flows[1], FLOW_ESTABLISHED);
    flow_table_stand(table, flows[5], FLOW_DECIDED);
    static const uint32_t expected[] = {5, 2, 3, 0, 1, 4};
    for (size_t i = 0; i < 6; i++) {
        /* one unanswered flow is a sixteenth of 16: it is spared while others are established */
        struct flow *victim = flow_table_victim(table);
        assert_ptr_equal(victim, flows[expected[i]]);
        flow_table_remove(table, victim);
    }
    assert_null(flow_table_victim(table));
    flow_table_free(table);
}

static void every_flow_is_visited_once_whatever_it_stands_for(void **state)
{
    (void)state;
    struct flow_table *table = NULL;
    bool seen[16] = {false};
    size_t count = 0;
    assert_err(flow_table_new(16, &table), WEIR_OK);
    for (uint32_t i = 0; i < 16; i++) {
        flow_table_stand(table, add(table, i), (enum flow_standing)(i % FLOW_STANDINGS));
    }
    assert_int_equal(flow_table_standing(table, FLOW_UNANSWERED), 6);
    assert_int_equal(flow_table_standing(table, FLOW_DECIDED), 5);
    for (struct flow *flow = flow_table_after(table, NULL); flow != NULL;
         flow = flow_table_after(table, flow)) {
        const uint32_t number = flow_table_number(table, flow);
        assert_false(seen[number]);
        seen[number] = true;
        count++;
    }
    assert_int_equal(count, 16);
    flow_table_free(table);
}

static void capacity_out_of_range_is_refused(void **state)
{
    (void)state;
    struct flow_table *table = NULL;
    assert_err(flow_table_new(15, &table), WEIR_EINVAL);
    assert_err(flow_table_new((UINT32_C(1) << 24) + 1, &table), WEIR_EINVAL);
    flow_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_agree_with_a_list),
        cmocka_unit_test(oldest_is_the_flow_not_used_for_longest),
        cmocka_unit_test(decided_flows_go_first_then_unanswered_then_established),
        cmocka_unit_test(every_flow_is_visited_once_whatever_it_stands_for),
        cmocka_unit_test(capacity_out_of_range_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
