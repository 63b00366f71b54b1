/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/rank.h"

#include <string.h>

/* As in kdd_tally: one copy of the loop per width of vectors. Not of an external function: clang 14
 * gives that another name. */
#ifdef WEIR_TALLY_CLONES
#define WIDEST __attribute__((target_clones("avx2", "default")))
#else
#define WIDEST
#endif

#define SIGN     UINT32_C(0x80000000)
#define INFINITE UINT32_C(0x7f800000)

/* Bits of a float rise with its size, so those of negative ones are turned round. Adding 0 turns -0
 * into 0 and nothing else into anything. */
WIDEST static bool fill(const float *values, size_t count, uint32_t *ranks)
{
    uint32_t nans = 0;
    for (size_t i = 0; i < count; i++) {
        const float value = values[i] + 0.0F;
        uint32_t bits = 0;
        memcpy(&bits, &value, sizeof(bits));
        const uint32_t negative = 0U - (bits >> 31);
        const uint32_t nan = 0U - (uint32_t)((bits & ~SIGN) > INFINITE);
        ranks[i] = ((bits ^ (negative | SIGN)) & ~nan) | (WEIR_RANK_NAN & nan);
        nans |= nan;
    }
    return nans != 0;
}

bool weir_rank_fill(const float *values, size_t count, uint32_t *ranks)
{
    return fill(values, count, ranks);
}
