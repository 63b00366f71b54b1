/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/order_restore.h"

#include <stdlib.h>
#include <string.h>

#include "collector/order/order_state.h"

/* A live sensor whose last commit is so many times max_lag_us behind the newest is not waited for:
 * it was gone long before the restart. */
#define STALE_FACTOR 10

int order_restore_position(struct order *order, const struct order_restored_position *position,
                           struct order_now now)
{
    order->now = now;
    order->restoring = true;
    if (!order_state_good_name(position->stream)) {
        return WEIR_EINVAL;
    }
    struct inbox *inbox = order_state_touch_inbox(order, position->sensor_id);
    struct stream *stream = order_state_touch_stream(order, position->stream);
    if (inbox == NULL || stream == NULL) {
        return WEIR_ENOMEM;
    }
    struct boot *boot = inbox_touch_boot(inbox, &position->boot, order->options.hash_key);
    struct member *member = stream_touch_member(stream, inbox, now.mono);
    if (boot == NULL || member == NULL) {
        return WEIR_ENOMEM;
    }
    if (position->offset_us != 0) {
        inbox->clock = ORDER_CLOCK_STABLE;
        inbox->offset_us = position->offset_us;
    }
    inbox->heard = now.mono;
    boot->received = position->sequence;
    boot->committed = position->sequence;
    boot->member = member;
    stream_set_low(member, &boot->id, position->low_us);
    return WEIR_OK;
}

static int restore_open(struct order *order, const struct order_restored_flow *flow,
                        struct inbox *inbox)
{
    struct boot *boot = inbox_touch_boot(inbox, &flow->boot, order->options.hash_key);
    if (boot == NULL || open_flows_reserve(&boot->open, 1) != WEIR_OK) {
        return WEIR_ENOMEM;
    }
    if (open_flows_find(&boot->open, flow->record->flow_id) != NULL) {
        return WEIR_OK;
    }
    struct open_flow *open = (struct open_flow *)malloc(sizeof(*open));
    if (open == NULL) {
        return WEIR_ENOMEM;
    }
    *open = (struct open_flow){
        .flow_id = flow->record->flow_id,
        .order_us = flow->order_us,
        .frozen = flow->frozen,
        .reason = flow->reason,
    };
    open_flows_add(&boot->open, open);
    return WEIR_OK;
}

static int restore_entry(struct order *order, const struct order_restored_flow *flow,
                         struct stream *stream)
{
    struct restored_entry *restored = (struct restored_entry *)malloc(sizeof(*restored));
    if (restored == NULL || entry_heap_reserve(&stream->heap, 1) != WEIR_OK) {
        free(restored);
        return WEIR_ENOMEM;
    }
    restored->record = *flow->record;
    const int64_t offset_us = flow->record->start_us - flow->order_us;
    if (!entry_heap_entry_init(&restored->entry, &restored->record, flow->sensor_id, offset_us)) {
        free(restored);
        return WEIR_OK;
    }
    if (stream_is_late(stream, &restored->entry)) {
        order->restore_late++;
        free(restored);
        return WEIR_OK;
    }
    entry_heap_push(&stream->heap, &restored->entry);
    if (!flow->open) { /* open flows come unsorted, before the others */
        const int64_t low = stream->watermark_us;
        stream_release(stream, low < flow->order_us ? low : flow->order_us, &order->options.window);
    }
    return WEIR_OK;
}

int order_restore_flow(struct order *order, const struct order_restored_flow *flow)
{
    order->restoring = true;
    if (!order_state_good_name(flow->stream)) {
        return WEIR_EINVAL;
    }
    struct inbox *inbox = order_state_touch_inbox(order, flow->sensor_id);
    struct stream *stream = order_state_find_stream(order, flow->stream);
    if (inbox == NULL) {
        return WEIR_ENOMEM;
    }
    const int opened = flow->open ? restore_open(order, flow, inbox) : WEIR_OK;
    if (opened != WEIR_OK || stream == NULL || flow->reason != FLOW_ROW_COMPLETE) {
        return opened; /* a stream of which there is no position has nothing to come */
    }
    if (stream->heap.count == 0 && !stream->any_released) {
        order_state_update_stream(order, stream);
    }
    return restore_entry(order, flow, stream);
}

/* Members that were gone before the restart do not hold the fleet for active_us. */
static void forget_stale(struct order *order, struct stream *stream)
{
    int64_t newest = STREAM_LOW_UNKNOWN;
    for (const struct member *member = stream->members; member != NULL; member = member->next) {
        const int64_t low = stream_corrected_low(member);
        newest = low != WEIR_LOW_END && low > newest ? low : newest;
    }
    for (const struct member *member = stream->members; member != NULL; member = member->next) {
        const int64_t low = stream_corrected_low(member);
        if (low != STREAM_LOW_UNKNOWN && newest - low > STALE_FACTOR * order->options.max_lag_us) {
            member->inbox->heard.ns -= (order->options.active_us + 1) * 1000;
        }
    }
}

void order_restore_done(struct order *order, struct order_now now)
{
    order->now = now;
    for (size_t i = 0; i < order->inbox_count; i++) {
        order->inboxes[i]->heard = now.mono;
    }
    for (struct stream *stream = order->streams; stream != NULL; stream = stream->next) {
        for (struct member *member = stream->members; member != NULL; member = member->next) {
            member->since = now.mono;
        }
        if (stream->live) {
            forget_stale(order, stream);
        }
    }
    order->restoring = false;
    order_state_settle(order);
}
