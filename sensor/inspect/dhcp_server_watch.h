/* SPDX-License-Identifier: Apache-2.0
 *
 * dhcp_server_watch: the rule D-DHCP: an offer or acknowledgement from a server that is not known.
 *
 * Shape:   servers are those of the list, or, without one, those that answered while the VLAN was
 *          learned; at most 32 are learned over all VLANs.
 * Units:   packet time.
 * Owns:    its memory; what it is made with is lent for its whole life.
 * Threads: one owner.
 * Source:  specification 5.3; RFC 2131, 2132 (options 53, 54).
 */
#ifndef WEIR_SENSOR_INSPECT_DHCP_SERVER_WATCH_H
#define WEIR_SENSOR_INSPECT_DHCP_SERVER_WATCH_H

#include "common/base/err.h"

#include "common/flow/address.h"

#include "sensor/inspect/layer2_events.h"
#include "sensor/inspect/layer2_frame.h"
#include "sensor/inspect/layer2_options.h"
#include "sensor/inspect/layer2_stations.h"

#define DHCP_SERVER_WATCH_PORT        67
#define DHCP_SERVER_WATCH_CLIENT_PORT 68

struct dhcp_server_watch;

WEIR_MUST_CHECK int dhcp_server_watch_new(const struct layer2_options *options,
                                          struct layer2_events *events,
                                          struct layer2_stations *stations,
                                          struct dhcp_server_watch **out);
void dhcp_server_watch_free(struct dhcp_server_watch *watch);

/* frame->bytes is a datagram's payload from port 67 to port 68, sent from `source`. */
void dhcp_server_watch_add(struct dhcp_server_watch *watch, const struct layer2_frame *frame,
                           const struct weir_address *source);

#endif
