/* SPDX-License-Identifier: Apache-2.0
 *
 * neighbour_watch: the rules on IPv6 neighbour discovery: N-RA, N-NA.
 *
 * Shape:   routers are those of the list, or, without one, those that advertised while the VLAN was
 *          learned; at most 32 are learned over all VLANs.
 * Units:   packet time.
 * Owns:    its memory; what it is made with is lent for its whole life.
 * Threads: one owner.
 * Source:  specification 5.3; RFC 4861 sections 4 and 7.
 */
#ifndef WEIR_SENSOR_INSPECT_NEIGHBOUR_WATCH_H
#define WEIR_SENSOR_INSPECT_NEIGHBOUR_WATCH_H

#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/address.h"

#include "sensor/inspect/layer2_claims.h"
#include "sensor/inspect/layer2_events.h"
#include "sensor/inspect/layer2_frame.h"
#include "sensor/inspect/layer2_options.h"
#include "sensor/inspect/layer2_stations.h"

enum { /* ICMPv6 types */
    NEIGHBOUR_WATCH_ROUTER_ADVERTISEMENT = 134,
    NEIGHBOUR_WATCH_SOLICITATION = 135,
    NEIGHBOUR_WATCH_ADVERTISEMENT = 136,
};

struct neighbour_watch_parts {
    const struct layer2_options *options;
    struct layer2_claims *claims;
    struct layer2_events *events;
    struct layer2_stations *stations;
};

struct neighbour_watch;

WEIR_MUST_CHECK int neighbour_watch_new(const struct neighbour_watch_parts *parts,
                                        struct neighbour_watch **out);
void neighbour_watch_free(struct neighbour_watch *watch);

/* frame->bytes is the ICMPv6 message, sent from `source` with hop limit 255 (others are forged from
 * afar and change nothing: the caller leaves them out). */
void neighbour_watch_add(struct neighbour_watch *watch, const struct layer2_frame *frame,
                         const struct weir_address *source);

#endif
