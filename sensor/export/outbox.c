/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/outbox.h"

#include <stdlib.h>

#include "common/base/clock.h"

#include "common/flow/flow_record_copy.h"
#include "common/flow/l2_event.h"

#include "sensor/export/junction.h"

#define WAIT_MS 100

struct outbox {
    struct outbox_options options;
    struct outbox_item *filling; /* NULL until the first record of a batch */
    int64_t low_us;              /* of the last advance: never above the meter's now */
    int64_t clock_us;            /* of the last advance */
    int64_t last_closed_us;      /* packet time of the last item */
    bool has_clock;
    outbox_ends_fn *ends; /* NULL = never */
    void *ends_context;
    int64_t patience_us;
    struct weir_mono ends_at; /* 0 = not yet */
    uint64_t event_no;        /* of the last event that came, passed over or not */
    int64_t flagged_us;       /* packet time up to which the right to go ahead is used */
};

void outbox_item_free(struct outbox_item *item)
{
    if (item != NULL) {
        weir_arena_fini(&item->extra);
        free(item);
    }
}

/* NULL without memory. */
static struct outbox_item *new_item(enum outbox_kind kind, size_t records)
{
    struct outbox_item *item =
        (struct outbox_item *)malloc(sizeof(*item) + records * sizeof(item->records[0]));
    if (item != NULL) {
        *item = (struct outbox_item){.kind = kind};
        weir_arena_init(&item->extra, OUTBOX_EXTRA_MAX);
    }
    return item;
}

int outbox_new(const struct outbox_options *options, struct outbox **out)
{
    struct outbox *outbox = (struct outbox *)calloc(1, sizeof(*outbox));
    if (outbox == NULL) {
        return WEIR_ENOMEM;
    }
    outbox->options = *options;
    outbox->low_us = INT64_MIN;
    *out = outbox;
    return WEIR_OK;
}

void outbox_free(struct outbox *outbox)
{
    if (outbox != NULL) {
        outbox_item_free(outbox->filling);
        free(outbox);
    }
}

static bool gives_up(struct outbox *outbox)
{
    const struct weir_mono now = weir_mono_now();
    if (outbox->ends_at.ns == 0 && outbox->ends != NULL && outbox->ends(outbox->ends_context)) {
        outbox->ends_at = now;
    }
    const bool is_late =
        outbox->ends_at.ns != 0 && weir_mono_since_us(now, outbox->ends_at) >= outbox->patience_us;
    return is_late || junction_is_stopped(outbox->options.junction);
}

/* Live, a batch that finds no room is given up, so that the card is read on; what is no batch says
 * only how far the meter has come, which the next one says again. */
static int push(struct outbox *outbox, struct outbox_item *item)
{
    struct junction *junction = outbox->options.junction;
    outbox->last_closed_us = outbox->clock_us;
    while (!junction_push(junction, outbox->options.lane, &item)) {
        if (outbox->options.drops && item->kind != OUTBOX_END) {
            junction_drop(junction, outbox->options.lane, &item);
            return WEIR_OK;
        }
        if (gives_up(outbox)) {
            junction_drop(junction, outbox->options.lane, &item);
            return WEIR_EAGAIN;
        }
        junction_wait_room(junction, WAIT_MS);
    }
    return WEIR_OK;
}

static int push_mark(struct outbox *outbox, enum outbox_kind kind)
{
    struct outbox_item *item = new_item(kind, 0);
    if (item == NULL) {
        return WEIR_ENOMEM;
    }
    item->low_us = outbox->low_us;
    item->clock_us = outbox->clock_us;
    return push(outbox, item);
}

static int close_batch(struct outbox *outbox)
{
    struct outbox_item *item = outbox->filling;
    outbox->filling = NULL;
    item->low_us = outbox->low_us;
    item->clock_us = outbox->clock_us;
    const int64_t now_us = item->marker_count > 0 ? weir_wall_now_us() : 0;
    for (size_t i = 0; i < item->marker_count; i++) {
        item->markers[i].closed_us = now_us;
    }
    return push(outbox, item);
}

/* The batch that is open has room for so many bytes more, or a new one is begun. */
static int make_room(struct outbox *outbox, size_t extra)
{
    struct outbox_item *filling = outbox->filling;
    if (filling != NULL && extra > filling->extra.limit - filling->extra.used) {
        const int code = close_batch(outbox);
        if (code != WEIR_OK) {
            return code;
        }
    }
    if (outbox->filling == NULL) {
        outbox->filling = new_item(OUTBOX_BATCH, OUTBOX_RECORDS_MAX);
    }
    return outbox->filling == NULL ? WEIR_ENOMEM : WEIR_OK;
}

/* Of the packet clock, so that the same capture gives the same batches. */
static bool may_go_ahead(struct outbox *outbox)
{
    const int64_t step_us = OUTBOX_SPAN_US / OUTBOX_FLAGGED_RATE;
    const int64_t burst_us = step_us * (OUTBOX_FLAGGED_BURST - 1);
    if (outbox->flagged_us > outbox->clock_us + burst_us) {
        return false;
    }
    const bool is_behind = outbox->flagged_us < outbox->clock_us;
    outbox->flagged_us = (is_behind ? outbox->clock_us : outbox->flagged_us) + step_us;
    return true;
}

/* Hands on a copy ahead of the batch, which has the record too and is closed. */
static int go_ahead(struct outbox *outbox, const struct weir_flow_record *record)
{
    struct outbox_item *item = may_go_ahead(outbox) ? new_item(OUTBOX_FLAGGED, 1) : NULL;
    if (item == NULL || weir_flow_record_copy(&item->extra, record, &item->records[0]) != WEIR_OK) {
        outbox_item_free(item);
        junction_leave_flagged(outbox->options.junction);
        return WEIR_OK;
    }
    item->count = 1;
    item->clock_us = outbox->clock_us;
    junction_push_flagged(outbox->options.junction, &item);
    return outbox->filling != NULL ? close_batch(outbox) : WEIR_OK;
}

int outbox_add(struct outbox *outbox, const struct weir_flow_record *record)
{
    if (record->record_no <= outbox->options.skip_record_no) {
        return WEIR_OK;
    }
    int code = make_room(outbox, weir_flow_record_extra(record));
    struct outbox_item *filling = outbox->filling;
    code = code != WEIR_OK
               ? code
               : weir_flow_record_copy(&filling->extra, record, &filling->records[filling->count]);
    if (code != WEIR_OK) {
        return code;
    }
    filling->count++;
    if (filling->count == OUTBOX_RECORDS_MAX) {
        code = close_batch(outbox);
    }
    return code == WEIR_OK && record->verdict.flagged ? go_ahead(outbox, record) : code;
}

int outbox_add_event(struct outbox *outbox, const struct weir_l2_event *event)
{
    const size_t room = OUTBOX_EVENTS_MAX * sizeof(*event);
    outbox->event_no++;
    if (outbox->event_no <= outbox->options.skip_event_no) {
        return WEIR_OK;
    }
    int code =
        make_room(outbox, outbox->filling != NULL && outbox->filling->events != NULL ? 0 : room);
    if (code != WEIR_OK) {
        return code;
    }
    struct outbox_item *filling = outbox->filling;
    if (filling->events == NULL) {
        filling->events = (struct weir_l2_event *)weir_arena_take(&filling->extra, room);
    }
    if (filling->events == NULL) {
        return WEIR_ENOMEM;
    }
    filling->events[filling->event_count++] = *event;
    filling->last_event_no = outbox->event_no;
    return filling->event_count == OUTBOX_EVENTS_MAX ? close_batch(outbox) : WEIR_OK;
}

int outbox_add_marker(struct outbox *outbox, int64_t wall_us, int64_t clock_us)
{
    const int code = make_room(outbox, 0);
    if (code != WEIR_OK) {
        return code;
    }
    struct outbox_item *filling = outbox->filling;
    filling->markers[filling->marker_count++] =
        (struct weir_marker){.number = junction_next_marker(outbox->options.junction),
                             .injected_us = wall_us,
                             .clock_us = clock_us};
    return filling->marker_count == OUTBOX_MARKERS_MAX ? close_batch(outbox) : WEIR_OK;
}

bool outbox_is_due(const struct outbox *outbox, int64_t clock_us)
{
    return !outbox->has_clock || clock_us - outbox->last_closed_us >= OUTBOX_SPAN_US;
}

int outbox_advance(struct outbox *outbox, int64_t clock_us, int64_t low_us)
{
    if (!outbox->has_clock) {
        outbox->has_clock = true;
        outbox->last_closed_us = clock_us;
    }
    outbox->clock_us = clock_us;
    outbox->low_us = low_us;
    if (clock_us - outbox->last_closed_us < OUTBOX_SPAN_US) {
        return WEIR_OK;
    }
    return outbox->filling != NULL ? close_batch(outbox) : push_mark(outbox, OUTBOX_NOTE);
}

int outbox_finish(struct outbox *outbox, int64_t clock_us)
{
    outbox->clock_us = clock_us;
    int code = outbox->filling != NULL ? close_batch(outbox) : WEIR_OK;
    if (code == WEIR_OK) {
        outbox->low_us = WEIR_LOW_END;
        code = push_mark(outbox, OUTBOX_END);
    }
    return code;
}

void outbox_set_ends(struct outbox *outbox, outbox_ends_fn *ends, void *context,
                     int64_t patience_us)
{
    outbox->ends = ends;
    outbox->ends_context = context;
    outbox->patience_us = patience_us;
}
