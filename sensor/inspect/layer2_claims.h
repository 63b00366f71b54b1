/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_claims: which station says that an address is its own, and who contradicts.
 *
 * Shape:   of each address in a VLAN the last two stations that claimed it and the last changes
 *          between them; a fixed number of addresses, the one silent longest gives way.
 * Units:   packet time.
 * Owns:    its memory.
 * Threads: one owner.
 * Source:  specification 5.3, A-DUP, A-FLIP, N-NA.
 */
#ifndef WEIR_SENSOR_INSPECT_LAYER2_CLAIMS_H
#define WEIR_SENSOR_INSPECT_LAYER2_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/address.h"

#include "sensor/inspect/layer2_options.h"

struct layer2_claim {
    int64_t time_us;
    const struct weir_address *address;
    const uint8_t *mac;
    uint16_t vlan;
};

struct layer2_conflict {
    int64_t duplicate_first_us; /* the rival's last claim */
    int64_t flip_first_us;      /* the first of the changes */
    uint8_t rival[6];
    bool is_duplicate; /* another station claimed it within 300 s */
    bool flips;        /* two stations took it from each other, back and forth twice within 60 s */
};

struct layer2_claims;

/* Capacity is options->bindings_max. WEIR_EINVAL, WEIR_ENOMEM. */
WEIR_MUST_CHECK int layer2_claims_new(const struct layer2_options *options,
                                      struct layer2_claims **out);
void layer2_claims_free(struct layer2_claims *claims);

/* Notes a claim and says in *conflict what it contradicts. A shared MAC contradicts nobody. */
void layer2_claims_add(struct layer2_claims *claims, const struct layer2_claim *claim,
                       struct layer2_conflict *conflict);

uint64_t layer2_claims_evicted(const struct layer2_claims *claims);

#endif
