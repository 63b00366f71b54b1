/* SPDX-License-Identifier: Apache-2.0
 *
 * intake: looks at the rows of a batch that is taken: which open a connection and enter the order,
 * which belong to one that is open, and which get no windows and why.
 *
 * Source:  architecture 6; specification 1.10.
 */
#ifndef WEIR_COLLECTOR_ORDER_INTAKE_H
#define WEIR_COLLECTOR_ORDER_INTAKE_H

#include "collector/order/inbox.h"
#include "collector/order/stream.h"

/* A held batch around *ready (which it takes on success) with all the memory that entering it
 * needs, so that intake_enter() cannot fail. WEIR_ENOMEM. */
WEIR_MUST_CHECK int intake_prepare(struct ready_batch **ready, struct boot *boot,
                                   struct stream *stream, struct held_batch **out);

/* Frees a batch that was prepared and not entered; held->ready is the caller's again. */
void intake_undo(struct held_batch *held);

struct intake_view { /* how the sensor stands before this batch */
    const struct order_options *options;
    const struct member *member;
    int64_t low_us; /* raw low of this boot before the batch; STREAM_LOW_UNKNOWN */
    int64_t wall_us;
};

/* Enters the rows into the stream's heap and the boot's open flows. Gives the number of rows that
 * came behind the watermark. */
uint64_t intake_enter(struct held_batch *held, const struct intake_view *view);

/* Every entry of the batch has been released: fills the rows that belong to connections opened by
 * earlier rows. */
void intake_finish(struct held_batch *held);

#endif
