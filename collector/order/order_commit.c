/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/check.h"

#include "collector/order/order.h"
#include "collector/order/order_state.h"

/* Only the first of a boot can be answered: its batches are committed in their order. */
static struct held_batch *find_lent(const struct order *order, const struct ready_batch *batch)
{
    const struct inbox *inbox = order_state_find_inbox(order, batch->sensor_id);
    weir_check(inbox != NULL);
    const struct boot *boot = inbox_find_boot(inbox, &batch->batch.boot);
    weir_check(boot != NULL && boot->first != NULL);
    struct held_batch *held = boot->first;
    while (held->ready != batch && held->next != NULL) {
        held = held->next;
    }
    weir_check(held->ready == batch && held->state == HELD_LENT);
    return held;
}

/* Nothing of a boot comes after the first commit of a newer one. */
static void drain_older(struct order *order, const struct boot *boot)
{
    for (struct boot *older = boot->inbox->boots; older != boot; older = older->next) {
        if (older->first == NULL && !older->drained) {
            older->drained = true;
            open_flows_fini(&older->open);
            order_state_add_event(order, &(struct order_event){
                                             .kind = ORDER_EVENT_BOOT_DRAINED,
                                             .sensor_id = boot->inbox->sensor_id,
                                             .boot = older->id,
                                             .sequence = older->committed,
                                         });
        }
    }
}

void order_commit_done(struct order *order, struct ready_batch **batch)
{
    struct held_batch *held = find_lent(order, *batch);
    struct boot *boot = held->boot;
    boot->committed = (*batch)->batch.sequence;
    boot->last_hash = (*batch)->content_hash;
    boot->ack_due = true;
    *batch = NULL;
    order->outage = false;
    order_state_drop_first(order, held);
    drain_older(order, boot);
    order_state_settle(order);
}

void order_commit_failed(struct order *order, struct ready_batch **batch)
{
    struct held_batch *held = find_lent(order, *batch);
    *batch = NULL;
    held->state = HELD_READY;
    struct held_batch **at = &order->ready_first;
    while (*at != NULL && (*at)->ordinal < held->ordinal) {
        at = &(*at)->next_ready;
    }
    held->next_ready = *at;
    *at = held;
    if (held->next_ready == NULL) {
        order->ready_last = held;
    }
    order->outage = true;
    order_state_settle(order);
}

void order_commit_conflict(struct order *order, struct ready_batch **batch)
{
    struct held_batch *held = find_lent(order, *batch);
    struct boot *boot = held->boot;
    order_state_add_event(order, &(struct order_event){
                                     .kind = ORDER_EVENT_CONFLICT,
                                     .sensor_id = boot->inbox->sensor_id,
                                     .boot = boot->id,
                                     .sequence = (*batch)->batch.sequence,
                                 });
    *batch = NULL;
    boot->refused = true;
    order->outage = false;
    order_state_drop_first(order, held);
    order_state_settle(order);
}
