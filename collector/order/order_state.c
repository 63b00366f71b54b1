/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/order_state.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

#include "collector/order/credit.h"
#include "collector/order/intake.h"

/* The place of sensor_id among the inboxes, or where it belongs. */
static size_t place_of(const struct order *order, uint32_t sensor_id)
{
    size_t low = 0;
    size_t high = order->inbox_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (order->inboxes[middle]->sensor_id < sensor_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct inbox *order_state_find_inbox(const struct order *order, uint32_t sensor_id)
{
    const size_t at = place_of(order, sensor_id);
    const bool found = at < order->inbox_count && order->inboxes[at]->sensor_id == sensor_id;
    return found ? order->inboxes[at] : NULL;
}

struct inbox *order_state_touch_inbox(struct order *order, uint32_t sensor_id)
{
    struct inbox *inbox = order_state_find_inbox(order, sensor_id);
    if (inbox != NULL) {
        return inbox;
    }
    if (order->inbox_count == order->inbox_capacity) {
        const size_t capacity = order->inbox_capacity == 0 ? 8 : order->inbox_capacity * 2;
        struct inbox **inboxes =
            (struct inbox **)realloc(order->inboxes, capacity * sizeof(struct inbox *));
        if (inboxes == NULL) {
            return NULL;
        }
        order->inboxes = inboxes;
        order->inbox_capacity = capacity;
    }
    inbox = (struct inbox *)malloc(sizeof(*inbox));
    if (inbox == NULL) {
        return NULL;
    }
    inbox_init(inbox, sensor_id, order->now.mono);
    const size_t at = place_of(order, sensor_id);
    for (size_t i = order->inbox_count; i > at; i--) {
        order->inboxes[i] = order->inboxes[i - 1];
    }
    order->inboxes[at] = inbox;
    order->inbox_count++;
    return inbox;
}

struct stream *order_state_find_stream(const struct order *order, const char *name)
{
    struct stream *stream = order->streams;
    while (stream != NULL && strcmp(stream->name, name) != 0) {
        stream = stream->next;
    }
    return stream;
}

struct stream *order_state_touch_stream(struct order *order, const char *name)
{
    struct stream *stream = order_state_find_stream(order, name);
    if (stream == NULL) {
        stream = stream_new(name);
        if (stream != NULL) {
            stream->next = order->streams;
            order->streams = stream;
        }
    }
    return stream;
}

bool order_state_good_name(const char *name)
{
    return name[0] != '\0' && strnlen(name, WEIR_STREAM_NAME_SIZE) < WEIR_STREAM_NAME_SIZE;
}

void order_state_add_event(struct order *order, const struct order_event *event)
{
    if (order->event_count < ORDER_EVENTS_MAX) {
        const size_t at = (order->event_first + order->event_count) % ORDER_EVENTS_MAX;
        order->events[at] = *event;
        order->event_count++;
    }
}

void order_state_leave_streams(struct boot *boot)
{
    for (const struct boot *older = boot->inbox->boots; older != boot; older = older->next) {
        if (older->member != NULL && older->member != boot->member) {
            older->member->low_us = WEIR_LOW_END;
        }
    }
}

void order_state_on_change(const struct stream_change *change, void *context)
{
    struct order *order = (struct order *)context;
    struct order_event event = {
        .kind = change->kind,
        .sensor_id = change->member->inbox->sensor_id,
    };
    memcpy(event.stream, change->member->stream->name, sizeof(event.stream));
    order_state_add_event(order, &event);
}

void order_state_update_stream(struct order *order, struct stream *stream)
{
    const struct stream_pass pass = {
        .options = &order->options,
        .now = order->now,
        .outage = order->outage,
        .on_change = order_state_on_change,
        .context = order,
    };
    stream_update(stream, &pass);
}

/* True when an older boot still waits in this stream. A newer boot must not be committed before
 * it: after a restart the newer one's low would be taken for the sensor's. Another stream may wait
 * for ever (a replay whose sensors never come), and must not keep this one from being stored. */
static bool older_waits(const struct boot *boot, const struct stream *stream)
{
    for (const struct boot *older = boot->inbox->boots; older != boot; older = older->next) {
        if (older->waiting != NULL && older->waiting->stream == stream) {
            return true;
        }
    }
    return false;
}

/* Queues, in the order of sequence, the batches of a boot that wait for nothing any more. */
static void finish_boot(struct order *order, struct boot *boot)
{
    while (boot->waiting != NULL && boot->waiting->pending == 0 &&
           !older_waits(boot, boot->waiting->stream)) {
        struct held_batch *held = boot->waiting;
        intake_finish(held);
        held->state = HELD_READY;
        held->ordinal = order->next_ordinal++;
        held->next_ready = NULL;
        if (order->ready_last == NULL) {
            order->ready_first = held;
        } else {
            order->ready_last->next_ready = held;
        }
        order->ready_last = held;
        order->ready_bytes += held->bytes;
        boot->waiting = held->next;
    }
}

/* A boot must not point to a member that is gone. */
static void forget_members(struct order *order, const struct stream *stream)
{
    for (size_t i = 0; i < order->inbox_count; i++) {
        for (struct boot *boot = order->inboxes[i]->boots; boot != NULL; boot = boot->next) {
            if (boot->member != NULL && boot->member->stream == stream) {
                boot->member = NULL;
            }
            if (boot->pulse_member != NULL && boot->pulse_member->stream == stream) {
                boot->pulse_member = NULL;
                boot->pulse_due = false;
            }
        }
    }
}

static void close_streams(struct order *order)
{
    for (struct stream **at = &order->streams; *at != NULL;) {
        struct stream *stream = *at;
        if (!stream_is_over(stream, order->options.expect_sensors)) {
            at = &stream->next;
            continue;
        }
        *at = stream->next;
        order->released_before += stream->released;
        forget_members(order, stream);
        stream_free(stream);
    }
}

void order_state_settle(struct order *order)
{
    for (struct stream *stream = order->streams; stream != NULL; stream = stream->next) {
        order_state_update_stream(order, stream);
        if (!order->restoring) {
            stream_release(stream, stream->watermark_us, &order->options.window);
        }
    }
    for (size_t i = 0; i < order->inbox_count; i++) {
        for (struct boot *boot = order->inboxes[i]->boots; boot != NULL; boot = boot->next) {
            finish_boot(order, boot);
        }
    }
    if (!order->restoring) {
        close_streams(order);
    }
    credit_update(order);
}

void order_state_drop_first(struct order *order, struct held_batch *held)
{
    weir_check(held == held->boot->first);
    order->held_bytes -= held->bytes;
    order->ready_bytes -= held->bytes;
    held->stream->held--;
    inbox_remove_first(held->boot);
}
