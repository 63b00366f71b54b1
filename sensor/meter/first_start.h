/* SPDX-License-Identifier: Apache-2.0
 *
 * first_start: the smallest start among flows of which nothing has been emitted yet.
 *
 * Shape:   starts are counted in a ring of 131 ms slots, 67 s long; a slot remembers the smallest
 *          start put into it, so the answer is never later than the truth and at most one slot
 *          earlier.
 * Source:  architecture 5 and 6 (low_us).
 */
#ifndef WEIR_SENSOR_METER_FIRST_START_H
#define WEIR_SENSOR_METER_FIRST_START_H

#include <stdint.h>

#define FIRST_START_SLOTS 512
#define FIRST_START_NONE  INT64_MAX

struct first_start {
    uint32_t count[FIRST_START_SLOTS];
    int64_t min_us[FIRST_START_SLOTS]; /* valid where count > 0 */
    uint64_t total;
};

/* Counts a start; give the slot back to first_start_remove(). */
uint32_t first_start_add(struct first_start *first, int64_t start_us);
void first_start_remove(struct first_start *first, uint32_t slot);

/* FIRST_START_NONE when nothing is counted. */
int64_t first_start_min(const struct first_start *first);

#endif
