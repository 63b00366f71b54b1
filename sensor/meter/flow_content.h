/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_content: shows the payload of a flow to the parser that wants it.
 *
 * Shape:   FTP control (responder port 21) and the portmapper (111); any other flow costs nothing.
 *          Parser state lies in a pool; when that is empty the flow is not read and its record says
 *          content_truncated.
 * Source:  specification 1.6.1.
 */
#ifndef WEIR_SENSOR_METER_FLOW_CONTENT_H
#define WEIR_SENSOR_METER_FLOW_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "sensor/inspect/ftp_endpoints.h"
#include "sensor/meter/flow.h"

/* Bytes of a block of the pool. */
size_t flow_content_size(void);

/* True when a TCP flow to this responder port is read. */
static inline bool flow_content_wanted(uint16_t resp_port)
{
    return resp_port == 21 || resp_port == 111;
}

/* Takes the payload of a segment; step says where it stands in its stream. */
void flow_content_add(struct flow *flow, struct block_pool *pool, struct ftp_endpoints *ftp,
                      const struct packet *packet, bool from_orig,
                      const struct tcp_bytes_step *step);

#endif
