/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/first_start.h"

#include "common/base/check.h"

/* Slots share starts that lie a whole ring apart only if a flow stays without a record for 67 s;
 * then the smaller start stands, which is safe. */
uint32_t first_start_add(struct first_start *first, int64_t start_us)
{
    const uint32_t slot = (uint32_t)((start_us >> 17) & (FIRST_START_SLOTS - 1));
    if (first->count[slot] == 0 || start_us < first->min_us[slot]) {
        first->min_us[slot] = start_us;
    }
    first->count[slot]++;
    first->total++;
    return slot;
}

void first_start_remove(struct first_start *first, uint32_t slot)
{
    weir_check(first->count[slot] > 0);
    first->count[slot]--;
    first->total--;
}

int64_t first_start_min(const struct first_start *first)
{
    int64_t min_us = FIRST_START_NONE;
    if (first->total == 0) {
        return min_us;
    }
    for (uint32_t slot = 0; slot < FIRST_START_SLOTS; slot++) {
        if (first->count[slot] > 0 && first->min_us[slot] < min_us) {
            min_us = first->min_us[slot];
        }
    }
    return min_us;
}
