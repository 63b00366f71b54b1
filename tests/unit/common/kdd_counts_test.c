/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_counts.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/weir_test.h"

static void every_rate_up_to_511_is_what_printf_says(void **state)
{
    (void)state;
    for (uint16_t n = 1; n <= 511; n++) {
        for (uint16_t k = 0; k <= n; k++) {
            char text[16];
            (void)snprintf(text, sizeof(text), "%.2f", (double)((float)k / (float)n));
            const float want = strtof(text, NULL);
            const float got = weir_kdd_rate(k, n);
            if (got < want || got > want) {
                fail_msg("R(%u, %u) = %a, want %a", k, n, (double)got, (double)want);
            }
        }
    }
}

/* Specification 1.11. */
static void rounding_vectors_hold(void **state)
{
    (void)state;
    static const struct {
        uint16_t k, n;
        float rate;
    } rows[] = {
        {1, 8, 0.12F},  {3, 8, 0.38F},   {5, 8, 0.62F},   {3, 40, 0.08F},
        {9, 40, 0.22F}, {39, 40, 0.98F}, {1, 200, 0.00F}, {1, 199, 0.01F},
    };
    const struct tolerance exact = {0.0, 0.0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_close((double)weir_kdd_rate(rows[i].k, rows[i].n), (double)rows[i].rate, exact);
    }
}

static void columns_divide_by_their_own_window(void **state)
{
    (void)state;
    const struct weir_kdd_counts counts = {.count = 5,
                                           .srv_count = 4,
                                           .serror = 1,
                                           .srv_serror = 1,
                                           .rerror = 2,
                                           .srv_rerror = 2,
                                           .same_srv = 3,
                                           .diff_srv = 2,
                                           .srv_diff_host = 2,
                                           .dst_host_count = 8,
                                           .dst_host_srv_count = 10,
                                           .dst_host_same_srv = 1,
                                           .dst_host_diff_srv = 5,
                                           .dst_host_same_src_port = 2,
                                           .dst_host_srv_diff_host = 4,
                                           .dst_host_serror = 1,
                                           .dst_host_rerror = 2,
                                           .dst_host_srv_serror = 3,
                                           .dst_host_srv_rerror = 5};
    const double want[WEIR_KDD_COUNT_FIELDS] = {5,  4,    0.2,  0.25, 0.4, 0.5,  0.6, 0.4,  0.5, 8,
                                                10, 0.12, 0.62, 0.25, 0.4, 0.12, 0.3, 0.25, 0.5};
    float columns[WEIR_KDD_COUNT_FIELDS];
    double got[WEIR_KDD_COUNT_FIELDS];
    weir_kdd_columns(&counts, columns);
    for (size_t i = 0; i < WEIR_KDD_COUNT_FIELDS; i++) {
        got[i] = (double)columns[i];
    }
    assert_all_close(got, want, WEIR_KDD_COUNT_FIELDS, ((struct tolerance){1e-6, 0.0}));
}

static void counts_never_made_are_zero_columns(void **state)
{
    (void)state;
    const struct weir_kdd_counts counts = {0};
    float columns[WEIR_KDD_COUNT_FIELDS];
    weir_kdd_columns(&counts, columns);
    for (size_t i = 0; i < WEIR_KDD_COUNT_FIELDS; i++) {
        assert_true(columns[i] <= 0.0F && columns[i] >= 0.0F);
    }
}

static void counts_beyond_their_window_are_invalid(void **state)
{
    (void)state;
    const struct weir_kdd_counts good = {.count = 2,
                                         .srv_count = 1,
                                         .same_srv = 1,
                                         .diff_srv = 2,
                                         .dst_host_count = 2,
                                         .dst_host_srv_count = 3};
    assert_true(weir_kdd_counts_valid(&good));
    struct weir_kdd_counts bad = good;
    bad.serror = 3;
    assert_false(weir_kdd_counts_valid(&bad));
    bad = good;
    bad.diff_srv = 1;
    assert_false(weir_kdd_counts_valid(&bad));
    bad = good;
    bad.count = 512;
    assert_false(weir_kdd_counts_valid(&bad));
    bad = good;
    bad.count = 0;
    assert_false(weir_kdd_counts_valid(&bad));
    bad = good;
    bad.dst_host_count = 256;
    assert_false(weir_kdd_counts_valid(&bad));
    bad = good;
    bad.dst_host_srv_serror = 4;
    assert_false(weir_kdd_counts_valid(&bad));
    const struct weir_kdd_counts none = {0};
    assert_true(weir_kdd_counts_valid(&none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rate_up_to_511_is_what_printf_says),
        cmocka_unit_test(rounding_vectors_hold),
        cmocka_unit_test(columns_divide_by_their_own_window),
        cmocka_unit_test(counts_never_made_are_zero_columns),
        cmocka_unit_test(counts_beyond_their_window_are_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
