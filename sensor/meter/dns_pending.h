/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_pending: the DNS questions of one UDP flow that wait for an answer.
 *
 * A flow is over, as far as its outcome goes, when every question seen has its answer. More than
 * four at a time are not followed: the flow then ends by the idle timeout like any other.
 * Source:  specification 6.3 (flow.udp_dns_done); RFC 1035 4.1.1 for the header.
 */
#ifndef WEIR_SENSOR_METER_DNS_PENDING_H
#define WEIR_SENSOR_METER_DNS_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_PENDING_MAX 4

struct dns_pending {
    uint16_t id[DNS_PENDING_MAX];
    uint8_t count;
    bool overflowed;
};

/* Takes one message; true when it answers the last question that waited. */
bool dns_pending_add(struct dns_pending *pending, bool from_orig, const uint8_t *payload,
                     size_t size);

#endif
