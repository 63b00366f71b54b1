/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_key: what makes packets of both directions one flow.
 *
 * Shape:   40 bytes without padding, compared and hashed as bytes. The two ends stand in order of
 *          (address, port). ICMP: echo and its answer share a key of requester and id; any other
 *          message has type and code on both ends.
 * Source:  specification 1.2.2; architecture 6 (ICMP).
 */
#ifndef WEIR_SENSOR_METER_FLOW_KEY_H
#define WEIR_SENSOR_METER_FLOW_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sensor/decode/packet.h"

struct flow_key {
    uint64_t low[2], high[2]; /* addresses, IPv4 with zeros behind */
    uint16_t low_port, high_port;
    uint8_t protocol;
    uint8_t kind;  /* IP version, and which side asked in an ICMP echo */
    uint16_t vlan; /* 0 unless VLAN ids are part of the key */
};

_Static_assert(sizeof(struct flow_key) == 40, "the key is hashed and compared as bytes");

/* Gives the key of a packet; true in *from_low when its source is the low end. */
void flow_key_init(struct flow_key *key, const struct packet *packet, bool with_vlan,
                   bool *from_low);

/* Keyed hash: an attacker who does not know hash_key cannot aim at one bucket. */
uint64_t flow_key_hash(const struct flow_key *key, uint64_t hash_key);

static inline bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
    uint64_t left[sizeof(*a) / sizeof(uint64_t)];
    uint64_t right[sizeof(*b) / sizeof(uint64_t)];
    uint64_t different = 0;
    memcpy(left, a, sizeof(left));
    memcpy(right, b, sizeof(right));
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
        different |= left[i] ^ right[i];
    }
    return different == 0; /* without branches and without a call */
}

/* True for echo requests and replies, whose id is in the key. */
bool flow_key_is_echo(uint8_t protocol, uint16_t icmp_type, bool *request);

#endif
