/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/order.h"

#include <stdlib.h>
#include <string.h>

#include "collector/order/credit.h"
#include "collector/order/intake.h"
#include "collector/order/order_state.h"

/* Outside of these a low is no time: adding an offset to it must not overflow. */
#define LOW_LIMIT (INT64_C(1) << 60)

const struct order_options order_defaults = {
    .active_us = 30 * WEIR_US_PER_S,
    .max_lag_us = 60 * WEIR_US_PER_S,
    .rejoin_lag_us = 10 * WEIR_US_PER_S,
    .trial_us = 10 * WEIR_US_PER_S,
    .future_us = 5 * WEIR_US_PER_S,
    .memory_max = (size_t)1 << 30,
    .wire_batch_max = (size_t)256 << 10,
    .window = {.conns = 511,
               .host_conns = 255,
               .span_us = 2 * WEIR_US_PER_S,
               .host_age_us = 14400 * WEIR_US_PER_S,
               .ring = 2048,
               .fill_scan = 2048,
               .hosts_max = 200000},
};

static const char *const event_texts[ORDER_EVENT_COUNT] = {
    [ORDER_EVENT_LAGGARD] = "order.laggard",
    [ORDER_EVENT_REJOINED] = "order.rejoined",
    [ORDER_EVENT_MISSING] = "order.sensor_missing",
    [ORDER_EVENT_LATE] = "order.late_rows",
    [ORDER_EVENT_GAP] = "order.sequence_gap",
    [ORDER_EVENT_CONFLICT] = "order.sequence_conflict",
    [ORDER_EVENT_BOOT_DRAINED] = "order.boot_drained",
    [ORDER_EVENT_STREAM_ENDED] = "order.stream_ended",
};

/* What is no time becomes "not known", which holds the watermark. */
static int64_t plausible_low(int64_t low_us)
{
    if (low_us == WEIR_LOW_END) {
        return low_us;
    }
    return low_us < -LOW_LIMIT || low_us > LOW_LIMIT ? STREAM_LOW_UNKNOWN : low_us;
}

static void add_boot_event(struct order *order, enum order_event_kind kind, const struct boot *boot,
                           uint64_t sequence, uint64_t amount)
{
    struct order_event event = {
        .kind = kind,
        .sensor_id = boot->inbox->sensor_id,
        .boot = boot->id,
        .sequence = sequence,
        .amount = amount,
    };
    if (boot->member != NULL) {
        memcpy(event.stream, boot->member->stream->name, sizeof(event.stream));
    }
    order_state_add_event(order, &event);
}

int order_new(const struct order_options *options, struct order **out)
{
    struct order *order = (struct order *)calloc(1, sizeof(*order));
    if (order == NULL) {
        return WEIR_ENOMEM;
    }
    order->options = *options;
    *out = order;
    return WEIR_OK;
}

void order_free(struct order *order)
{
    if (order == NULL) {
        return;
    }
    for (struct stream *stream = order->streams; stream != NULL;) {
        struct stream *next = stream->next;
        stream_free(stream);
        stream = next;
    }
    for (size_t i = 0; i < order->inbox_count; i++) {
        inbox_fini(order->inboxes[i]);
        free(order->inboxes[i]);
    }
    free(order->inboxes);
    free(order);
}

/* The spool may have dropped batches while nobody listened. */
static void note_range(struct order *order, struct boot *boot, const struct order_boot_range *range)
{
    boot->named = true;
    boot->ack_due = true;
    boot->spooled_last = range->last_sequence;
    if (range->first_sequence > boot->received + 1) {
        const uint64_t lost = range->first_sequence - 1 - boot->received;
        add_boot_event(order, ORDER_EVENT_GAP, boot, range->first_sequence, lost);
        boot->received = range->first_sequence - 1;
    }
}

/* Older boots first, so that the list has them in the order of sending. */
static int touch_boots(struct order *order, struct inbox *inbox, const struct order_hello *hello)
{
    const uint64_t key = order->options.hash_key;
    for (size_t i = 0; i < hello->spooled_count; i++) {
        if (inbox_touch_boot(inbox, &hello->spooled[i].boot, key) == NULL) {
            return WEIR_ENOMEM;
        }
    }
    struct boot *current = inbox_touch_boot(inbox, &hello->boot, key);
    if (current == NULL) {
        return WEIR_ENOMEM;
    }
    for (struct boot *boot = inbox->boots; boot != NULL; boot = boot->next) {
        boot->named = false;
        boot->spooled_last = 0;
        boot->resend = false;
    }
    inbox->current = current;
    current->named = true;
    current->ack_due = true;
    for (size_t i = 0; i < hello->spooled_count; i++) {
        note_range(order, inbox_find_boot(inbox, &hello->spooled[i].boot), &hello->spooled[i]);
    }
    return WEIR_OK;
}

int order_on_join(struct order *order, const struct order_hello *hello, struct order_now now)
{
    order->now = now;
    if (!order_state_good_name(hello->stream)) {
        return WEIR_EINVAL;
    }
    struct inbox *inbox = order_state_touch_inbox(order, hello->sensor_id);
    struct stream *stream = order_state_touch_stream(order, hello->stream);
    struct member *member =
        inbox == NULL || stream == NULL ? NULL : stream_touch_member(stream, inbox, now.mono);
    if (member == NULL || touch_boots(order, inbox, hello) != WEIR_OK) {
        return WEIR_ENOMEM;
    }
    inbox->joined = true;
    inbox->heard = now.mono;
    inbox->resend = INBOX_IN_STEP;
    inbox->credit_said = UINT64_MAX; /* a new session knows of no credit */
    if (member->low_us == WEIR_LOW_END &&
        memcmp(&member->boot, &hello->boot, sizeof(hello->boot)) != 0) {
        member->low_us = STREAM_LOW_UNKNOWN; /* it ended before, and is here again */
    }
    if (member->low_us == STREAM_LOW_UNKNOWN) {
        member->since = now.mono;
    }
    inbox->current->member = member;
    if (inbox_older_arrived(inbox->current)) {
        order_state_leave_streams(inbox->current);
    }
    inbox_forget_boots(inbox);
    order_state_settle(order);
    return WEIR_OK;
}

static void ask_resend(struct order *order, struct boot *boot)
{
    struct inbox *inbox = boot->inbox;
    if (inbox->resend == INBOX_IN_STEP) {
        inbox->resend = INBOX_ASKED;
        inbox->asked = order->now.mono;
        boot->ack_due = true;
        boot->resend = true;
    }
}

static void apply_pulse(struct boot *boot)
{
    struct held_batch *last = boot->last;
    if (boot->pulse_low_us == WEIR_LOW_END && last != NULL && last->state != HELD_LENT) {
        last->ready->batch.low_us = WEIR_LOW_END; /* so that the ledger knows it */
    }
    boot->pulse_due = false;
    boot->member = boot->pulse_member;
    stream_set_low(boot->member, &boot->id, boot->pulse_low_us);
    order_state_leave_streams(boot);
}

/* A low counts once all that was sent before it is here; a boot that is followed by a newer one
 * can only say that it has ended. */
static void try_pulses(struct inbox *inbox)
{
    for (struct boot *boot = inbox->boots; boot != NULL; boot = boot->next) {
        const bool newest = boot->next == NULL || boot == inbox->current;
        if (boot->pulse_due && boot->received >= boot->pulse_last && inbox_older_arrived(boot) &&
            (newest || boot->pulse_low_us == WEIR_LOW_END)) {
            apply_pulse(boot);
        }
    }
}

/* The batch is in: rows enter, then the low of the batch counts. */
static void enter_batch(struct order *order, struct held_batch *held, struct member *member)
{
    struct boot *boot = held->boot;
    const struct weir_flow_batch *batch = &held->ready->batch;
    const int64_t low = plausible_low(batch->low_us);
    const bool same_boot = memcmp(&member->boot, &boot->id, sizeof(boot->id)) == 0;
    const struct intake_view view = {
        .options = &order->options,
        .member = member,
        .low_us = same_boot ? member->low_us : STREAM_LOW_UNKNOWN,
        .wall_us = order->now.wall_us,
    };
    boot->member = member;
    const uint64_t missed = batch->sequence - boot->received - 1;
    if (missed > 0) {
        add_boot_event(order, ORDER_EVENT_GAP, boot, batch->sequence, missed);
    }
    inbox_push(boot, held);
    const uint64_t late = intake_enter(held, &view);
    if (late > 0) {
        add_boot_event(order, ORDER_EVENT_LATE, boot, batch->sequence, late);
    }
    held->stream->held++;
    order->held_bytes += held->bytes;
    stream_set_low(member, &boot->id, low);
    order_state_leave_streams(boot);
}

static int take_batch(struct order *order, struct ready_batch **ready, struct boot *boot)
{
    struct inbox *inbox = boot->inbox;
    struct stream *stream = order_state_touch_stream(order, (*ready)->batch.stream);
    struct member *member =
        stream == NULL ? NULL : stream_touch_member(stream, inbox, order->now.mono);
    struct held_batch *held = NULL;
    if (member == NULL || intake_prepare(ready, boot, stream, &held) != WEIR_OK) {
        inbox->resend = INBOX_WANTS_ROOM;
        return WEIR_ENOMEM;
    }
    if (!credit_has_room(order, inbox, held->bytes)) {
        *ready = held->ready;
        intake_undo(held);
        inbox->resend = INBOX_WANTS_ROOM;
        return WEIR_EAGAIN;
    }
    const int64_t low = plausible_low(held->ready->batch.low_us);
    if (low != STREAM_LOW_UNKNOWN) {
        stream_meet(member, low, &order->options, order_state_on_change, order);
    }
    enter_batch(order, held, member);
    inbox->resend = INBOX_IN_STEP;
    try_pulses(inbox);
    return WEIR_OK;
}

static int judge_batch(struct order *order, struct ready_batch **ready, struct inbox *inbox)
{
    const struct weir_flow_batch *batch = &(*ready)->batch;
    struct boot *boot = inbox_touch_boot(inbox, &batch->boot, order->options.hash_key);
    if (boot == NULL) {
        inbox->resend = INBOX_WANTS_ROOM;
        return WEIR_ENOMEM;
    }
    switch (inbox_judge(boot, *ready)) {
    case INBOX_TAKE:
        return take_batch(order, ready, boot);
    case INBOX_DUPLICATE:
        boot->ack_due = true;
        return WEIR_OK;
    case INBOX_CONFLICT:
        add_boot_event(order, ORDER_EVENT_CONFLICT, boot, batch->sequence, 0);
        return WEIR_ECONFLICT;
    case INBOX_HOLE:
        ask_resend(order, boot);
        return WEIR_EAGAIN;
    }
    return WEIR_EINVAL;
}

int order_on_batch(struct order *order, struct ready_batch **batch, struct order_now now)
{
    order->now = now;
    struct inbox *inbox = order_state_find_inbox(order, (*batch)->sensor_id);
    int result = WEIR_ENOENT;
    if (inbox != NULL && inbox->joined) {
        const struct weir_flow_batch *content = &(*batch)->batch;
        inbox->heard = now.mono;
        result = memchr(content->stream, '\0', sizeof(content->stream)) == NULL ||
                         content->stream[0] == '\0' || content->sequence == 0 ||
                         content->previous_sequence >= content->sequence
                     ? WEIR_EINVAL
                     : judge_batch(order, batch, inbox);
    }
    order->refused += result != WEIR_OK || *batch != NULL;
    flow_row_batch_free(*batch);
    *batch = NULL;
    order_state_settle(order);
    return result;
}

int order_on_pulse(struct order *order, const struct order_pulse *pulse, struct order_now now)
{
    order->now = now;
    struct inbox *inbox = order_state_find_inbox(order, pulse->sensor_id);
    if (inbox == NULL || !inbox->joined) {
        return WEIR_ENOENT;
    }
    inbox->heard = now.mono;
    if (!order_state_good_name(pulse->stream)) {
        return WEIR_EINVAL;
    }
    const int64_t low = plausible_low(pulse->low_us);
    struct boot *boot = inbox_touch_boot(inbox, &pulse->boot, order->options.hash_key);
    struct stream *stream = order_state_touch_stream(order, pulse->stream);
    struct member *member = stream == NULL ? NULL : stream_touch_member(stream, inbox, now.mono);
    if (boot == NULL || member == NULL) {
        return WEIR_ENOMEM;
    }
    if (low != STREAM_LOW_UNKNOWN) {
        boot->pulse_due = true;
        boot->pulse_member = member;
        boot->pulse_low_us = low;
        boot->pulse_last = pulse->last_sequence;
        try_pulses(inbox);
    }
    order_state_settle(order);
    return WEIR_OK;
}

void order_on_gone(struct order *order, uint32_t sensor_id, struct order_now now)
{
    order->now = now;
    struct inbox *inbox = order_state_find_inbox(order, sensor_id);
    if (inbox != NULL) {
        inbox->joined = false;
    }
}

int order_set_clock(struct order *order, uint32_t sensor_id, enum order_clock clock,
                    int64_t offset_us)
{
    struct inbox *inbox = order_state_touch_inbox(order, sensor_id);
    if (inbox == NULL) {
        return WEIR_ENOMEM;
    }
    inbox->clock = clock;
    inbox->offset_us = clock == ORDER_CLOCK_STABLE ? offset_us : 0;
    return WEIR_OK;
}

void order_advance(struct order *order, struct order_now now)
{
    order->now = now;
    order_state_settle(order);
}

struct ready_batch *order_pop_ready(struct order *order)
{
    while (order->ready_first != NULL) {
        struct held_batch *held = order->ready_first;
        order->ready_first = held->next_ready;
        if (order->ready_first == NULL) {
            order->ready_last = NULL;
        }
        held->state = HELD_LENT;
        if (!held->boot->refused) {
            return held->ready;
        }
        order_state_drop_first(order, held);
    }
    return NULL;
}

bool order_pop_event(struct order *order, struct order_event *out)
{
    if (order->event_count == 0) {
        return false;
    }
    *out = order->events[order->event_first];
    order->event_first = (order->event_first + 1) % ORDER_EVENTS_MAX;
    order->event_count--;
    return true;
}

bool order_pop_ack(struct order *order, struct order_ack *out)
{
    for (size_t i = 0; i < order->inbox_count; i++) {
        const size_t at = (order->ack_from + i) % order->inbox_count;
        struct inbox *inbox = order->inboxes[at];
        for (struct boot *boot = inbox->boots; boot != NULL; boot = boot->next) {
            if (!boot->ack_due || !inbox->joined) {
                continue;
            }
            order->ack_from = at;
            *out = (struct order_ack){
                .sensor_id = inbox->sensor_id,
                .boot = boot->id,
                .committed_sequence = boot->committed,
                .received_sequence = boot->received,
                .credit_bytes = inbox->credit,
                .resend = boot->resend,
            };
            inbox->credit_said = inbox->credit;
            boot->ack_due = false;
            boot->resend = false;
            return true;
        }
    }
    return false;
}

const char *order_event_text(enum order_event_kind kind)
{
    return (unsigned)kind < ORDER_EVENT_COUNT ? event_texts[kind] : NULL;
}

uint64_t order_credit(const struct order *order, uint32_t sensor_id)
{
    const struct inbox *inbox = order_state_find_inbox(order, sensor_id);
    return inbox == NULL ? 0 : inbox->credit;
}

int64_t order_watermark(const struct order *order, const char *stream)
{
    const struct stream *found = order_state_find_stream(order, stream);
    return found == NULL ? STREAM_LOW_UNKNOWN : found->watermark_us;
}

struct order_gauges order_read_gauges(const struct order *order)
{
    struct order_gauges gauges = {
        .held_bytes = order->held_bytes,
        .ready_bytes = order->ready_bytes,
        .released = order->released_before,
        .refused = order->refused,
        .restore_late = order->restore_late,
    };
    for (const struct stream *stream = order->streams; stream != NULL; stream = stream->next) {
        gauges.entries += stream->heap.count;
        gauges.released += stream->released;
    }
    for (size_t i = 0; i < order->inbox_count; i++) {
        for (const struct boot *boot = order->inboxes[i]->boots; boot != NULL; boot = boot->next) {
            gauges.open_flows += boot->open.count;
        }
    }
    return gauges;
}
