/* SPDX-License-Identifier: Apache-2.0
 *
 * weir_rng: seeded random numbers; the same seed gives the same numbers on every machine.
 *
 * Not for keys: those come from libsodium or getrandom(2).
 * Source:  Blackman & Vigna 2018, xoshiro256**; seeding by splitmix64.
 */
#ifndef WEIR_COMMON_BASE_RNG_H
#define WEIR_COMMON_BASE_RNG_H

#include <stdint.h>

struct weir_rng {
    uint64_t state[4];
};

void weir_rng_init(struct weir_rng *rng, uint64_t seed);
uint64_t weir_rng_next(struct weir_rng *rng);

/* Uniform in 0 .. bound - 1, without modulo bias; bound > 0. */
uint64_t weir_rng_below(struct weir_rng *rng, uint64_t bound);

/* Uniform in [0, 1). */
double weir_rng_share(struct weir_rng *rng);

#endif
