/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_order.h"

void weir_flow_order_init(struct weir_flow_order *order, const struct weir_kdd_conn *conn,
                          uint32_t sensor_id, uint64_t flow_id, uint32_t message)
{
    *order = (struct weir_flow_order){
        .start_us = conn->start_us,
        .orig = conn->orig,
        .resp = conn->resp,
        .orig_port = conn->src_port,
        .resp_port = conn->resp_port,
        .proto = conn->proto,
        .sensor_id = sensor_id,
        .message = message,
        .flow_id = flow_id,
    };
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int weir_flow_order_compare(const struct weir_flow_order *a, const struct weir_flow_order *b)
{
    if (a->start_us != b->start_us) {
        return a->start_us < b->start_us ? -1 : 1;
    }
    if (a->proto != b->proto) {
        return compare_numbers(a->proto, b->proto);
    }
    int order = weir_address_compare(&a->orig, &b->orig);
    if (order != 0) {
        return order;
    }
    order = weir_address_compare(&a->resp, &b->resp);
    if (order != 0) {
        return order;
    }
    /* Big-endian bytes compare as the numbers do. */
    const uint32_t ports_of_a = (uint32_t)a->orig_port << 16 | a->resp_port;
    const uint32_t ports_of_b = (uint32_t)b->orig_port << 16 | b->resp_port;
    if (ports_of_a != ports_of_b) {
        return compare_numbers(ports_of_a, ports_of_b);
    }
    if (a->sensor_id != b->sensor_id) {
        return compare_numbers(a->sensor_id, b->sensor_id);
    }
    if (a->flow_id != b->flow_id) {
        return compare_numbers(a->flow_id, b->flow_id);
    }
    return compare_numbers(a->message, b->message);
}
