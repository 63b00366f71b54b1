/* SPDX-License-Identifier: Apache-2.0
 *
 * math: exp and log1p that give the same bits on every machine.
 *
 * glibc's differ between processors with and without FMA, and a model's golden vectors must be
 * reproduced bit for bit on every sensor; so scoring calls these and no other.
 *
 * Errors:  none: overflow gives infinity, log1p(x <= -1) gives -infinity or NaN as C does.
 */
#ifndef WEIR_COMMON_MODEL_MATH_H
#define WEIR_COMMON_MODEL_MATH_H

double weir_exp(double x);
double weir_log1p(double x);

#endif
