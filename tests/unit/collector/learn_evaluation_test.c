/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "collector/learn/evaluation.h"

#include "tests/support/weir_test.h"

static const struct tolerance exact = {.relative = 1e-15, .absolute = 1e-15};

/* Ten rows by hand: 4 attacks, 6 normal. At 0.5: 3 hits, 1 missed, 2 false alarms. */
static const float scores[10] = {0.9F, 0.8F, 0.5F, 0.2F, 0.7F, 0.6F, 0.4F, 0.3F, 0.2F, 0.1F};
static const uint8_t labels[10] = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0};

static void figures_are_those_worked_out_by_hand(void **state)
{
    (void)state;
    struct evaluation found;
    assert_err(evaluation_of(scores, labels, 10, 0.5, &found), 0);
    assert_int_equal(found.confusion[0][0], 4);
    assert_int_equal(found.confusion[0][1], 2);
    assert_int_equal(found.confusion[1][0], 1);
    assert_int_equal(found.confusion[1][1], 3);
    assert_close(found.accuracy, 0.7, exact);
    assert_close(found.classes[1].precision, 3.0 / 5.0, exact);
    assert_close(found.classes[1].recall, 3.0 / 4.0, exact);
    assert_close(found.classes[1].f1, 2.0 * 0.6 * 0.75 / 1.35, exact);
    assert_close(found.classes[0].precision, 4.0 / 5.0, exact);
    assert_close(found.classes[0].recall, 4.0 / 6.0, exact);
    assert_close(found.macro.recall, (3.0 / 4.0 + 4.0 / 6.0) / 2.0, exact);
    assert_close(found.weighted.recall, 0.7, exact);
    assert_close(found.false_positive_rate, 2.0 / 6.0, exact);
    /* Pairs in order: 0.9 and 0.8 beat 6 each, 0.5 beats 4, 0.2 beats 1 and ties 1. */
    assert_close(found.roc_auc, (6.0 + 6.0 + 4.0 + 1.5) / 24.0, exact);
}

static void one_class_alone_has_no_roc_area(void **state)
{
    (void)state;
    struct evaluation found;
    assert_err(evaluation_of(scores, labels, 4, 0.5, &found), 0);
    assert_true(isnan(found.roc_auc));
    assert_close(found.false_positive_rate, 0.0, exact);
}

static void the_best_threshold_has_the_best_f1(void **state)
{
    (void)state;
    double best = 0.0;
    struct evaluation at_best;
    assert_err(evaluation_best_threshold(scores, labels, 10, &best), 0);
    assert_err(evaluation_of(scores, labels, 10, best, &at_best), 0);
    for (double threshold = 0.0; threshold < 1.0; threshold += 0.01) {
        struct evaluation found;
        assert_err(evaluation_of(scores, labels, 10, threshold, &found), 0);
        assert_true(found.classes[1].f1 <= at_best.classes[1].f1);
    }
}

static void the_best_threshold_lies_between_two_scores(void **state)
{
    (void)state;
    static const float parted[] = {0.2F, 0.9F};
    static const uint8_t truth[] = {0, 1};
    double best = 0.0;
    assert_err(evaluation_best_threshold(parted, truth, 2, &best), 0);
    assert_close(best, 0.55, (struct tolerance){.absolute = 1e-7});
    assert_err(evaluation_best_threshold(parted, truth, 1, &best), 0);
    assert_close(best, 0.5, exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_worked_out_by_hand),
        cmocka_unit_test(one_class_alone_has_no_roc_area),
        cmocka_unit_test(the_best_threshold_has_the_best_f1),
        cmocka_unit_test(the_best_threshold_lies_between_two_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
