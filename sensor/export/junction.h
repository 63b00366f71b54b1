/* SPDX-License-Identifier: Apache-2.0
 *
 * junction: where the batches of all lanes become one sequence, with one numbering and one low.
 *
 * Shape:   lanes push, one exporter pops the ring. With several lanes records are numbered here, in
 *          the order in which their batches join; a single lane's keep the numbers they came with.
 *          A lane's low is that of its last item; an item leaves with the least of all lanes, for
 *          what another lane still holds back comes after it.
 * Owns:    nothing of the ring, which is borrowed.
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
};

/* lanes: 1 .. JUNCTION_LANES_MAX. WEIR_EINVAL, WEIR_ENOMEM. */
WEIR_MUST_CHECK int junction_new(struct weir_ring *ring, size_t lanes, struct junction **out);
void junction_free(struct junction *junction);

/* Takes *item into the sequence. False, and nothing has changed, when the ring is full. The end of
 * a lane becomes a note, until the last lane's. */
bool junction_push(struct junction *junction, size_t lane, struct outbox_item **item);

/* Takes *item and frees it: it is counted as lost, and the numbers of its records stay unused. */
void junction_drop(struct junction *junction, size_t lane, struct outbox_item **item);

/* Waits until there may be room, or timeout_ms passed. */
void junction_wait_room(struct junction *junction, int timeout_ms);

/* Nobody pops any more: who waits for room is to give up. */
void junction_stop(struct junction *junction);
bool junction_is_stopped(const struct junction *junction);

struct junction_counts junction_counts(struct junction *junction);

#endif
