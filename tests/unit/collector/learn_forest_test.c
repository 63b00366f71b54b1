/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "common/base/rng.h"

#include "collector/learn/cross_validation.h"
#include "collector/learn/fit.h"
#include "collector/learn/forest.h"
#include "collector/learn/golden.h"

#include "tests/support/weir_test.h"

#define ROWS 4000

struct rows {
    struct sample_set set;
    uint32_t at[ROWS];
};

static const struct fit_options forest_options = {
    .kind = WEIR_MODEL_FOREST,
    .forest = {.trees = 30,
               .depth = 10,
               .row_share_0_1 = 0.632,
               .column_share_0_1 = 0.3,
               .seed = 1,
               .threads = 1},
};

/* Attacks are S0 connections, or ftp with many bytes; one label in twenty is wrong. */
static int setup(void **state)
{
    static struct rows rows;
    struct weir_rng rng;
    weir_rng_init(&rng, 1);
    sample_set_init(&rows.set, weir_feature_schema_find("kdd41"));
    for (uint32_t i = 0; i < ROWS; i++) {
        float vector[WEIR_FEATURES_MAX] = {0.0F};
        vector[1] = (float)weir_rng_below(&rng, 3);
        vector[2] = (float)weir_rng_below(&rng, 71) - 1.0F; /* -1: unknown */
        vector[3] = (float)weir_rng_below(&rng, 11);
        vector[4] = (float)weir_rng_below(&rng, 1000) / 7.0F;
        vector[24] = (float)weir_rng_share(&rng);
        const bool attack = vector[3] == 1.0F || (vector[2] < 20.0F && vector[4] > 70.0F);
        const bool wrong = weir_rng_below(&rng, 20) == 0;
        if (sample_set_add(&rows.set, vector,
                           attack != wrong ? SAMPLE_SET_ATTACK : SAMPLE_SET_NORMAL) != 0) {
            return -1;
        }
        rows.at[i] = i;
    }
    *state = &rows;
    return 0;
}

static int teardown(void **state)
{
    struct rows *rows = *state;
    sample_set_fini(&rows->set);
    return 0;
}

static void our_scores_are_the_librarys(void **state)
{
    const struct rows *rows = *state;
    struct fit fit;
    double largest = 0.0;
    struct weir_error error = {0};
    assert_err(fit_model(&forest_options, &rows->set, rows->at, ROWS, &fit, &error), 0);
    assert_err(fit_check_agreement(&fit, &rows->set, rows->at, ROWS, &largest, &error), 0);
    assert_true(largest <= FIT_AGREEMENT);
    fit_fini(&fit);
}

static void the_same_seed_gives_the_same_bytes_with_any_number_of_threads(void **state)
{
    const struct rows *rows = *state;
    struct fit fits[3];
    for (uint32_t i = 0; i < 3; i++) {
        struct fit_options options = forest_options;
        options.forest.threads = i + 1;
        options.forest.seed = i < 2 ? 1 : 2;
        assert_err(fit_model(&options, &rows->set, rows->at, ROWS, &fits[i], NULL), 0);
    }
    assert_int_equal(fits[0].payload.size, fits[1].payload.size);
    assert_memory_equal(fits[0].payload.bytes, fits[1].payload.bytes, fits[0].payload.size);
    assert_true(fits[0].payload.size != fits[2].payload.size ||
                memcmp(fits[0].payload.bytes, fits[2].payload.bytes, fits[0].payload.size) != 0);
    for (size_t i = 0; i < 3; i++) {
        fit_fini(&fits[i]);
    }
}

static void constant_columns_are_left_out(void **state)
{
    const struct rows *rows = *state;
    struct forest *forest = NULL;
    assert_err(forest_fit(&forest_options.forest, &rows->set, rows->at, ROWS, &forest, NULL), 0);
    assert_int_equal(forest_columns(forest), 3 + 70 + 11 + 2);
    assert_int_equal(forest_encoded_columns(forest), 122);
    forest_free(forest);
}

static void rows_of_one_class_cannot_be_learnt_from(void **state)
{
    const struct rows *rows = *state;
    uint32_t normal[ROWS];
    size_t count = 0;
    struct forest *forest = NULL;
    struct weir_error error = {0};
    for (uint32_t i = 0; i < ROWS; i++) {
        if (rows->set.labels[i] == SAMPLE_SET_NORMAL) {
            normal[count++] = i;
        }
    }
    assert_err(forest_fit(&forest_options.forest, &rows->set, normal, count, &forest, &error),
               WEIR_EINVAL);
    assert_non_null(strstr(error.text, "both classes"));
    assert_err(forest_fit(&forest_options.forest, &rows->set, normal, 0, &forest, &error),
               WEIR_EINVAL);
}

static void cross_validation_sees_through_the_noise_but_not_past_it(void **state)
{
    const struct rows *rows = *state;
    static struct cross_validation found;
    const struct cross_validation_options options = {.fit = forest_options,
                                                     .folds = 4,
                                                     .seed = 1,
                                                     .threshold = (double)NAN};
    assert_err(cross_validation_run(&options, &rows->set, rows->at, ROWS, &found, NULL), 0);
    assert_int_equal(found.pooled.rows, ROWS);
    /* 5 % of the labels are wrong, so an honest figure stays below 0.95 and a leak would not. */
    assert_true(found.mean[CROSS_VALIDATION_ACCURACY] > 0.90);
    assert_true(found.mean[CROSS_VALIDATION_ACCURACY] < 0.965);
    assert_true(found.deviation[CROSS_VALIDATION_ACCURACY] < 0.03);
    assert_true(found.threshold > 0.05 && found.threshold < 0.95);
}

static void golden_rows_reach_from_the_lowest_to_the_highest_score(void **state)
{
    (void)state;
    uint32_t rows[1000];
    float scores[1000];
    uint32_t chosen[GOLDEN_ROWS];
    size_t count = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        rows[i] = 5000 + i;
        scores[i] = (float)((i * 37) % 1000) / 1000.0F;
    }
    assert_err(golden_choose(rows, scores, 1000, chosen, &count), 0);
    assert_int_equal(count, GOLDEN_ROWS);
    assert_true(scores[chosen[0] - 5000] == 0.0F);
    assert_true(scores[chosen[GOLDEN_ROWS - 1] - 5000] == 0.999F);
    assert_err(golden_choose(rows, scores, 1, chosen, &count), 0);
    assert_int_equal(count, 1);
    assert_err(golden_choose(rows, scores, 0, chosen, &count), 0);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_scores_are_the_librarys),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_with_any_number_of_threads),
        cmocka_unit_test(constant_columns_are_left_out),
        cmocka_unit_test(rows_of_one_class_cannot_be_learnt_from),
        cmocka_unit_test(cross_validation_sees_through_the_noise_but_not_past_it),
        cmocka_unit_test(golden_rows_reach_from_the_lowest_to_the_highest_score),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
