/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_gate: which packets the rules below IP have to see, so that the rest costs next to
 * nothing.
 *
 * Shape:   a small cache of the stations seen within the last second; {0} is an empty one.
 * Units:   packet time.
 * Threads: one owner: each lane has its own in front of the one watch.
 */
#ifndef WEIR_SENSOR_INSPECT_LAYER2_GATE_H
#define WEIR_SENSOR_INSPECT_LAYER2_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/decode/packet.h"

#define LAYER2_GATE_PLACES 256

struct layer2_gate {
    struct {
        uint64_t who; /* MAC and VLAN */
        int64_t until_us;
    } cache[LAYER2_GATE_PLACES];
};

/* True for a station that was silent for a second, or is new, for ARP, and for what neighbour
 * discovery and DHCP servers say. False for a packet from a tunnel, or without MAC: it says nothing
 * of this link. */
bool layer2_gate_wants(struct layer2_gate *gate, const struct packet *packet);

/* What a packet that was let through is besides a sign of its station. */
bool layer2_gate_is_neighbour(const struct packet *packet);
bool layer2_gate_is_dhcp(const struct packet *packet);

#endif
