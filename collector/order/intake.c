/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/intake.h"

#include <stdlib.h>

#include "common/base/check.h"

static size_t count_starts(const struct weir_flow_batch *batch)
{
    size_t starts = 0;
    for (size_t i = 0; i < batch->count; i++) {
        starts += batch->records[i].record_type == WEIR_RECORD_START;
    }
    return starts;
}

static size_t count_openers(const struct weir_flow_batch *batch)
{
    size_t openers = 0;
    for (size_t i = 0; i < batch->count; i++) {
        openers += batch->records[i].record_type != WEIR_RECORD_INTERIM;
    }
    return openers;
}

static void free_joins(struct open_flow **joins, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(joins[i]);
        joins[i] = NULL;
    }
}

/* Rows, entries and joins in the batch's arena; a new open flow in the join of every START. */
static int take_memory(struct held_batch *held, struct ready_batch *ready)
{
    const struct weir_flow_batch *batch = &ready->batch;
    ready->arena.limit = 0; /* the limit was the decoder's; what follows is bounded by count */
    ready->rows =
        (struct flow_row *)weir_arena_take(&ready->arena, batch->count * sizeof(*ready->rows));
    held->entries = (struct entry *)weir_arena_take(&ready->arena,
                                                    count_openers(batch) * sizeof(*held->entries));
    held->joins =
        (struct open_flow **)weir_arena_take(&ready->arena, batch->count * sizeof(*held->joins));
    if (ready->rows == NULL || held->entries == NULL || held->joins == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->records[i].record_type == WEIR_RECORD_START) {
            held->joins[i] = (struct open_flow *)calloc(1, sizeof(*held->joins[i]));
            if (held->joins[i] == NULL) {
                free_joins(held->joins, i);
                return WEIR_ENOMEM;
            }
        }
    }
    return WEIR_OK;
}

int intake_prepare(struct ready_batch **ready, struct boot *boot, struct stream *stream,
                   struct held_batch **out)
{
    struct held_batch *held = (struct held_batch *)calloc(1, sizeof(*held));
    if (held == NULL || take_memory(held, *ready) != WEIR_OK) {
        free(held);
        return WEIR_ENOMEM;
    }
    const struct weir_flow_batch *batch = &(*ready)->batch;
    if (open_flows_reserve(&boot->open, count_starts(batch)) != WEIR_OK ||
        entry_heap_reserve(&stream->heap, count_openers(batch)) != WEIR_OK) {
        free_joins(held->joins, batch->count);
        free(held);
        return WEIR_ENOMEM;
    }
    held->ready = *ready;
    held->boot = boot;
    held->stream = stream;
    held->bytes = sizeof(*held) + sizeof(**ready) + (*ready)->arena.used;
    *ready = NULL;
    *out = held;
    return WEIR_OK;
}

void intake_undo(struct held_batch *held)
{
    free_joins(held->joins, held->ready->batch.count);
    free(held);
}

/* Why an opening record gets no windows, before its place in the order is looked at. */
static enum flow_row_reason bar(const struct intake_view *view,
                                const struct weir_flow_record *record)
{
    const struct inbox *inbox = view->member->inbox;
    const int64_t order_us = record->start_us - inbox->offset_us;
    if (!record->has_vector) {
        return FLOW_ROW_NO_VECTOR;
    }
    if (inbox->clock == ORDER_CLOCK_SUSPECT ||
        (view->member->stream->live && order_us > view->wall_us + view->options->future_us)) {
        return FLOW_ROW_CLOCK_SUSPECT;
    }
    return view->member->state == MEMBER_LAGGARD ? FLOW_ROW_LAGGING : FLOW_ROW_COMPLETE;
}

/* Enters the connection that this row opens, if it may. */
static enum flow_row_reason open_row(struct held_batch *held, uint32_t row, struct entry *entry,
                                     const struct intake_view *view)
{
    const struct weir_flow_record *record = &held->ready->batch.records[row];
    const struct inbox *inbox = view->member->inbox;
    struct stream *stream = view->member->stream;
    const enum flow_row_reason barred = bar(view, record);
    if (barred != FLOW_ROW_COMPLETE) {
        return barred;
    }
    if (!entry_heap_entry_init(entry, record, inbox->sensor_id, inbox->offset_us)) {
        return FLOW_ROW_NO_VECTOR;
    }
    if (stream_is_late(stream, entry)) {
        const bool start_lost = record->record_type == WEIR_RECORD_FINAL &&
                                view->low_us != STREAM_LOW_UNKNOWN &&
                                record->start_us < view->low_us;
        return start_lost ? FLOW_ROW_UNKNOWN_START : FLOW_ROW_LATE;
    }
    entry->held = held;
    entry->row = row;
    entry->open = record->record_type == WEIR_RECORD_START ? held->joins[row] : NULL;
    entry_heap_push(&stream->heap, entry);
    held->pending++;
    return FLOW_ROW_COMPLETE;
}

/* The open flow this row belongs to, NULL when the row opens one or nobody knows it. A FINAL takes
 * the flow out of the table; the batch owns it then. */
static struct open_flow *join_row(struct held_batch *held, uint32_t row)
{
    const struct weir_flow_record *record = &held->ready->batch.records[row];
    struct open_flows *open = &held->boot->open;
    if (record->record_type == WEIR_RECORD_FINAL) {
        held->joins[row] = open_flows_take(open, record->flow_id);
        return held->joins[row];
    }
    struct open_flow *known = open_flows_find(open, record->flow_id);
    if (record->record_type != WEIR_RECORD_START) {
        held->joins[row] = known;
    } else if (known != NULL) { /* said twice: the first one counts */
        free(held->joins[row]);
        held->joins[row] = known;
    }
    return known;
}

uint64_t intake_enter(struct held_batch *held, const struct intake_view *view)
{
    const struct weir_flow_batch *batch = &held->ready->batch;
    const int64_t offset_us = view->member->inbox->offset_us;
    struct entry *entry = held->entries;
    uint64_t late = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct weir_flow_record *record = &batch->records[i];
        struct flow_row *row = &held->ready->rows[i];
        *row = (struct flow_row){.record = record, .order_us = record->start_us - offset_us};
        if (join_row(held, i) != NULL) {
            continue;
        }
        if (record->record_type == WEIR_RECORD_INTERIM) {
            row->reason = FLOW_ROW_UNKNOWN_START;
            continue;
        }
        const uint32_t pending = held->pending;
        row->reason = open_row(held, i, entry, view);
        entry += held->pending - pending;
        late += row->reason == FLOW_ROW_LATE || row->reason == FLOW_ROW_UNKNOWN_START;
        if (record->record_type == WEIR_RECORD_START) {
            weir_check(held->joins[i] != NULL);
            *held->joins[i] = (struct open_flow){
                .flow_id = record->flow_id,
                .order_us = row->order_us,
                .reason = row->reason,
            };
            open_flows_add(&held->boot->open, held->joins[i]);
        }
    }
    return late;
}

void intake_finish(struct held_batch *held)
{
    for (size_t i = 0; i < held->ready->batch.count; i++) {
        struct open_flow *open = held->joins[i];
        if (open == NULL) {
            continue;
        }
        struct flow_row *row = &held->ready->rows[i];
        row->frozen = open->frozen;
        row->reason = open->reason;
        row->order_us = open->order_us;
        if (row->record->record_type == WEIR_RECORD_FINAL) {
            free(open);
        }
        held->joins[i] = NULL;
    }
}
