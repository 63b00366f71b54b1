/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/rng.h"

#include "common/base/check.h"

static uint64_t splitmix64(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

static uint64_t rotate_left(uint64_t value, int by)
{
    return (value << by) | (value >> (64 - by));
}

void weir_rng_init(struct weir_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        rng->state[i] = splitmix64(&seed);
    }
}

uint64_t weir_rng_next(struct weir_rng *rng)
{
    uint64_t *state = rng->state;
    const uint64_t result = rotate_left(state[1] * 5, 7) * 9;
    const uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

uint64_t weir_rng_below(struct weir_rng *rng, uint64_t bound)
{
    weir_check(bound > 0);
    const uint64_t reject_below = (UINT64_MAX - bound + 1) % bound;
    uint64_t drawn = weir_rng_next(rng);
    while (drawn < reject_below) {
        drawn = weir_rng_next(rng);
    }
    return drawn % bound;
}

double weir_rng_share(struct weir_rng *rng)
{
    return (double)(weir_rng_next(rng) >> 11) * 0x1.0p-53;
}
