/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/open_flows.h"

#include <stdlib.h>

#include "common/base/rng.h"

#include "tests/support/weir_test.h"

#define IDS 200U

/* Adds and takes at random and compares with a plain array after every step. */
static void table_says_what_an_array_says(void **state)
{
    (void)state;
    struct open_flows flows;
    open_flows_init(&flows, 42);
    struct open_flow *known[IDS] = {NULL};
    struct weir_rng rng;
    weir_rng_init(&rng, 7);
    for (int i = 0; i < 20000; i++) {
        const uint64_t id = weir_rng_below(&rng, IDS);
        assert_ptr_equal(open_flows_find(&flows, id), known[id]);
        if (known[id] != NULL) {
            assert_ptr_equal(open_flows_take(&flows, id), known[id]);
            free(known[id]);
            known[id] = NULL;
        } else {
            assert_null(open_flows_take(&flows, id));
            assert_err(open_flows_reserve(&flows, 1), WEIR_OK);
            known[id] = (struct open_flow *)calloc(1, sizeof(struct open_flow));
            assert_non_null(known[id]);
            known[id]->flow_id = id;
            open_flows_add(&flows, known[id]);
        }
    }
    open_flows_fini(&flows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_says_what_an_array_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
