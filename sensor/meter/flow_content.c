/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_content.h"

#include "common/flow/service.h"

#include "sensor/inspect/ftp_control.h"
#include "sensor/inspect/portmap.h"
#include "sensor/meter/flow_report.h"

#define FTP_PORT     21
#define PORTMAP_PORT 111

union content {
    struct ftp_control ftp;
    struct portmap portmap;
};

size_t flow_content_size(void)
{
    return sizeof(union content);
}

static void read_ftp(const struct flow *flow, struct ftp_control *control,
                     struct ftp_endpoints *ftp, const struct packet *packet, bool from_orig)
{
    const struct weir_address speaker = flow_report_address(flow, from_orig ? 0 : 1);
    const struct weir_address peer = flow_report_address(flow, from_orig ? 1 : 0);
    struct weir_cursor payload = weir_cursor_over(packet->payload, packet->payload_captured);
    struct ftp_announcement said = {0};
    while (ftp_control_next(control, from_orig, &payload, &said)) {
        if (said.address.size == 0 || weir_address_equal(&said.address, &speaker)) {
            ftp_endpoints_add(ftp, &speaker, &peer, said.port, packet->time_us);
        }
    }
}

static void read_portmap(struct flow *flow, struct portmap *portmap, const struct packet *packet)
{
    if (portmap_add(portmap, packet->payload, packet->payload_captured)) {
        flow->hint = WEIR_SERVICE_HINT_PM_DUMP;
        flow->service = weir_service_label(flow->key.protocol, flow->orig_port, flow->resp_port,
                                           WEIR_SERVICE_HINT_PM_DUMP);
    }
}

void flow_content_add(struct flow *flow, struct block_pool *pool, struct ftp_endpoints *ftp,
                      const struct packet *packet, bool from_orig,
                      const struct tcp_bytes_step *step)
{
    if (step->fresh == 0 || packet->payload == NULL) {
        return;
    }
    if (flow->content == 0) {
        flow->content = block_pool_add(pool);
    }
    union content *content = block_pool_find(pool, flow->content);
    if (content == NULL) {
        flow->content_truncated = true;
        return;
    }
    const bool whole = step->in_order && packet->payload_captured == packet->payload_bytes;
    if (flow->resp_port == FTP_PORT) {
        if (!step->in_order) {
            ftp_control_skip(&content->ftp, from_orig);
        }
        if (step->in_order || step->opened) {
            read_ftp(flow, &content->ftp, ftp, packet, from_orig);
        }
        if (!whole) {
            flow->content_truncated = true;
        }
    } else if (from_orig) {
        if (step->in_order) {
            read_portmap(flow, &content->portmap, packet);
        }
        if (!whole) {
            portmap_skip(&content->portmap);
            flow->content_truncated = true;
        }
    }
}
