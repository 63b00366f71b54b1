/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/tree_ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"

#include "common/model/math.h"

#include "tests/support/weir_test.h"

#define PROTOCOL 1 /* columns of kdd41 */
#define DURATION 0
#define ICMP     2 /* category of protocol_type */

/* protocol == icmp ? 0.75 : (duration < 10 ? -0.5 : 0.25) */
static const struct weir_tree_node small[] = {
    {.column = PROTOCOL, .category = ICMP, .left = 1},
    {.column = DURATION, .category = WEIR_TREE_NUMBER, .value = 10.0F, .left = 3},
    {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = 0.75F},
    {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = -0.5F},
    {.column = WEIR_TREE_LEAF, .category = WEIR_TREE_NUMBER, .value = 0.25F},
};
static const uint32_t small_nodes[] = {5};

static struct weir_tree_ensemble_options options_of(const struct weir_tree_node *nodes,
                                                    const uint32_t *tree_nodes, size_t trees)
{
    return (struct weir_tree_ensemble_options){.link = WEIR_TREE_LINK_LOGISTIC,
                                               .nodes = nodes,
                                               .tree_nodes = tree_nodes,
                                               .tree_count = trees};
}

static int setup(void **state)
{
    struct weir_encoding *encoding = malloc(sizeof(*encoding));
    *state = encoding;
    return encoding == NULL ? -1 : weir_encoding_init(encoding, weir_feature_schema_find("kdd41"));
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static float score_of(const struct weir_tree_ensemble *ensemble,
                      const struct weir_encoding *encoding, float duration, float protocol)
{
    float vector[WEIR_FEATURES_MAX] = {0.0F};
    float encoded[WEIR_ENCODED_MAX];
    float score = 0.0F;
    vector[DURATION] = duration;
    vector[PROTOCOL] = protocol;
    weir_encoding_apply(encoding, vector, encoded);
    weir_tree_ensemble_score(ensemble, encoded, encoding->columns, 1, &score);
    return score;
}

static float logistic(float margin)
{
    return (float)(1.0 / (1.0 + weir_exp(-(double)margin)));
}

static void a_number_below_its_threshold_goes_left_and_a_category_that_fits_right(void **state)
{
    const struct weir_encoding *encoding = *state;
    const struct weir_tree_ensemble_options options = options_of(small, small_nodes, 1);
    struct weir_tree_ensemble *ensemble = NULL;
    assert_err(weir_tree_ensemble_new(&options, encoding, &ensemble, NULL), 0);
    assert_true(score_of(ensemble, encoding, 0.0F, ICMP) == logistic(0.75F));
    assert_true(score_of(ensemble, encoding, 9.99F, 0.0F) == logistic(-0.5F));
    assert_true(score_of(ensemble, encoding, 10.0F, 0.0F) == logistic(0.25F));
    assert_true(score_of(ensemble, encoding, 1e9F, -1.0F) == logistic(0.25F));
    weir_tree_ensemble_free(ensemble);
}

static void nan_takes_the_default_branch(void **state)
{
    const struct weir_encoding *encoding = *state;
    for (int left = 0; left < 2; left++) {
        struct weir_tree_node nodes[5];
        struct weir_tree_ensemble *ensemble = NULL;
        memcpy(nodes, small, sizeof(nodes));
        nodes[1].default_left = left == 1;
        const struct weir_tree_ensemble_options options = options_of(nodes, small_nodes, 1);
        assert_err(weir_tree_ensemble_new(&options, encoding, &ensemble, NULL), 0);
        assert_true(score_of(ensemble, encoding, NAN, 0.0F) == logistic(left == 1 ? -0.5F : 0.25F));
        weir_tree_ensemble_free(ensemble);
    }
}

static void the_identity_link_stays_within_0_and_1(void **state)
{
    const struct weir_encoding *encoding = *state;
    struct weir_tree_ensemble_options options = options_of(small, small_nodes, 1);
    struct weir_tree_ensemble *ensemble = NULL;
    options.link = WEIR_TREE_LINK_IDENTITY;
    options.base_margin = 0.5F;
    assert_err(weir_tree_ensemble_new(&options, encoding, &ensemble, NULL), 0);
    assert_true(score_of(ensemble, encoding, 0.0F, ICMP) == 1.0F);
    assert_true(score_of(ensemble, encoding, 0.0F, 0.0F) == 0.0F);
    assert_true(score_of(ensemble, encoding, 11.0F, 0.0F) == 0.75F);
    weir_tree_ensemble_free(ensemble);
}

/* A random tree of at most `room` nodes over the numbers and categories of kdd41. */
static uint32_t random_tree(struct weir_rng *rng, const struct weir_encoding *encoding,
                            struct weir_tree_node *nodes, uint32_t room)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < count; i++) {
        nodes[i] = (struct weir_tree_node){
            .column = WEIR_TREE_LEAF,
            .category = WEIR_TREE_NUMBER,
            .value = (float)(weir_rng_share(rng) - 0.5),
        };
        if (count + 2 > room || weir_rng_below(rng, 8) == 0) {
            continue;
        }
        const size_t column = (size_t)weir_rng_below(rng, encoding->schema->count);
        nodes[i].column = (uint16_t)column;
        if (encoding->categories[column] > 0) {
            nodes[i].category = (int16_t)weir_rng_below(rng, encoding->categories[column]);
            nodes[i].value = 0.0F;
        }
        nodes[i].left = (uint16_t)count;
        count += 2;
    }
    return count;
}

/* The definition, without any of the scorer's tricks. */
static float plain_score(const struct weir_tree_ensemble_options *options, const float *vector)
{
    float margin = options->base_margin;
    const struct weir_tree_node *tree = options->nodes;
    for (size_t i = 0; i < options->tree_count; i++) {
        const struct weir_tree_node *node = tree;
        while (node->column != WEIR_TREE_LEAF) {
            const float x = vector[node->column];
            const bool left =
                node->category == WEIR_TREE_NUMBER ? x < node->value : x != (float)node->category;
            node = tree + node->left + (left ? 0 : 1);
        }
        margin += node->value;
        tree += options->tree_nodes[i];
    }
    return logistic(margin);
}

#define TREES 43
#define ROOM  120
#define ROWS  77

static void every_way_of_scoring_gives_the_definition_bit_for_bit(void **state)
{
    const struct weir_encoding *encoding = *state;
    static struct weir_tree_node nodes[TREES * ROOM];
    static float encoded[ROWS * WEIR_ENCODED_MAX];
    uint32_t tree_nodes[TREES];
    float wanted[ROWS];
    float scores[ROWS];
    struct weir_rng rng;
    struct weir_tree_ensemble *ensemble = NULL;
    uint32_t count = 0;
    weir_rng_init(&rng, 7);
    for (size_t i = 0; i < TREES; i++) {
        tree_nodes[i] = random_tree(&rng, encoding, nodes + count, ROOM);
        count += tree_nodes[i];
    }
    const struct weir_tree_ensemble_options options = options_of(nodes, tree_nodes, TREES);
    assert_err(weir_tree_ensemble_new(&options, encoding, &ensemble, NULL), 0);
    for (size_t i = 0; i < ROWS; i++) {
        float vector[WEIR_FEATURES_MAX];
        for (size_t j = 0; j < encoding->schema->count; j++) {
            const uint64_t categories = encoding->categories[j];
            vector[j] = categories > 0 ? (float)weir_rng_below(&rng, categories + 1) - 1.0F
                                       : (float)(weir_rng_share(&rng) - 0.5);
        }
        weir_encoding_apply(encoding, vector, encoded + i * encoding->columns);
        wanted[i] = plain_score(&options, vector);
    }
    for (size_t rows = 1; rows <= ROWS; rows++) {
        weir_tree_ensemble_score(ensemble, encoded, encoding->columns, rows, scores);
        assert_memory_equal(scores, wanted, rows * sizeof(*scores));
    }
    weir_tree_ensemble_free(ensemble);
}

static void decode_of_encode_scores_the_same(void **state)
{
    const struct weir_encoding *encoding = *state;
    const struct weir_tree_ensemble_options options = options_of(small, small_nodes, 1);
    struct weir_buffer bytes = {0};
    struct weir_tree_ensemble *ensemble = NULL;
    weir_tree_ensemble_encode(&options, &bytes);
    assert_err(weir_tree_ensemble_decode(bytes.bytes, bytes.size, encoding, &ensemble, NULL), 0);
    assert_true(score_of(ensemble, encoding, 3.0F, 0.0F) == logistic(-0.5F));
    weir_tree_ensemble_free(ensemble);
    weir_buffer_fini(&bytes);
}

struct fault {
    const char *name;
    size_t node;
    struct weir_tree_node wrong;
};

static void what_is_no_tree_is_refused(void **state)
{
    const struct weir_encoding *encoding = *state;
    static const struct fault faults[] = {
        {"child before its parent", 1, {.column = DURATION, .category = -1, .left = 1}},
        {"root as child", 1, {.column = DURATION, .category = -1, .left = 0}},
        {"child past the end", 1, {.column = DURATION, .category = -1, .left = 4}},
        {"two parents", 2, {.column = DURATION, .category = -1, .left = 3}},
        {"leaf with a child", 2, {.column = WEIR_TREE_LEAF, .category = -1, .left = 3}},
        {"no such column", 1, {.column = 41, .category = -1, .left = 3}},
        {"no such category", 0, {.column = PROTOCOL, .category = 3, .left = 1}},
        {"negative category", 0, {.column = PROTOCOL, .category = -2, .left = 1}},
        {"number as category", 0, {.column = DURATION, .category = 0, .left = 1}},
        {"category as number", 0, {.column = PROTOCOL, .category = -1, .left = 1}},
        {"value is NaN", 1, {.column = DURATION, .category = -1, .value = NAN, .left = 3}},
        {"leaf is infinite", 3, {.column = WEIR_TREE_LEAF, .category = -1, .value = INFINITY}},
        {"node without parent", 1, {.column = WEIR_TREE_LEAF, .category = -1}},
    };
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct weir_tree_node nodes[5];
        struct weir_tree_ensemble *ensemble = NULL;
        struct weir_error error = {0};
        memcpy(nodes, small, sizeof(nodes));
        nodes[faults[i].node] = faults[i].wrong;
        const struct weir_tree_ensemble_options options = options_of(nodes, small_nodes, 1);
        if (weir_tree_ensemble_new(&options, encoding, &ensemble, &error) != WEIR_EFORMAT) {
            fail_msg("%s was not refused", faults[i].name);
        }
        assert_null(ensemble);
        assert_true(error.text[0] != '\0');
    }
}

static void limits_are_refused(void **state)
{
    const struct weir_encoding *encoding = *state;
    static struct weir_tree_node chain[2 * (WEIR_TREE_DEPTH_MAX + 1) + 1];
    const uint32_t chain_nodes[] = {sizeof(chain) / sizeof(chain[0])};
    const uint32_t too_many[] = {WEIR_TREE_NODES_MAX + 1};
    struct weir_tree_ensemble *ensemble = NULL;
    for (size_t i = 0; i < chain_nodes[0]; i++) {
        const bool inner = i % 2 == 0 && i + 2 < chain_nodes[0];
        chain[i] = (struct weir_tree_node){.column = inner ? DURATION : WEIR_TREE_LEAF,
                                           .category = WEIR_TREE_NUMBER,
                                           .left = (uint16_t)(inner ? i + 1 : 0)};
    }
    struct weir_tree_ensemble_options options = options_of(chain, chain_nodes, 1);
    assert_err(weir_tree_ensemble_new(&options, encoding, &ensemble, NULL), WEIR_EFORMAT);
    options = options_of(small, too_many, 1);
    assert_err(weir_tree_ensemble_new(&options, encoding, &ensemble, NULL), WEIR_ELIMIT);
    options = options_of(small, small_nodes, 0);
    assert_err(weir_tree_ensemble_new(&options, encoding, &ensemble, NULL), WEIR_ELIMIT);
    options = options_of(small, small_nodes, 1);
    options.base_margin = NAN;
    assert_err(weir_tree_ensemble_new(&options, encoding, &ensemble, NULL), WEIR_EFORMAT);
    options.base_margin = 0.0F;
    options.link = (enum weir_tree_link)9;
    assert_err(weir_tree_ensemble_new(&options, encoding, &ensemble, NULL), WEIR_EFORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_below_its_threshold_goes_left_and_a_category_that_fits_right),
        cmocka_unit_test(nan_takes_the_default_branch),
        cmocka_unit_test(the_identity_link_stays_within_0_and_1),
        cmocka_unit_test(every_way_of_scoring_gives_the_definition_bit_for_bit),
        cmocka_unit_test(decode_of_encode_scores_the_same),
        cmocka_unit_test(what_is_no_tree_is_refused),
        cmocka_unit_test(limits_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
