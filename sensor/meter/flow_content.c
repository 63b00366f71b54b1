/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_content.h"

#include "common/flow/flow_statistics.h"
#include "common/flow/service.h"

#include "sensor/inspect/app.h"
#include "sensor/meter/flow_report.h"

#define PORT_FTP_DATA 20
#define PORT_FTP      21
#define PORT_PORTMAP  111

static struct inspection_flow view_of(const struct flow *flow)
{
    return (struct inspection_flow){
        .orig = flow_report_address(flow, 0),
        .resp = flow_report_address(flow, 1),
        .orig_port = flow->orig_port,
        .resp_port = flow->resp_port,
        .protocol = flow->key.protocol,
        .is_ftp_data = flow->hint == WEIR_SERVICE_HINT_FTP_DATA ||
                       flow->orig_port == PORT_FTP_DATA || flow->resp_port == PORT_FTP_DATA,
        .established = flow->tcp.established,
        .orig_payload = flow->side[0].bytes > 0,
    };
}

/* `S`, or `^h`: what came before the first byte is known to be nothing. */
static bool start_seen(const struct flow *flow)
{
    const char *history = flow->history.text;
    return flow->key.protocol != WEIR_PROTO_TCP || history[0] == 'S' ||
           (history[0] == '^' && history[1] == 'h');
}

/* FTP control and the portmapper: what they say names other flows, wherever one comes in. */
static bool names_services(uint16_t resp_port)
{
    return resp_port == PORT_FTP || resp_port == PORT_PORTMAP;
}

static void begin(struct flow *flow, struct inspector *inspector)
{
    flow->content_state = FLOW_CONTENT_TRIED;
    const bool from_start = start_seen(flow);
    if (!from_start && !names_services(flow->resp_port)) {
        return;
    }
    flow->content = inspection_new(inspector, from_start);
    if (flow->content != 0) {
        flow->content_state |= INSPECTION_WANTS_ORIG | INSPECTION_WANTS_RESP;
    } else if (inspector->policy.enabled) {
        flow->content_truncated = true;
        flow->detail =
            flow->detail > WEIR_DETAIL_NO_INSPECTION ? flow->detail : WEIR_DETAIL_NO_INSPECTION;
    }
}

void flow_content_add(struct flow *flow, struct inspector *inspector, const struct packet *packet,
                      bool from_orig)
{
    if (flow->content_state == 0) {
        begin(flow, inspector);
    }
    if (flow->content == 0 || packet->payload == NULL) {
        return;
    }
    const struct flow_side *side = &flow->side[from_orig ? 0 : 1];
    const bool tcp = packet->protocol == WEIR_PROTO_TCP;
    const struct inspection_segment segment = {
        .time_us = packet->time_us,
        .bytes = packet->payload,
        .captured = packet->payload_captured,
        .size = packet->payload_bytes,
        .sequence = packet->tcp_sequence + ((packet->tcp_flags & PACKET_TCP_SYN) != 0 ? 1 : 0),
        .begin = tcp ? side->tcp.syn_sequence + 1 : 0,
        .has_begin = tcp && side->tcp.has_syn,
        .from_orig = from_orig,
    };
    const struct inspection_flow view = view_of(flow);
    const unsigned said = inspection_add(inspector, flow->content, &view, &segment);
    flow->content_state =
        (uint8_t)(FLOW_CONTENT_TRIED | (said & (INSPECTION_WANTS_ORIG | INSPECTION_WANTS_RESP)));
    if ((said & INSPECTION_PM_DUMP) != 0) {
        flow->hint = WEIR_SERVICE_HINT_PM_DUMP;
        flow->service = weir_service_label(flow->key.protocol, flow->orig_port, flow->resp_port,
                                           WEIR_SERVICE_HINT_PM_DUMP);
    }
}

void flow_content_end(struct flow *flow, struct inspector *inspector)
{
    if (flow->content != 0) {
        const struct inspection_flow view = view_of(flow);
        inspection_end(inspector, flow->content, &view, flow->last_us);
    }
}

void flow_content_report(const struct flow *flow, struct inspector *inspector,
                         struct weir_flow_record *record)
{
    const struct inspection_flow view = view_of(flow);
    if (flow->content == 0 && !view.established) {
        return;
    }
    inspection_report(inspector, flow->content, &view, record);
    const struct weir_flow_statistics *statistics = record->statistics;
    if (record->app == WEIR_APP_UNKNOWN && statistics != NULL) {
        const uint64_t bytes[2] = {record->orig.bytes, record->resp.bytes};
        const double entropy[2] = {(double)statistics->orig.payload_entropy,
                                   (double)statistics->resp.payload_entropy};
        record->encrypted_guess = app_encrypted_guess(WEIR_APP_UNKNOWN, bytes, entropy);
        record->content.logged_in = record->encrypted_guess ? 0 : record->content.logged_in;
    }
}

void flow_content_fini(struct flow *flow, struct inspector *inspector)
{
    inspection_free(inspector, flow->content);
    flow->content = 0;
}
