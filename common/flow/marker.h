/* SPDX-License-Identifier: Apache-2.0
 *
 * marker: a stamp that a sensor puts into its pipeline once a minute, to show how old things are at
 * each stage.
 *
 * A marker is injected where packets come in and takes the way of the records: outbox, spool, wire,
 * store. It is in the batch that was open at that moment, so that it waits where records wait.
 *
 * Shape:   WEIR_MARKER_FIELDS is the one list of fields: X(member, type, number on the wire). All
 *          stamps but clock_us are the sensor's wall clock. 0 is "not known".
 * Source:  architecture 10: which sensors are behind.
 */
#ifndef WEIR_COMMON_FLOW_MARKER_H
#define WEIR_COMMON_FLOW_MARKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_MARKERS_MAX 64 /* of one batch */

/* number: 1, 2, ... per boot. clock_us: the packet clock when it was injected. closed_us: its batch
 * was closed. spooled_us: and encoded for the spool. A frame cannot say when it is sent itself, so
 * each marker says it of an earlier one: sent_number is the newest marker of this boot whose batch
 * had left when this one was encoded, sent_us when that was first sent. */
#define WEIR_MARKER_FIELDS(X)                                                                      \
    X(number, uint64_t, 1)                                                                         \
    X(injected_us, int64_t, 2)                                                                     \
    X(clock_us, int64_t, 3)                                                                        \
    X(closed_us, int64_t, 4)                                                                       \
    X(spooled_us, int64_t, 5)                                                                      \
    X(sent_number, uint64_t, 6)                                                                    \
    X(sent_us, int64_t, 7)

struct weir_marker {
#define X(member, type, number) type member;
    WEIR_MARKER_FIELDS(X)
#undef X
};

/* True when number is not 0 and no stamp is negative or behind the year 9999. */
bool weir_marker_valid(const struct weir_marker *marker);

#endif
