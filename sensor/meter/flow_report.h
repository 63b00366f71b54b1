/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_report: what a live flow says of itself: addresses, state, flags, and the whole record.
 *
 * Source:  specification 1.3, 1.5, 1.7, 1.10, 6.2.
 */
#ifndef WEIR_SENSOR_METER_FLOW_REPORT_H
#define WEIR_SENSOR_METER_FLOW_REPORT_H

#include <stdint.h>

#include "common/flow/flow_record.h"
#include "common/flow/kdd_window.h"

#include "sensor/meter/flow.h"

struct flow_report_cause { /* why a record is made */
    enum weir_record_type type;
    enum weir_end_reason reason;
};

/* Address of one end: 0 originator, 1 responder. */
struct weir_address flow_report_address(const struct flow *flow, int end);

/* Connection state as it stands; never OPEN. */
enum weir_conn_state flow_report_state(const struct flow *flow);

/* KDD flag of that state: SF for UDP and ICMP. */
enum weir_flag flow_report_flag(const struct flow *flow);

/* The early flag that the flow has now: OPEN while it is established or unclear and not decided. */
enum weir_flag flow_report_early_flag(const struct flow *flow);

/* The connection as a member of a traffic window. */
struct weir_kdd_conn flow_report_conn(const struct flow *flow, int end, int64_t start_us);

/* Fills every field but record_no, community_id, immediate and verdict, which it clears. */
void flow_report_fill(const struct flow *flow, struct weir_block_pool *holes,
                      struct flow_report_cause cause, struct weir_flow_record *out);

#endif
