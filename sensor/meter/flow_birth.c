/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_birth.h"

#include <string.h>

#include "common/base/hash.h"

#include "common/flow/service.h"

#include "sensor/meter/flow_report.h"
#include "sensor/meter/flow_status.h"
#include "sensor/meter/originator.h"

#define TAG_PAYLOAD_MAX 64

static uint64_t payload_tag(const struct packet *packet, uint64_t tag_key)
{
    const size_t size =
        packet->payload_captured < TAG_PAYLOAD_MAX ? packet->payload_captured : TAG_PAYLOAD_MAX;
    const uint8_t none = 0;
    const uint64_t tag = weir_hash_keyed(packet->payload == NULL ? &none : packet->payload,
                                         packet->payload == NULL ? 0 : size, tag_key);
    return tag == 0 ? 1 : tag;
}

static void init_status(struct flow *flow, const struct packet *packet)
{
    flow->flow_status |= flow_status_of_first(packet);
    flow->tunnel = packet->tunnel;
    flow->tunnel_id = packet->tunnel_id;
    flow->vlan_count = packet->vlan_count < WEIR_VLAN_MAX ? packet->vlan_count : WEIR_VLAN_MAX;
    if (flow->vlan_count > 0) {
        memcpy(flow->vlan, packet->vlan, flow->vlan_count * sizeof(flow->vlan[0]));
    }
    const bool icmp = packet->protocol == WEIR_PROTO_ICMP || packet->protocol == WEIR_PROTO_ICMPV6;
    const bool ports = (packet->flags & PACKET_HAS_PORTS) != 0;
    if (weir_address_equal(&packet->source, &packet->destination) &&
        (icmp || (ports && packet->source_port == packet->destination_port))) {
        flow->flow_status |= FLOW_STATUS_LAND;
    }
}

void flow_birth_init(struct flow *flow, const struct packet *packet, bool from_low,
                     int64_t start_us, const struct flow_birth_options *options)
{
    const bool icmp = packet->protocol == WEIR_PROTO_ICMP || packet->protocol == WEIR_PROTO_ICMPV6;
    const bool flipped = originator_is_receiver(packet, options->flip);
    flow->low_is_orig = from_low != flipped;
    flow->orig_port = flipped ? packet->destination_port : packet->source_port;
    flow->resp_port = flipped ? packet->source_port : packet->destination_port;
    flow->start_us = start_us;
    flow->last_us = packet->time_us;
    flow->end_us = packet->time_us;
    flow->decided_us = FLOW_NEVER;
    init_status(flow, packet);
    if (flipped) {
        flow->flow_status |= FLOW_STATUS_FLIPPED;
        history_add_flip(&flow->history);
    }
    if (packet->protocol == WEIR_PROTO_TCP) {
        const struct ftp_endpoint endpoint = {.listener = flow_report_address(flow, 1),
                                              .peer = flow_report_address(flow, 0),
                                              .port = flow->resp_port};
        const bool announced = ftp_endpoints_find(options->ftp, &endpoint, packet->time_us, NULL);
        flow->hint = (uint8_t)(announced ? WEIR_SERVICE_HINT_FTP_DATA : WEIR_SERVICE_HINT_NONE);
    } else if (packet->protocol == WEIR_PROTO_UDP) {
        flow->conn_tag = payload_tag(packet, options->tag_key);
    }
    flow->service = weir_service_label(packet->protocol, flow->orig_port, flow->resp_port,
                                       (enum weir_service_hint)flow->hint);
    flow->has_vector = weir_service_has_vector(packet->protocol, icmp ? packet->source_port : 0);
}
