/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_report.h"

#include <string.h>

#include "common/flow/service.h"

#include "sensor/meter/tcp_anomaly.h"

static bool is_icmp(const struct flow *flow)
{
    return flow->key.protocol == WEIR_PROTO_ICMP || flow->key.protocol == WEIR_PROTO_ICMPV6;
}

struct weir_address flow_report_address(const struct flow *flow, int end)
{
    const bool low = flow->low_is_orig == (end == 0);
    struct weir_address address = {.size = (flow->key.kind & 0x0fU) == 4 ? 4 : 16};
    memcpy(address.bytes, low ? flow->key.low : flow->key.high, sizeof(address.bytes));
    return address;
}

enum weir_conn_state flow_report_state(const struct flow *flow)
{
    if (flow->key.protocol == WEIR_PROTO_TCP) {
        return tcp_state_conn(&flow->tcp);
    }
    if (flow->key.protocol != WEIR_PROTO_UDP) {
        return WEIR_CONN_OTH;
    }
    if (flow->side[1].packets == 0) {
        return WEIR_CONN_S0;
    }
    return flow->side[0].packets == 0 ? WEIR_CONN_SHR : WEIR_CONN_SF;
}

enum weir_flag flow_report_flag(const struct flow *flow)
{
    if (flow->key.protocol == WEIR_PROTO_UDP || is_icmp(flow)) {
        return WEIR_FLAG_SF;
    }
    return weir_flag_of(flow_report_state(flow));
}

enum weir_flag flow_report_early_flag(const struct flow *flow)
{
    const enum weir_flag flag = flow_report_flag(flow);
    if (!flow->decided && (flag == WEIR_FLAG_S1 || flag == WEIR_FLAG_OTH)) {
        return WEIR_FLAG_OPEN;
    }
    return flag;
}

/* An ICMP message's sender is its originator, whichever way the flow points. */
struct weir_kdd_conn flow_report_conn(const struct flow *flow, int end, int64_t start_us)
{
    struct weir_kdd_conn conn = {
        .start_us = start_us,
        .orig = flow_report_address(flow, end),
        .resp = flow_report_address(flow, 1 - end),
        .src_port = flow->orig_port,
        .resp_port = flow->resp_port,
        .proto = flow->key.protocol,
        .outcome = WEIR_OUTCOME_NEITHER,
    };
    uint8_t label = flow->service;
    if (is_icmp(flow)) {
        const struct flow_icmp_side *icmp = &flow->side[end].icmp;
        label =
            weir_service_label(flow->key.protocol, icmp->type, icmp->code, WEIR_SERVICE_HINT_NONE);
        conn.src_port = icmp->type;
        conn.resp_port = icmp->code;
        conn.service_key = weir_service_key(flow->key.protocol, icmp->code, label);
    } else {
        conn.service_key = weir_service_key(flow->key.protocol, flow->resp_port, label);
    }
    return conn;
}

static void fill_side(const struct flow *flow, int end, struct weir_flow_side *out)
{
    const struct flow_side *side = &flow->side[end];
    out->address = flow_report_address(flow, end);
    out->port = end == 0 ? flow->orig_port : flow->resp_port;
    memcpy(out->mac, side->mac, sizeof(out->mac));
    out->bytes = side->bytes;
    out->packets = side->packets;
    out->ip_bytes = side->ip_bytes;
}

static void fill_icmp(const struct flow_side *side, struct weir_icmp_side *out)
{
    out->messages = side->icmp.messages;
    out->bytes = side->bytes;
    out->first_us = side->icmp.first_us;
    out->last_us = side->icmp.last_us;
    out->type = side->icmp.type;
    out->code = side->icmp.code;
}

static void fill_outcome(const struct flow *flow, struct flow_report_cause cause,
                         struct weir_flow_record *out)
{
    const enum weir_conn_state state = flow_report_state(flow);
    const bool open = cause.type != WEIR_RECORD_FINAL && flow->key.protocol == WEIR_PROTO_TCP &&
                      flow_report_early_flag(flow) == WEIR_FLAG_OPEN;
    const bool early_ended = cause.type == WEIR_RECORD_FINAL && cause.reason != WEIR_END_FORCED &&
                             cause.reason != WEIR_END_LACK_OF_RESOURCES;
    out->conn_state = (uint8_t)(open ? WEIR_CONN_OPEN : state);
    out->flag = (uint8_t)(open ? WEIR_FLAG_OPEN : flow_report_flag(flow));
    if (flow->early_known) {
        out->early_flag = flow->early_flag;
    } else {
        out->early_flag =
            (uint8_t)(early_ended ? flow_report_flag(flow) : flow_report_early_flag(flow));
    }
    out->end_reason = (uint8_t)cause.reason;
    if (cause.type != WEIR_RECORD_FINAL) {
        out->flow_status |= WEIR_STATUS_INTERIM;
    } else if (cause.reason == WEIR_END_IDLE) {
        out->flow_status |= FLOW_STATUS_TIMED_OUT;
    } else if (cause.reason == WEIR_END_LACK_OF_RESOURCES) {
        out->flow_status |= WEIR_STATUS_EVICTED;
    }
    if (cause.type == WEIR_RECORD_FINAL && flow->datagrams_open > 0) {
        out->flow_status |= FLOW_STATUS_PENDING;
    }
}

void flow_report_fill(const struct flow *flow, struct weir_block_pool *holes,
                      struct flow_report_cause cause, struct weir_flow_record *out)
{
    memset(out, 0, sizeof(*out));
    out->record_type = (uint8_t)cause.type;
    out->flow_id = flow->flow_id;
    out->conn_tag = flow->conn_tag;
    out->start_us = flow->start_us;
    out->end_us = flow->end_us;
    out->duration_us = flow->end_us - flow->start_us;
    out->proto = flow->key.protocol;
    out->ip_version = (flow->key.kind & 0x0fU) == 4 ? 4 : 6;
    fill_side(flow, 0, &out->orig);
    fill_side(flow, 1, &out->resp);
    out->missed_bytes = flow->missed_bytes;
    out->flow_status = flow->flow_status;
    out->tcp_anomaly = flow->tcp_anomaly;
    out->detail = flow->detail;
    out->tunnel = flow->tunnel;
    out->tunnel_id = flow->tunnel_id;
    out->vlan_count = flow->vlan_count;
    memcpy(out->vlan, flow->vlan, sizeof(out->vlan));
    fill_outcome(flow, cause, out);
    out->service = flow->service;
    out->has_vector = flow->has_vector;
    out->land = (flow->flow_status & FLOW_STATUS_LAND) != 0;
    out->content_truncated = flow->content_truncated;
    memcpy(out->history, flow->history.text, flow->history.size);
    out->content.urgent = flow->urgent;
    out->content.wrong_fragment = flow->wrong_fragment;
    if (flow->key.protocol == WEIR_PROTO_TCP) {
        out->tcp_anomaly |= tcp_anomaly_of_flow(flow);
        out->missed_bytes += tcp_bytes_missing(&flow->side[0].tcp.bytes, holes) +
                             tcp_bytes_missing(&flow->side[1].tcp.bytes, holes);
    } else if (is_icmp(flow)) {
        fill_icmp(&flow->side[0], &out->icmp_orig);
        fill_icmp(&flow->side[1], &out->icmp_resp);
    }
}
