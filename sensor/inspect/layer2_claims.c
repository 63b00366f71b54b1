/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_claims.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "sensor/inspect/layer2_recent.h"
#include "sensor/inspect/layer2_table.h"

#define RIVAL_US     (300 * WEIR_US_PER_S)
#define FLIP_US      (60 * WEIR_US_PER_S)
#define FLIP_CHANGES 4 /* A B A B A: twice there and back */

struct binding {
    uint8_t owner[6], rival[6];
    bool has_owner, has_rival;
    struct layer2_recent changes;
    int64_t change_us[FLIP_CHANGES]; /* between these two */
    int64_t owner_us, rival_us;      /* last claims */
};

struct layer2_claims {
    const struct layer2_options *options;
    struct layer2_table *bindings;
};

int layer2_claims_new(const struct layer2_options *options, struct layer2_claims **out)
{
    struct layer2_claims *claims = (struct layer2_claims *)calloc(1, sizeof(*claims));
    if (claims == NULL) {
        return WEIR_ENOMEM;
    }
    claims->options = options;
    const int code = layer2_table_new(options->bindings_max, sizeof(struct binding),
                                      options->hash_key, &claims->bindings);
    if (code != WEIR_OK) {
        layer2_claims_free(claims);
        return code;
    }
    *out = claims;
    return WEIR_OK;
}

void layer2_claims_free(struct layer2_claims *claims)
{
    if (claims != NULL) {
        layer2_table_free(claims->bindings);
        free(claims);
    }
}

/* The address passes to another station, which was the rival or becomes it. */
static void change_owner(struct binding *binding, const struct layer2_claim *claim,
                         struct layer2_conflict *conflict)
{
    const bool is_rival = binding->has_rival && memcmp(binding->rival, claim->mac, 6) == 0;
    if (!is_rival) {
        binding->changes = (struct layer2_recent){0};
    }
    memcpy(binding->rival, binding->owner, sizeof(binding->rival));
    memcpy(binding->owner, claim->mac, sizeof(binding->owner));
    binding->rival_us = binding->owner_us;
    binding->has_rival = true;
    conflict->flips = layer2_recent_add(&binding->changes, binding->change_us, FLIP_CHANGES,
                                        claim->time_us, FLIP_US, &conflict->flip_first_us);
}

void layer2_claims_add(struct layer2_claims *claims, const struct layer2_claim *claim,
                       struct layer2_conflict *conflict)
{
    *conflict = (struct layer2_conflict){0};
    if (layer2_options_is_shared(claims->options, claim->mac)) {
        return;
    }
    struct layer2_key key = {.vlan = claim->vlan, .kind = claim->address->size};
    memcpy(key.address, claim->address->bytes, sizeof(key.address));
    struct binding *binding = (struct binding *)layer2_table_touch(claims->bindings, &key, NULL);
    if (!binding->has_owner) {
        memcpy(binding->owner, claim->mac, sizeof(binding->owner));
        binding->has_owner = true;
    } else if (memcmp(binding->owner, claim->mac, 6) != 0) {
        change_owner(binding, claim, conflict);
    }
    binding->owner_us = claim->time_us;
    if (binding->has_rival && claim->time_us - binding->rival_us < RIVAL_US) {
        conflict->is_duplicate = true;
        conflict->duplicate_first_us = binding->rival_us;
        memcpy(conflict->rival, binding->rival, sizeof(conflict->rival));
    }
}

uint64_t layer2_claims_evicted(const struct layer2_claims *claims)
{
    return layer2_table_evicted(claims->bindings);
}
