/* SPDX-License-Identifier: Apache-2.0
 *
 * rank: floats as whole numbers in the same order, which trees compare faster.
 *
 * Shape:   for x and y that are not NaN, x < y exactly when rank(x) < rank(y); both zeros have one
 *          rank. A NaN has WEIR_RANK_NAN, above all others, and below nothing but
 *          WEIR_RANK_ABOVE_ALL, which no float has.
 */
#ifndef WEIR_COMMON_MODEL_RANK_H
#define WEIR_COMMON_MODEL_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_RANK_ABOVE_ALL UINT32_MAX
#define WEIR_RANK_NAN       (UINT32_MAX - 1)

/* Ranks of count values; true when there is a NaN among them. */
bool weir_rank_fill(const float *values, size_t count, uint32_t *ranks);

#endif
