/* SPDX-License-Identifier: Apache-2.0
 *
 * order_state: what the files of this folder share of an order.
 */
#ifndef WEIR_COLLECTOR_ORDER_ORDER_STATE_H
#define WEIR_COLLECTOR_ORDER_ORDER_STATE_H

#include "collector/order/inbox.h"
#include "collector/order/order.h"
#include "collector/order/stream.h"

/* Events beyond these, before someone pops them, are not kept: they are for the log only. */
#define ORDER_EVENTS_MAX 256

struct order {
    struct order_options options;
    struct order_now now;   /* of the latest call */
    struct inbox **inboxes; /* ascending by sensor_id */
    size_t inbox_count, inbox_capacity;
    struct stream *streams;
    struct held_batch *ready_first, *ready_last; /* ascending by ordinal */
    uint64_t next_ordinal;
    size_t held_bytes;
    size_t ready_bytes;       /* HELD_READY and HELD_LENT */
    uint64_t released_before; /* by streams that are over */
    uint64_t refused;
    uint64_t restore_late;
    bool outage;     /* the latest commit failed */
    bool restoring;  /* between new and restore_done */
    size_t ack_from; /* where the next search for an acknowledgement begins */
    struct order_event events[ORDER_EVENTS_MAX];
    size_t event_first, event_count;
};

/* NULL when unknown. */
struct inbox *order_state_find_inbox(const struct order *order, uint32_t sensor_id);

/* Made if there is none. NULL when out of memory. */
struct inbox *order_state_touch_inbox(struct order *order, uint32_t sensor_id);

struct stream *order_state_find_stream(const struct order *order, const char *name);
struct stream *order_state_touch_stream(struct order *order, const char *name);

/* True for a name of 1 .. WEIR_STREAM_NAME_SIZE - 1 bytes. */
bool order_state_good_name(const char *name);

void order_state_add_event(struct order *order, const struct order_event *event);

/* A stream_change_fn whose context is the order: makes it an event. */
void order_state_on_change(const struct stream_change *change, void *context);

/* Everything of older boots has arrived: in streams the sensor has left it has ended. */
void order_state_leave_streams(struct boot *boot);

/* The first batch of its boot, which was lent, leaves memory. */
void order_state_drop_first(struct order *order, struct held_batch *held);

/* Watermarks, releases, ready batches, credit: after every change. */
void order_state_settle(struct order *order);

/* Only the members' states and the watermark of one stream. */
void order_state_update_stream(struct order *order, struct stream *stream);

#endif
