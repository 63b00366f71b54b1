/* SPDX-License-Identifier: Apache-2.0
 *
 * statistics_sample: made-up statistics in which every field differs, from a seed.
 *
 * Shape:   valid, and fit for every column: small numbers, a third of the optional ones absent.
 */
#ifndef WEIR_TESTS_SUPPORT_STATISTICS_SAMPLE_H
#define WEIR_TESTS_SUPPORT_STATISTICS_SAMPLE_H

#include <string.h>

#include "common/base/rng.h"

#include "common/flow/flow_statistics.h"
#include "common/flow/header_stack.h"

#define STATISTICS_SAMPLE_COUNT(type, rng) (type)(1 + weir_rng_below(rng, 200))
#define STATISTICS_SAMPLE_OPTIONAL(type, rng)                                                      \
    (type)((int)weir_rng_below(rng, 300) - 100 < 0 ? WEIR_ABSENT : (int)weir_rng_below(rng, 65000))
#define STATISTICS_SAMPLE_REAL(type, rng) (type)(0.25F * (float)(1 + weir_rng_below(rng, 4000)))
#define STATISTICS_SAMPLE_OPTIONAL_REAL(type, rng)                                                 \
    (type)(weir_rng_below(rng, 3) == 0 ? -1.0F : 0.5F * (float)weir_rng_below(rng, 4000))

#define STATISTICS_SAMPLE(member, type, kind, number, unit, source)                                \
    of->member = STATISTICS_SAMPLE_##kind(type, rng);

static inline void statistics_sample_side(struct weir_side_statistics *of, struct weir_rng *rng)
{
    WEIR_SIDE_STATISTICS(STATISTICS_SAMPLE)
}

static inline void statistics_sample_fill(struct weir_flow_statistics *of, struct weir_rng *rng)
{
    memset(of, 0, sizeof(*of)); /* tests compare bytes, padding included */
    statistics_sample_side(&of->orig, rng);
    statistics_sample_side(&of->resp, rng);
    WEIR_CONNECTION_STATISTICS(STATISTICS_SAMPLE)
    of->sequence_count = (uint8_t)(1 + weir_rng_below(rng, WEIR_SEQUENCE_MAX));
    for (size_t i = 0; i < of->sequence_count; i++) {
        of->len_seq[i] = (int32_t)weir_rng_below(rng, 3000) - 1500;
        of->iat_seq[i] = i == 0 ? 0 : (uint32_t)weir_rng_below(rng, UINT32_MAX);
    }
    of->stack_count = (uint8_t)(1 + weir_rng_below(rng, 2));
    for (size_t i = 0; i < of->stack_count; i++) {
        of->header_stack[i] = weir_header_stack_push(WEIR_HEADER_ETHERNET,
                                                     i == 0 ? WEIR_HEADER_IPV4 : WEIR_HEADER_VLAN);
    }
    memcpy(of->ja4t, "64240_2-1-3-1-1-4_1460_8", 25);
    memcpy(of->ja4ts, "65160_2-4-8-1-3_1460_7", 23);
    memcpy(of->icmp_parent_community_id, "1:wCb3OG7yAFWelaUydu0D+125CLM=", 31);
}

#endif
