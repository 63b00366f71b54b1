/* SPDX-License-Identifier: Apache-2.0
 *
 * restore: what the order stage must know again after a restart.
 *
 * Source:  architecture 7; specification 1.9.4 (a host window reaches back 14,400 s).
 */
#ifndef WEIR_COLLECTOR_STORE_RESTORE_H
#define WEIR_COLLECTOR_STORE_RESTORE_H

#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/flow_batch.h"

#include "collector/store/connection.h"
#include "collector/store/stored_flow.h"

#define RESTORE_SPAN_US (INT64_C(14400) * 1000000)

struct restore_position { /* how far one boot of a sensor is committed */
    uint32_t sensor_id;
    struct weir_boot_id boot;
    char stream[WEIR_STREAM_NAME_SIZE + 1];
    uint64_t sequence;       /* last committed; 0 = in session, nothing committed */
    uint64_t last_record_no; /* of that batch */
    int64_t low_us;          /* of that batch; WEIR_LOW_END = the stream ended; INT64_MIN without */
    int64_t clock_offset_us; /* correction that was in force; 0 = none */
};

typedef void restore_position_fn(const struct restore_position *position, void *context);

WEIR_MUST_CHECK int restore_positions(struct connection *connection, restore_position_fn *each,
                                      void *context, struct weir_error *error);

/* Every row of flow_open: the latest START or INTERIM of what has not ended. */
WEIR_MUST_CHECK int restore_open_flows(struct connection *connection, stored_flow_fn *each,
                                       void *context, struct weir_error *error);

/* Flows whose start is later than (newest start of their stream - span_us), by stream and order_us;
 * equal times come in no promised order. */
WEIR_MUST_CHECK int restore_recent_flows(struct connection *connection, int64_t span_us,
                                         stored_flow_fn *each, void *context,
                                         struct weir_error *error);

#endif
