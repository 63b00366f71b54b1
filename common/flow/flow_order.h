/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_order: the one order in which connections enter the KDD windows.
 *
 * By start, then by the flow key's bytes (protocol, originator, responder, source port, responder
 * port), then sensor and flow id; the messages of one ICMP flow by their ordinal. It is total, so a
 * sort need not be stable and every machine gets the same sequence.
 *
 * Shape:   plain data, so it can live in a heap or a sort array.
 * Units:   start_us in microseconds, after clock correction.
 * Source:  architecture 6, which replaces the tie-break of specification 1.9.1.
 */
#ifndef WEIR_COMMON_FLOW_FLOW_ORDER_H
#define WEIR_COMMON_FLOW_FLOW_ORDER_H

#include <stdint.h>

#include "common/flow/kdd_window.h"

struct weir_flow_order {
    int64_t start_us;
    struct weir_address orig, resp;
    uint16_t orig_port, resp_port; /* ICMP: type, code of the message */
    uint8_t proto;
    uint32_t sensor_id; /* 0 at a sensor */
    uint32_t message;   /* ordinal of the connection within its flow record */
    uint64_t flow_id;
};

/* The order of a connection that weir_kdd_messages_next gave. */
void weir_flow_order_init(struct weir_flow_order *order, const struct weir_kdd_conn *conn,
                          uint32_t sensor_id, uint64_t flow_id, uint32_t message);

/* <0, 0, >0 as a comes before, is, comes after b. */
int weir_flow_order_compare(const struct weir_flow_order *a, const struct weir_flow_order *b);

#endif
