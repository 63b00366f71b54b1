/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/math.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/hash.h"
#include "common/base/rng.h"

#include "tests/support/weir_test.h"

#define SWEEP   200000
#define MAX_ULP 1.0L

/* What the sweep gives on any machine, compiler and optimization; first taken on x86-64 with gcc 12
 * at -O0. */
#define SWEEP_HASH "41107d53ab09d290"

/* Distance in units of the last place of the true value, which long double stands in for. */
static long double ulp_error(double got, long double want)
{
    int exponent = 0;
    (void)frexpl(want, &exponent);
    const int last = exponent - 53 < -1074 ? -1074 : exponent - 53;
    return fabsl((long double)got - want) / ldexpl(1.0L, last);
}

static double exp_argument(struct weir_rng *rng, int i)
{
    const double share = weir_rng_share(rng);
    return i % 2 == 0 ? share * 1450.0 - 740.0 : share * 4.0 - 2.0;
}

static double log1p_argument(struct weir_rng *rng, int i)
{
    const double share = weir_rng_share(rng);
    switch (i % 3) {
    case 0:
        return share * 3.0 - 0.9999999;
    case 1:
        return ldexp(1.0 + share, (int)weir_rng_below(rng, 1000) - 40);
    default:
        return -ldexp(1.0 + share, -2 - (int)weir_rng_below(rng, 60));
    }
}

static void sweep_hash(char text[17])
{
    struct weir_rng rng;
    static double results[2 * SWEEP];
    weir_rng_init(&rng, 20260105);
    for (int i = 0; i < SWEEP; i++) {
        results[2 * i] = weir_exp(exp_argument(&rng, i));
        results[2 * i + 1] = weir_log1p(log1p_argument(&rng, i));
    }
    (void)snprintf(text, 17, "%016" PRIx64, weir_hash(results, sizeof(results)));
}

static void exp_is_within_one_unit_of_the_last_place(void **state)
{
    (void)state;
    struct weir_rng rng;
    long double worst = 0.0L;
    weir_rng_init(&rng, 1);
    for (int i = 0; i < SWEEP; i++) {
        const double x = exp_argument(&rng, i);
        const long double error = ulp_error(weir_exp(x), expl((long double)x));
        if (error > worst && x < 709.7) {
            worst = error;
        }
    }
    print_message("exp: largest error %.3Lf ulp\n", worst);
    assert_true(worst < MAX_ULP);
}

static void log1p_is_within_one_unit_of_the_last_place(void **state)
{
    (void)state;
    struct weir_rng rng;
    long double worst = 0.0L;
    weir_rng_init(&rng, 2);
    for (int i = 0; i < SWEEP; i++) {
        const double x = log1p_argument(&rng, i);
        const long double error = ulp_error(weir_log1p(x), log1pl((long double)x));
        worst = error > worst ? error : worst;
    }
    print_message("log1p: largest error %.3Lf ulp\n", worst);
    assert_true(worst < MAX_ULP);
}

static void special_values_are_those_of_c(void **state)
{
    (void)state;
    assert_true(weir_exp(0.0) == 1.0);
    assert_true(weir_exp(-0.0) == 1.0);
    assert_true(isinf(weir_exp((double)INFINITY)) && weir_exp((double)INFINITY) > 0.0);
    assert_true(weir_exp(-(double)INFINITY) == 0.0);
    assert_true(isnan(weir_exp((double)NAN)));
    assert_true(isinf(weir_exp(709.79)));
    assert_true(isfinite(weir_exp(709.78)));
    assert_true(weir_exp(-745.2) == 0.0);
    assert_true(weir_exp(-745.1) == 0x1p-1074);
    assert_true(weir_log1p(0.0) == 0.0);
    assert_true(signbit(weir_log1p(-0.0)) != 0);
    assert_true(isinf(weir_log1p(-1.0)) && weir_log1p(-1.0) < 0.0);
    assert_true(isnan(weir_log1p(-1.5)));
    assert_true(isnan(weir_log1p((double)NAN)));
    assert_true(isinf(weir_log1p((double)INFINITY)));
    assert_true(weir_log1p(1e-300) == 1e-300);
    assert_true(isfinite(weir_log1p(1.7e308)));
}

static void exp_never_falls(void **state)
{
    (void)state;
    double before = 0.0;
    for (double x = -745.5; x < 710.0; x += 0.0078125) {
        const double now = weir_exp(x);
        assert_true(now >= before);
        before = now;
    }
}

static void the_sweep_has_the_same_bits_as_ever(void **state)
{
    (void)state;
    char text[17];
    sweep_hash(text);
    assert_string_equal(text, SWEEP_HASH);
}

/* glibc's exp and log differ here between machines; ours may not. */
static void a_processor_without_fma_and_avx2_gives_the_same_bits(void **state)
{
    (void)state;
    char path[512];
    char command[1024];
    char text[17] = "";
    const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    assert_true(length > 0);
    path[length] = '\0';
    (void)snprintf(command, sizeof(command),
                   "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F '%s' --hash", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    const size_t got = fread(text, 1, 16, pipe);
    assert_int_equal(pclose(pipe), 0);
    assert_int_equal(got, 16);
    assert_string_equal(text, SWEEP_HASH);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_one_unit_of_the_last_place),
        cmocka_unit_test(log1p_is_within_one_unit_of_the_last_place),
        cmocka_unit_test(special_values_are_those_of_c),
        cmocka_unit_test(exp_never_falls),
        cmocka_unit_test(the_sweep_has_the_same_bits_as_ever),
        cmocka_unit_test(a_processor_without_fma_and_avx2_gives_the_same_bits),
    };
    if (argc == 2 && strcmp(argv[1], "--hash") == 0) {
        char text[17];
        sweep_hash(text);
        (void)fputs(text, stdout);
        return EXIT_SUCCESS;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
