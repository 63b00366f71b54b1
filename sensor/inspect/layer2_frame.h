/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_frame: what the layer-2 rules see of a frame.
 *
 * Owns:    nothing; good as long as the packet it was made from.
 */
#ifndef WEIR_SENSOR_INSPECT_LAYER2_FRAME_H
#define WEIR_SENSOR_INSPECT_LAYER2_FRAME_H

#include <stdint.h>

struct layer2_frame {
    int64_t time_us;
    const uint8_t *source, *destination; /* MACs */
    const uint8_t *bytes;                /* ARP packet, ICMPv6 or DHCP message */
    uint32_t size;                       /* captured of it */
    uint16_t vlan;                       /* outermost tag; 0 = untagged */
};

#endif
