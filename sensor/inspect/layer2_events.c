/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_events.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/inspect/layer2_table.h"

#define TELL_AGAIN_FACTOR 10

struct open_event {
    struct weir_l2_event event;
    uint64_t told_count; /* its count when it was last told */
    uint64_t next_count; /* told again from here on */
    int64_t begin_us;    /* when it was first told */
};

struct layer2_events {
    struct layer2_events_options options;
    struct layer2_table *open;
    uint64_t told;
};

int layer2_events_new(const struct layer2_events_options *options, struct layer2_events **out)
{
    if (options->merge_us <= 0 || options->sink == NULL) {
        return WEIR_EINVAL;
    }
    struct layer2_events *events = (struct layer2_events *)calloc(1, sizeof(*events));
    if (events == NULL) {
        return WEIR_ENOMEM;
    }
    events->options = *options;
    const int code = layer2_table_new(options->capacity, sizeof(struct open_event),
                                      options->hash_key, &events->open);
    if (code != WEIR_OK) {
        layer2_events_free(events);
        return code;
    }
    *out = events;
    return WEIR_OK;
}

void layer2_events_free(struct layer2_events *events)
{
    if (events != NULL) {
        layer2_table_free(events->open);
        free(events);
    }
}

static void tell(struct layer2_events *events, struct open_event *open)
{
    open->told_count = open->event.count;
    events->told++;
    events->options.sink(events->options.context, &open->event);
    open->event.revision++;
}

static void close_oldest(struct layer2_events *events)
{
    const struct layer2_key *key = NULL;
    struct open_event *open = (struct open_event *)layer2_table_oldest(events->open, &key);
    if (open->event.count > open->told_count) {
        tell(events, open);
    }
    layer2_table_forget_oldest(events->open);
}

static void begin(struct layer2_events *events, struct open_event *open,
                  const struct weir_l2_event *found)
{
    open->event = *found;
    open->event.revision = 0;
    open->next_count = found->count * TELL_AGAIN_FACTOR;
    open->begin_us = found->last_us;
    tell(events, open);
}

void layer2_events_tell(struct layer2_events *events, const struct weir_l2_event *found,
                        const struct weir_l2_event *subject)
{
    struct layer2_key key = {.vlan = subject->vlan, .kind = subject->rule};
    memcpy(key.mac, subject->mac, sizeof(key.mac));
    memcpy(key.address, subject->address.bytes, sizeof(key.address));
    struct open_event *open = (struct open_event *)layer2_table_find(events->open, &key);
    if (open == NULL && layer2_table_is_full(events->open)) {
        close_oldest(events);
    }
    bool is_new = false;
    open = (struct open_event *)layer2_table_touch(events->open, &key, &is_new);
    if (is_new) {
        begin(events, open, found);
        return;
    }
    if (found->last_us - open->begin_us >= events->options.merge_us) {
        if (open->event.count > open->told_count) {
            tell(events, open);
        }
        begin(events, open, found);
        return;
    }
    open->event.count++;
    open->event.last_us = found->last_us;
    if (found->severity > open->event.severity) {
        open->event.severity = found->severity;
    }
    if (open->event.count >= open->next_count) {
        open->next_count *= TELL_AGAIN_FACTOR;
        tell(events, open);
    }
}

void layer2_events_advance(struct layer2_events *events, int64_t now_us)
{
    const struct layer2_key *key = NULL;
    const struct open_event *open =
        (const struct open_event *)layer2_table_oldest(events->open, &key);
    /* The queue is by last touch, so an event may be closed later than its hour, never earlier. */
    while (open != NULL && now_us - open->begin_us >= events->options.merge_us) {
        close_oldest(events);
        open = (const struct open_event *)layer2_table_oldest(events->open, &key);
    }
}

void layer2_events_drain(struct layer2_events *events)
{
    const struct layer2_key *key = NULL;
    while (layer2_table_oldest(events->open, &key) != NULL) {
        close_oldest(events);
    }
}

uint64_t layer2_events_told(const struct layer2_events *events)
{
    return events->told;
}
