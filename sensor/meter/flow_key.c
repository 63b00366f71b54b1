/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_key.h"

#include <endian.h>

#include "common/base/hash.h"

#include "common/flow/flow_record.h"

#define KIND_ASKED_BY_LOW  0x10U
#define KIND_ASKED_BY_HIGH 0x20U
#define KIND_TYPE_CODE     0x40U

bool flow_key_is_echo(uint8_t protocol, uint16_t icmp_type, bool *request)
{
    if (protocol == WEIR_PROTO_ICMP && (icmp_type == 8 || icmp_type == 0)) {
        *request = icmp_type == 8;
        return true;
    }
    if (protocol == WEIR_PROTO_ICMPV6 && (icmp_type == 128 || icmp_type == 129)) {
        *request = icmp_type == 128;
        return true;
    }
    return false;
}

static void init_icmp(struct flow_key *key, const struct packet *packet, bool from_low)
{
    bool request = false;
    const bool has_id = (packet->flags & PACKET_HAS_ICMP_ID) != 0;
    if (has_id && flow_key_is_echo(packet->protocol, packet->source_port, &request)) {
        const bool low_asked = request == from_low;
        key->kind |= low_asked ? KIND_ASKED_BY_LOW : KIND_ASKED_BY_HIGH;
        key->low_port = packet->icmp_id;
        key->high_port = packet->icmp_id;
    } else {
        key->kind |= KIND_TYPE_CODE;
        key->low_port = packet->source_port;
        key->high_port = packet->destination_port;
    }
}

static uint64_t word_at(const struct weir_address *address, size_t at)
{
    uint64_t word = 0;
    memcpy(&word, address->bytes + at, sizeof(word));
    return be64toh(word);
}

/* True when the source does not come after the destination in order of (address, port). */
static bool is_low(const struct packet *packet, bool icmp)
{
    for (size_t at = 0; at < sizeof(packet->source.bytes); at += sizeof(uint64_t)) {
        const uint64_t source = word_at(&packet->source, at);
        const uint64_t destination = word_at(&packet->destination, at);
        if (source != destination) {
            return source < destination;
        }
    }
    return icmp || packet->source_port <= packet->destination_port;
}

void flow_key_init(struct flow_key *key, const struct packet *packet, bool with_vlan,
                   bool *from_low)
{
    const bool icmp = packet->protocol == WEIR_PROTO_ICMP || packet->protocol == WEIR_PROTO_ICMPV6;
    *from_low = is_low(packet, icmp);
    const struct weir_address *low = *from_low ? &packet->source : &packet->destination;
    const struct weir_address *high = *from_low ? &packet->destination : &packet->source;
    memcpy(key->low, low->bytes, sizeof(key->low));
    memcpy(key->high, high->bytes, sizeof(key->high));
    key->low_port = *from_low ? packet->source_port : packet->destination_port;
    key->high_port = *from_low ? packet->destination_port : packet->source_port;
    key->protocol = packet->protocol;
    key->kind = packet->ip_version;
    key->vlan = with_vlan && packet->vlan_count > 0 ? packet->vlan[0] : 0;
    if (icmp) {
        init_icmp(key, packet, *from_low);
    }
}

uint64_t flow_key_hash(const struct flow_key *key, uint64_t hash_key)
{
    return weir_hash_keyed(key, sizeof(*key), hash_key);
}
