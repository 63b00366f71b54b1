/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_watch: the rules below IP, for one sensor: ARP, IPv6 neighbour discovery,
 * DHCP servers, stations.
 *
 * Shape:   bounded tables of fixed size, see layer2_options; in each the entry silent longest gives
 *          way. A layer2_gate in front keeps out what it need not see.
 * Units:   packet time; per VLAN (the outermost tag).
 * Owns:    its memory, all taken by new(). Events are lent to the sink, which must not call back.
 * Errors:  only new() can fail.
 * Threads: one owner.
 * Source:  specification 5.3.
 */
#ifndef WEIR_SENSOR_INSPECT_LAYER2_WATCH_H
#define WEIR_SENSOR_INSPECT_LAYER2_WATCH_H

#include <stdint.h>

#include "common/base/err.h"

#include "sensor/decode/packet.h"
#include "sensor/inspect/layer2_events.h"
#include "sensor/inspect/layer2_options.h"

struct layer2_watch;

struct layer2_counters {
    uint64_t arp;       /* ARP packets */
    uint64_t unread;    /* of them, not understood */
    uint64_t told;      /* events, and tellings of them again */
    uint64_t forgotten; /* entries that gave way in full tables */
};

/* WEIR_EINVAL for a limit of 0 or no sink, WEIR_ENOMEM. *options and its lists are lent for the
 * watch's whole life. */
WEIR_MUST_CHECK int layer2_watch_new(const struct layer2_options *options, layer2_sink_fn *sink,
                                     void *context, struct layer2_watch **out);
void layer2_watch_free(struct layer2_watch *watch);

/* A packet that decode gave as PACKET_OK or PACKET_ARP. A time before the latest one is taken as
 * that: lanes differ by a little. A packet from a tunnel, or without MAC, says nothing of this link
 * and is passed over. */
void layer2_watch_add(struct layer2_watch *watch, const struct packet *packet);

/* Ends what is over at now_us: tells of events that grew. */
void layer2_watch_advance(struct layer2_watch *watch, int64_t now_us);

/* End of input. */
void layer2_watch_drain(struct layer2_watch *watch);

void layer2_watch_counters(const struct layer2_watch *watch, struct layer2_counters *out);

#endif
