/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/credit.h"

/* A batch takes so many times more memory than bytes on the wire (columns and zstd against rows).
 */
#define EXPANSION 16U

/* A share is never more batches than these: latency, not throughput, needs the rest. */
#define SHARE_BATCHES_MAX 64U

/* A resend that was asked for and did not come is asked for again. */
#define ASK_AGAIN_US (INT64_C(10) * WEIR_US_PER_S)

static void find_waited_for(struct order *order)
{
    for (size_t i = 0; i < order->inbox_count; i++) {
        order->inboxes[i]->waited_for = false;
    }
    for (const struct stream *stream = order->streams; stream != NULL; stream = stream->next) {
        for (const struct member *member = stream->members; member != NULL; member = member->next) {
            if (stream_is_holder(member)) {
                member->inbox->waited_for = true;
            }
        }
    }
}

bool credit_has_room(const struct order *order, const struct inbox *inbox, size_t bytes)
{
    const size_t max = order->options.memory_max;
    if (order->held_bytes + bytes <= max) {
        return true;
    }
    /* What is ready needs no sensor, only commits: then nobody is worth exceeding the bound for. */
    return !order->outage && order->ready_bytes < max / 2 && inbox->waited_for;
}

static uint64_t share_of(const struct order *order)
{
    const uint64_t batch = order->options.wire_batch_max;
    const uint64_t sensors = order->inbox_count == 0 ? 1 : order->inbox_count;
    const uint64_t share = order->options.memory_max / 2 / EXPANSION / sensors;
    if (share < batch) {
        return batch;
    }
    return share > SHARE_BATCHES_MAX * batch ? SHARE_BATCHES_MAX * batch : share;
}

static uint64_t credit_of(const struct order *order, const struct inbox *inbox, uint64_t share)
{
    const size_t half = order->options.memory_max / 2;
    if (order->outage || order->ready_bytes >= half) {
        return 0;
    }
    if (inbox->waited_for) {
        /* In whole batches, so that it is not said anew for every byte that arrives. */
        const uint64_t batch = order->options.wire_batch_max;
        const uint64_t enough = (inbox->held_wire / batch + 2) * batch;
        return enough > share ? enough : share;
    }
    return order->held_bytes >= half ? 0 : share;
}

static void ask_again(const struct order *order, struct inbox *inbox)
{
    if (inbox->current == NULL || !inbox->joined) {
        return;
    }
    const bool room = inbox->resend == INBOX_WANTS_ROOM && inbox->credit > inbox->held_wire;
    const bool unheard = inbox->resend == INBOX_ASKED &&
                         weir_mono_since_us(order->now.mono, inbox->asked) > ASK_AGAIN_US;
    if (room || unheard) {
        inbox->resend = INBOX_ASKED;
        inbox->asked = order->now.mono;
        inbox->current->ack_due = true;
        inbox->current->resend = true;
    }
}

void credit_update(struct order *order)
{
    const uint64_t share = share_of(order);
    find_waited_for(order);
    for (size_t i = 0; i < order->inbox_count; i++) {
        struct inbox *inbox = order->inboxes[i];
        inbox->credit = credit_of(order, inbox, share);
        if (inbox->credit != inbox->credit_said && inbox->current != NULL && inbox->joined) {
            inbox->current->ack_due = true;
        }
        ask_again(order, inbox);
    }
}
