/* SPDX-License-Identifier: Apache-2.0
 *
 * junction: where the batches of all lanes become one sequence, with one numbering and one low.
 *
 * Shape:   lanes push, one exporter pops the ring. With several lanes records are numbered here, in
 *          the order in which their batches join; a single lane's keep the numbers they came with.
 *          A lane's low is that of its last item; an item leaves with the least of all lanes, for
 *          what another lane still holds back comes after it.
 *          Records that go ahead of their batch have a ring of their own; one that finds no room
 *          there is left out, for its batch brings it all the same.
 * Owns:    the ring of those; nothing of the other, which is borrowed.
 * Errors:  none after junction_new().
 * Threads: any lane pushes, one at a time under a lock that is taken once a batch.
 * Source:  architecture 5 (batches) and 6 (watermark in band); decisions/0003.
 */
#ifndef WEIR_SENSOR_EXPORT_JUNCTION_H
#define WEIR_SENSOR_EXPORT_JUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/ring.h"

#define JUNCTION_LANES_MAX 64

struct junction;
struct outbox_item;

struct junction_counts {
    uint64_t lost_batches, lost_records; /* found no room */
    uint64_t flagged;                    /* records that were to go ahead of their batch */
    uint64_t flagged_left_out;           /* of these, too many, no room, or no session */
};

/* lanes: 1 .. JUNCTION_LANES_MAX. WEIR_EINVAL, WEIR_ENOMEM. */
WEIR_MUST_CHECK int junction_new(struct weir_ring *ring, size_t lanes, struct junction **out);
void junction_free(struct junction *junction);

/* Takes *item into the sequence. False, and nothing has changed, when the ring is full. The end of
 * a lane becomes a note, until the last lane's. */
bool junction_push(struct junction *junction, size_t lane, struct outbox_item **item);

/* Takes *item and frees it: it is counted as lost, and the numbers of its records stay unused. */
void junction_drop(struct junction *junction, size_t lane, struct outbox_item **item);

/* Takes *item, of kind OUTBOX_FLAGGED. */
void junction_push_flagged(struct junction *junction, struct outbox_item **item);

/* Counts one that goes with its batch alone. */
void junction_leave_flagged(struct junction *junction);

/* Counts records that were pushed and popped and did not go ahead after all. */
void junction_miss_flagged(struct junction *junction, size_t records);

/* The export thread: the oldest that is to go ahead, NULL for none; and what to poll for it. */
struct outbox_item *junction_pop_flagged(struct junction *junction);
int junction_flagged_fd(const struct junction *junction);

/* The number of the next marker, 1, 2, ...: one count for all lanes. */
uint64_t junction_next_marker(struct junction *junction);

/* Waits until there may be room, or timeout_ms passed. */
void junction_wait_room(struct junction *junction, int timeout_ms);

/* Nobody pops any more: who waits for room is to give up. */
void junction_stop(struct junction *junction);
bool junction_is_stopped(const struct junction *junction);

struct junction_counts junction_counts(struct junction *junction);

#endif
