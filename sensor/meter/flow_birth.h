/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_birth: what a new flow knows from its first packet.
 *
 * Source:  specification 1.2, 1.6, 1.7.
 */
#ifndef WEIR_SENSOR_METER_FLOW_BIRTH_H
#define WEIR_SENSOR_METER_FLOW_BIRTH_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/inspect/ftp_endpoints.h"
#include "sensor/meter/flow.h"

struct flow_birth_options {
    const struct ftp_endpoints *ftp;
    uint64_t tag_key;
    bool flip;
};

/* Fills a zeroed flow that has only its key: ends, ports, service, land, link addresses of neither.
 * start_us may lie before the packet's time (fragments that waited for it). */
void flow_birth_init(struct flow *flow, const struct packet *packet, bool from_low,
                     int64_t start_us, const struct flow_birth_options *options);

#endif
