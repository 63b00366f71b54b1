/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/outbox.h"

#include <stdlib.h>

#include "common/base/clock.h"

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
};

void outbox_item_free(struct outbox_item *item)
{
    free(item);
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
    struct outbox_item *item = (struct outbox_item *)calloc(1, sizeof(*item));
    if (item == NULL) {
        return WEIR_ENOMEM;
    }
    item->kind = kind;
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
    return push(outbox, item);
}

int outbox_add(struct outbox *outbox, const struct weir_flow_record *record)
{
    if (record->record_no <= outbox->options.skip_record_no) {
        return WEIR_OK;
    }
    if (outbox->filling == NULL) {
        outbox->filling = (struct outbox_item *)malloc(
            sizeof(*outbox->filling) + OUTBOX_RECORDS_MAX * sizeof(outbox->filling->records[0]));
        if (outbox->filling == NULL) {
            return WEIR_ENOMEM;
        }
        outbox->filling->kind = OUTBOX_BATCH;
        outbox->filling->count = 0;
    }
    outbox->filling->records[outbox->filling->count++] = *record;
    return outbox->filling->count == OUTBOX_RECORDS_MAX ? close_batch(outbox) : WEIR_OK;
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
