/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_content: shows the payload of a flow to its inspection, and asks what it said.
 *
 * Shape:   the one place where the meter knows of sensor/inspect. A flow whose start was not seen,
 *          or that nobody reads any more, costs the test of one byte a packet.
 * Source:  specification 1.8, 5.1.1, 1.6.1.
 */
#ifndef WEIR_SENSOR_METER_FLOW_CONTENT_H
#define WEIR_SENSOR_METER_FLOW_CONTENT_H

#include <stdbool.h>

#include "sensor/decode/packet.h"
#include "sensor/inspect/inspection.h"
#include "sensor/meter/flow.h"

#define FLOW_CONTENT_TRIED 0x80U /* beside INSPECTION_WANTS_* in flow.content_state */

/* True when payload of this direction is to be shown. */
static inline bool flow_content_wanted(const struct flow *flow, bool from_orig)
{
    const unsigned wants = from_orig ? INSPECTION_WANTS_ORIG : INSPECTION_WANTS_RESP;
    return flow->content_state == 0 || (flow->content_state & wants) != 0;
}

/* Takes the payload of a TCP segment with bytes that were not seen before, or of a datagram. */
void flow_content_add(struct flow *flow, struct inspector *inspector, const struct packet *packet,
                      bool from_orig);

/* The flow is over: what waited for more is judged. To be called before its last report. */
void flow_content_end(struct flow *flow, struct inspector *inspector);

/* Fills the application, columns 10 to 22 and details of a record that has everything else. */
void flow_content_report(const struct flow *flow, struct inspector *inspector,
                         struct weir_flow_record *record);

/* Gives back what the inspection held. */
void flow_content_fini(struct flow *flow, struct inspector *inspector);

#endif
