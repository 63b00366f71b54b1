/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/math.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* The bits are promised only where a double expression is evaluated in double. */
_Static_assert(FLT_EVAL_METHOD == 0, "build for a processor with IEEE double arithmetic");

/* ln 2 in two parts: k * LN2_HIGH is exact for |k| < 2^20. */
#define LN2_HIGH  6.93147180369123816490e-01
#define LN2_LOW   1.90821492927058770002e-10
#define INV_LN2   1.44269504088896338700e+00
#define EXP_OVER  7.09782712893383973096e+02
#define EXP_UNDER (-7.45133219101941108420e+02)

static uint64_t bits_of(double x)
{
    uint64_t bits = 0;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static double double_of(uint64_t bits)
{
    double x = 0.0;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* x * 2^k; one rounding at most, when the result is subnormal. -1100 < k < 1100. */
static double scale(double x, int k)
{
    if (k > 1023) {
        return x * double_of(UINT64_C(0x7FE0000000000000)) * double_of((uint64_t)k << 52);
    }
    if (k < -1022) {
        const double small = x * double_of((uint64_t)(k + 54 + 1023) << 52);
        return small * double_of((uint64_t)(1023 - 54) << 52);
    }
    return x * double_of((uint64_t)(k + 1023) << 52);
}

/* exp(x) = 2^k exp(r), |r| <= ln2 / 2; exp(r) = 1 + 2r / (R - r), R by a minimax polynomial in r^2
 * (W. J. Cody; coefficients as in FreeBSD's e_exp.c). */
double weir_exp(double x)
{
    if (isnan(x)) {
        return x;
    }
    if (x > EXP_OVER) {
        return (double)INFINITY;
    }
    if (x < EXP_UNDER) {
        return 0.0;
    }
    if (x < 0x1p-28 && x > -0x1p-28) {
        return 1.0 + x;
    }
    int k = 0;
    double high = x;
    double low = 0.0;
    if (x > 0.34657359 || x < -0.34657359) {
        k = (int)(INV_LN2 * x + (x < 0.0 ? -0.5 : 0.5));
        high = x - (double)k * LN2_HIGH;
        low = (double)k * LN2_LOW;
    }
    const double r = high - low;
    const double t = r * r;
    const double c =
        r - t * (1.66666666666666019037e-01 +
                 t * (-2.77777777770155933842e-03 +
                      t * (6.61375632143793436117e-05 +
                           t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
    const double y = 1.0 + (r * c / (2.0 - c) - low + high);
    if (k == 0) {
        return y;
    }
    return k == 1024 ? y * 2.0 * 0x1p1023 : scale(y, k);
}

/* log(1 + f) for 1 + f in [sqrt(1/2), sqrt 2), plus k ln 2 and the correction c of rounding 1 + x;
 * R by a minimax polynomial in s^2, s = f / (2 + f) (coefficients as in FreeBSD's s_log1p.c). */
static double log1p_reduced(double f, double k, double c)
{
    const double half_square = 0.5 * f * f;
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double w = z * z;
    const double even = w * (3.999999999940941908e-01 +
                             w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const double odd = z * (6.666666666666735130e-01 +
                            w * (2.857142874366239149e-01 +
                                 w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    const double r = even + odd;
    return s * (half_square + r) + (k * LN2_LOW + c) - half_square + f + k * LN2_HIGH;
}

double weir_log1p(double x)
{
    if (isnan(x) || x < -1.0) {
        return (double)NAN;
    }
    if (x == -1.0) {
        return -(double)INFINITY;
    }
    if (isinf(x) || (x < 0x1p-53 && x > -0x1p-53)) {
        return x;
    }
    if (x > -0.29289321 && x < 0.41421356) {
        return log1p_reduced(x, 0.0, 0.0);
    }
    /* 1 + x = 2^k m with m in [sqrt(1/2), sqrt 2): 0x3FE6A09E is the high word of sqrt(1/2). */
    const double u = 1.0 + x;
    const uint64_t bits = bits_of(u);
    const uint32_t shifted = (uint32_t)(bits >> 32) + UINT32_C(0x3FF00000) - UINT32_C(0x3FE6A09E);
    const int k = (int)(shifted >> 20) - 0x3FF;
    double c = 0.0;
    if (k < 54) {
        c = k >= 2 ? 1.0 - (u - x) : x - (u - 1.0);
        c /= u;
    }
    const uint32_t mantissa = (shifted & UINT32_C(0x000FFFFF)) + UINT32_C(0x3FE6A09E);
    const double m = double_of(((uint64_t)mantissa << 32) | (bits & UINT32_MAX));
    return log1p_reduced(m - 1.0, (double)k, c);
}
