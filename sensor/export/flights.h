/* SPDX-License-Identifier: Apache-2.0
 *
 * flights: the batches sent and not yet acknowledged, so that they stay within the credit.
 *
 * Shape:   a ring, oldest first, in the order of (boot ordinal, sequence).
 * Units:   bytes of whole frames.
 * Threads: the export thread.
 * Source:  architecture 5 (credit in bytes).
 */
#ifndef WEIR_SENSOR_EXPORT_FLIGHTS_H
#define WEIR_SENSOR_EXPORT_FLIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLIGHTS_MAX 4096U

struct flight {
    uint64_t boot_ordinal, sequence;
    size_t bytes;
};

struct flights { /* zeroed is empty */
    struct flight at[FLIGHTS_MAX];
    size_t first, count;
    uint64_t bytes;
};

/* True when a batch of so many bytes may leave. */
bool flights_has_room(const struct flights *flights, uint64_t credit_bytes, size_t bytes);

/* There must be room. */
void flights_add(struct flights *flights, struct flight flight);

/* Forgets what has arrived for good: older boots, and of this one all up to `sequence`. */
void flights_forget(struct flights *flights, uint64_t boot_ordinal, uint64_t sequence);

void flights_clear(struct flights *flights);

#endif
