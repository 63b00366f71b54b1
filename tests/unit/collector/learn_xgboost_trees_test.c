/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "common/model/tree_ensemble.h"

#include "collector/learn/xgboost_trees.h"

#include "tests/support/weir_test.h"

#define MODEL(objective, base, trees)                                                              \
    "{\"learner\":{\"objective\":{\"name\":\"" objective                                           \
    "\"},\"learner_model_param\":{\"base_score\":\"" base                                          \
    "\"},\"gradient_booster\":{\"model\":{\"trees\":[" trees "]}}}}"

/* Node 0 tests matrix column 1 (protocol_type = udp) at `t`; left: leaf, right: node 2 tests column
 * 0 (duration) at 2.5. Children are not neighbours. */
#define TREE(t)                                                                                    \
    "{\"left_children\":[1,-1,4,-1,-1],\"right_children\":[2,-1,3,-1,-1],"                         \
    "\"split_indices\":[1,0,0,0,0],\"split_conditions\":[" t                                       \
    ",-0.5,2.5,0.25,0.125],\"default_left\":[0,0,1,0,0]}"

static int decode(const char *json, struct xgboost_trees *out, struct weir_error *error)
{
    static const uint16_t encoded[] = {0, 2}; /* duration; the second category of protocol_type */
    struct weir_encoding encoding;
    assert_err(weir_encoding_init(&encoding, weir_feature_schema_find("kdd41")), 0);
    const struct xgboost_columns columns = {.encoding = &encoding, .encoded = encoded, .count = 2};
    return xgboost_trees_decode(json, strlen(json), &columns, out, error);
}

static void a_split_on_a_one_hot_column_becomes_a_test_of_the_category(void **state)
{
    (void)state;
    struct xgboost_trees trees;
    assert_err(decode(MODEL("reg:squarederror", "0E0", TREE("1.0")), &trees, NULL), 0);
    assert_int_equal(trees.link, WEIR_TREE_LINK_IDENTITY);
    assert_int_equal(trees.tree_count, 1);
    assert_int_equal(trees.tree_nodes[0], 5);
    assert_int_equal(trees.nodes[0].column, 1);
    assert_int_equal(trees.nodes[0].category, 1);
    assert_int_equal(trees.nodes[0].left, 1);
    assert_true(trees.nodes[1].column == WEIR_TREE_LEAF && trees.nodes[1].value == -0.5F);
    assert_int_equal(trees.nodes[2].column, 0);
    assert_int_equal(trees.nodes[2].category, WEIR_TREE_NUMBER);
    assert_true(trees.nodes[2].value == 2.5F && trees.nodes[2].default_left);
    assert_true(trees.nodes[3].value == 0.125F && trees.nodes[4].value == 0.25F);
    xgboost_trees_fini(&trees);
}

static void a_split_that_sends_0_and_1_the_same_way_is_left_out(void **state)
{
    (void)state;
    struct xgboost_trees trees;
    assert_err(decode(MODEL("reg:squarederror", "0", TREE("0.0")), &trees, NULL), 0);
    assert_int_equal(trees.tree_nodes[0], 3);
    assert_int_equal(trees.nodes[0].column, 0);
    xgboost_trees_fini(&trees);
    assert_err(decode(MODEL("reg:squarederror", "0", TREE("1.5")), &trees, NULL), 0);
    assert_int_equal(trees.tree_nodes[0], 1);
    assert_true(trees.nodes[0].value == -0.5F);
    xgboost_trees_fini(&trees);
}

static void a_logistic_models_base_score_is_a_probability(void **state)
{
    (void)state;
    struct xgboost_trees trees;
    assert_err(decode(MODEL("binary:logistic", "2.5E-1", TREE("1.0")), &trees, NULL), 0);
    assert_int_equal(trees.link, WEIR_TREE_LINK_LOGISTIC);
    assert_close((double)trees.base_margin, -log(3.0), (struct tolerance){.relative = 1e-6});
    xgboost_trees_fini(&trees);
}

static void what_is_no_model_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "{",
        "[]",
        "{\"learner\":{}}",
        MODEL("multi:softmax", "0", TREE("1.0")),
        MODEL("binary:logistic", "1.5", TREE("1.0")),
        MODEL("reg:squarederror", "0", "{}"),
        MODEL("reg:squarederror", "0", "7"),
        /* arrays of different length */
        MODEL("reg:squarederror", "0",
              "{\"left_children\":[-1,-1],\"right_children\":[-1],\"split_indices\":[0],"
              "\"split_conditions\":[0],\"default_left\":[0]}"),
        /* a column that the matrix does not have */
        MODEL("reg:squarederror", "0",
              "{\"left_children\":[1,-1,-1],\"right_children\":[2,-1,-1],\"split_indices\":[9,0,0],"
              "\"split_conditions\":[1,0,0],\"default_left\":[0,0,0]}"),
        /* a loop, a child past the end */
        MODEL("reg:squarederror", "0",
              "{\"left_children\":[0,-1,-1],\"right_children\":[0,-1,-1],\"split_indices\":[0,0,0],"
              "\"split_conditions\":[1,0,0],\"default_left\":[0,0,0]}"),
        MODEL("reg:squarederror", "0",
              "{\"left_children\":[1,-1,-1],\"right_children\":[3,-1,-1],\"split_indices\":[0,0,0],"
              "\"split_conditions\":[1,0,0],\"default_left\":[0,0,0]}"),
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct xgboost_trees trees = {0};
        struct weir_error error = {0};
        if (decode(wrong[i], &trees, &error) != WEIR_EFORMAT || error.text[0] == '\0') {
            fail_msg("not refused: %s", wrong[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_split_on_a_one_hot_column_becomes_a_test_of_the_category),
        cmocka_unit_test(a_split_that_sends_0_and_1_the_same_way_is_left_out),
        cmocka_unit_test(a_logistic_models_base_score_is_a_probability),
        cmocka_unit_test(what_is_no_model_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
