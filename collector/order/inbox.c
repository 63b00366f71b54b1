/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/inbox.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

void inbox_init(struct inbox *inbox, uint32_t sensor_id, struct weir_mono now)
{
    *inbox = (struct inbox){.sensor_id = sensor_id, .heard = now};
}

/* A FINAL has taken its flow from the table, so until the batch is ready the batch owns it. */
static void free_taken_flows(struct held_batch *held)
{
    if (held->state != HELD_WAITING) {
        return;
    }
    const struct weir_flow_batch *batch = &held->ready->batch;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->records[i].record_type == WEIR_RECORD_FINAL) {
            free(held->joins[i]);
        }
    }
}

void inbox_free_held(struct held_batch *held)
{
    free_taken_flows(held);
    flow_row_batch_free(held->ready);
    free(held);
}

static void free_boot(struct boot *boot)
{
    for (struct held_batch *held = boot->first; held != NULL;) {
        struct held_batch *next = held->next;
        inbox_free_held(held);
        held = next;
    }
    open_flows_fini(&boot->open);
    free(boot);
}

void inbox_fini(struct inbox *inbox)
{
    for (struct boot *boot = inbox->boots; boot != NULL;) {
        struct boot *next = boot->next;
        free_boot(boot);
        boot = next;
    }
    inbox->boots = NULL;
}

struct boot *inbox_find_boot(const struct inbox *inbox, const struct weir_boot_id *id)
{
    for (struct boot *boot = inbox->boots; boot != NULL; boot = boot->next) {
        if (memcmp(&boot->id, id, sizeof(*id)) == 0) {
            return boot;
        }
    }
    return NULL;
}

struct boot *inbox_touch_boot(struct inbox *inbox, const struct weir_boot_id *id, uint64_t hash_key)
{
    struct boot *boot = inbox_find_boot(inbox, id);
    if (boot != NULL) {
        return boot;
    }
    boot = (struct boot *)calloc(1, sizeof(*boot));
    if (boot == NULL) {
        return NULL;
    }
    boot->id = *id;
    boot->inbox = inbox;
    open_flows_init(&boot->open, hash_key);
    struct boot **at = &inbox->boots;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = boot;
    return boot;
}

bool inbox_older_arrived(const struct boot *boot)
{
    for (const struct boot *older = boot->inbox->boots; older != boot; older = older->next) {
        if (older->received < older->spooled_last && !older->refused) {
            return false;
        }
    }
    return true;
}

enum inbox_verdict inbox_judge(const struct boot *boot, const struct ready_batch *batch)
{
    const uint64_t sequence = batch->batch.sequence;
    if (boot->refused) {
        return INBOX_CONFLICT;
    }
    if (sequence > boot->received) {
        return batch->batch.previous_sequence <= boot->received && inbox_older_arrived(boot)
                   ? INBOX_TAKE
                   : INBOX_HOLE;
    }
    if (sequence == boot->committed && boot->last_hash != 0) {
        return boot->last_hash == batch->content_hash ? INBOX_DUPLICATE : INBOX_CONFLICT;
    }
    for (const struct held_batch *held = boot->first; held != NULL; held = held->next) {
        if (held->ready->batch.sequence == sequence) {
            return held->ready->content_hash == batch->content_hash ? INBOX_DUPLICATE
                                                                    : INBOX_CONFLICT;
        }
    }
    return INBOX_DUPLICATE;
}

void inbox_push(struct boot *boot, struct held_batch *held)
{
    held->boot = boot;
    held->next = NULL;
    if (boot->last == NULL) {
        boot->first = held;
    } else {
        boot->last->next = held;
    }
    boot->last = held;
    if (boot->waiting == NULL) {
        boot->waiting = held;
    }
    boot->received = held->ready->batch.sequence;
    boot->inbox->held_wire += held->ready->wire_bytes;
}

void inbox_remove_first(struct boot *boot)
{
    struct held_batch *held = boot->first;
    weir_check(held != NULL);
    weir_check(held->state != HELD_WAITING);
    boot->inbox->held_wire -= held->ready->wire_bytes;
    boot->first = held->next;
    if (boot->first == NULL) {
        boot->last = NULL;
    }
    inbox_free_held(held);
}

void inbox_forget_boots(struct inbox *inbox)
{
    for (struct boot **at = &inbox->boots; *at != NULL;) {
        struct boot *boot = *at;
        const bool newest = boot->next == NULL;
        if (newest || boot == inbox->current || boot->first != NULL || boot->named ||
            boot->ack_due || boot->pulse_due) {
            at = &boot->next;
            continue;
        }
        *at = boot->next;
        free_boot(boot);
    }
}
