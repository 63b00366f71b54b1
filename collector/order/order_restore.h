/* SPDX-License-Identifier: Apache-2.0
 *
 * order_restore: gives a new order what was committed before a restart, so that the windows of what
 * comes next are those of an undisturbed run.
 *
 * Call, in this sequence and before any session: every position; every open flow; the flows that
 * ended, by stream and order_us ascending (equal times in any order); order_restore_done().
 * Flows of the last 14,400 s of a stream's time suffice.
 *
 * Errors:  WEIR_ENOMEM.
 * Threads: the order's owner.
 * Source:  architecture 7.
 */
#ifndef WEIR_COLLECTOR_ORDER_ORDER_RESTORE_H
#define WEIR_COLLECTOR_ORDER_ORDER_RESTORE_H

#include "collector/order/order.h"

struct order_restored_position { /* how far one boot of a sensor is committed */
    uint32_t sensor_id;
    struct weir_boot_id boot;
    const char *stream;
    uint64_t sequence; /* the last one committed */
    int64_t low_us;    /* of that batch, as the sensor said it */
    int64_t offset_us; /* clock correction in force; 0 = none */
};

struct order_restored_flow {
    uint32_t sensor_id;
    struct weir_boot_id boot;
    const char *stream;
    const struct weir_flow_record *record; /* key, start, early flag, service, ICMP sides */
    int64_t order_us;
    enum flow_row_reason reason;
    struct weir_kdd_counts frozen; /* of an open flow: what its FINAL row will carry */
    bool open;                     /* from flow_open: its FINAL is still to come */
};

/* Boots of one sensor: oldest first. */
WEIR_MUST_CHECK int order_restore_position(struct order *order,
                                           const struct order_restored_position *position,
                                           struct order_now now);

WEIR_MUST_CHECK int order_restore_flow(struct order *order, const struct order_restored_flow *flow);

/* From now on sensors that have not ended are waited for: live ones for active_us. */
void order_restore_done(struct order *order, struct order_now now);

#endif
