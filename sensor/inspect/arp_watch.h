/* SPDX-License-Identifier: Apache-2.0
 *
 * arp_watch: the rules on ARP: gratuitous, duplicate, flipping, unsolicited, multiple, mismatched,
 * scanning and foreign.
 *
 * Shape:   every "so many within so long" is exact and slides. Stations, requests and VLANs are
 *          tables of fixed size; the entry silent longest gives way.
 * Units:   packet time.
 * Owns:    its memory; claims and events are lent by the caller for its whole life.
 * Errors:  what is no ARP for IPv4 over Ethernet, or is cut, is passed over and counted.
 * Threads: one owner.
 * Source:  specification 5.3; RFC 826, 5227.
 */
#ifndef WEIR_SENSOR_INSPECT_ARP_WATCH_H
#define WEIR_SENSOR_INSPECT_ARP_WATCH_H

#include <stdint.h>

#include "common/base/err.h"

#include "sensor/inspect/layer2_claims.h"
#include "sensor/inspect/layer2_events.h"
#include "sensor/inspect/layer2_frame.h"
#include "sensor/inspect/layer2_options.h"

struct arp_watch;

struct arp_watch_counters {
    uint64_t packets;   /* ARP packets */
    uint64_t unread;    /* of them, neither for IPv4 over Ethernet nor whole */
    uint64_t forgotten; /* stations, requests and VLANs that gave way */
};

/* WEIR_EINVAL for a limit of 0, WEIR_ENOMEM. */
WEIR_MUST_CHECK int arp_watch_new(const struct layer2_options *options,
                                  struct layer2_claims *claims, struct layer2_events *events,
                                  struct arp_watch **out);
void arp_watch_free(struct arp_watch *watch);

/* frame->bytes is the ARP packet. */
void arp_watch_add(struct arp_watch *watch, const struct layer2_frame *frame);

void arp_watch_counters(const struct arp_watch *watch, struct arp_watch_counters *out);

#endif
