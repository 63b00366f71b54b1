/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_gate.h"

#include "common/base/clock.h"

#include "common/flow/flow_record.h"
#include "common/flow/tunnel.h"

#include "sensor/inspect/dhcp_server_watch.h"

#define HOP_LIMIT_LOCAL 255 /* no router has passed it on (RFC 4861) */

static bool is_whole(const struct packet *packet)
{
    return (packet->flags & PACKET_HAS_TRANSPORT) != 0 && (packet->flags & PACKET_IS_FRAGMENT) == 0;
}

bool layer2_gate_is_neighbour(const struct packet *packet)
{
    return packet->protocol == WEIR_PROTO_ICMPV6 && packet->ttl == HOP_LIMIT_LOCAL &&
           is_whole(packet);
}

bool layer2_gate_is_dhcp(const struct packet *packet)
{
    return packet->protocol == WEIR_PROTO_UDP && packet->source_port == DHCP_SERVER_WATCH_PORT &&
           packet->destination_port == DHCP_SERVER_WATCH_CLIENT_PORT && is_whole(packet);
}

static bool is_new(struct layer2_gate *gate, const struct packet *packet)
{
    uint64_t who = packet->vlan_count > 0 ? packet->vlan[0] : 0;
    for (int i = 0; i < 6; i++) {
        who = (who << 8) | packet->source_mac[i];
    }
    const size_t place = (who ^ (who >> 8)) % LAYER2_GATE_PLACES;
    if (gate->cache[place].who == who && packet->time_us < gate->cache[place].until_us) {
        return false;
    }
    gate->cache[place].who = who;
    gate->cache[place].until_us = packet->time_us + WEIR_US_PER_S;
    return true;
}

bool layer2_gate_wants(struct layer2_gate *gate, const struct packet *packet)
{
    if ((packet->flags & PACKET_HAS_MAC) == 0 || packet->tunnel != WEIR_TUNNEL_NONE) {
        return false;
    }
    const bool is_news = is_new(gate, packet);
    return is_news || packet->ip_version == 0 || layer2_gate_is_neighbour(packet) ||
           layer2_gate_is_dhcp(packet);
}
