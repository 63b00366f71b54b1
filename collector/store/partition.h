/* SPDX-License-Identifier: Apache-2.0
 *
 * partition: the days of weir.flow that this session knows to be there.
 *
 * Shape:   a list of days, at most one per day of 1970 to 2100.
 * Units:   days are whole days since 1970, UTC.
 * Threads: one owner.
 */
#ifndef WEIR_COLLECTOR_STORE_PARTITION_H
#define WEIR_COLLECTOR_STORE_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"

struct partition_day {
    int32_t day;
    bool there; /* false: retired, or too far away to have one */
};

struct partition {
    struct partition_day *days; /* in no order; the latest asked for is first */
    size_t count, capacity;
};

void partition_fini(struct partition *partition);

/* Forgets every day, so that each is asked for again. */
void partition_forget(struct partition *partition);

/* Makes the day's partition when it can be made; asks the database once a day. Not inside a
 * transaction: the lock must not be kept. */
WEIR_MUST_CHECK int partition_prepare(struct partition *partition, struct connection *connection,
                                      int64_t start_us, struct weir_error *error);

/* True when rows of this start go to weir.flow; false for weir.flow_late. Prepared before. */
bool partition_holds(struct partition *partition, int64_t start_us);

#endif
