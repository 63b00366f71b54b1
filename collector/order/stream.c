/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/order/stream.h"

#include <stdlib.h>
#include <string.h>

#include "collector/order/open_flows.h"

/* A live fleet of which nothing at all has been heard for so many times active_us is gone; what it
 * left is released. */
#define GONE_FACTOR 10

/* A sensor on trial catches up when its low rises so many times faster than the clock. */
#define CATCH_UP_FACTOR 2

struct stream *stream_new(const char *name)
{
    struct stream *stream = (struct stream *)calloc(1, sizeof(*stream));
    if (stream == NULL) {
        return NULL;
    }
    memcpy(stream->name, name, strnlen(name, sizeof(stream->name) - 1));
    stream->live = strcmp(name, ORDER_LIVE_STREAM) == 0;
    stream->watermark_us = STREAM_LOW_UNKNOWN;
    stream->newest_us = STREAM_LOW_UNKNOWN;
    return stream;
}

/* A restored entry is the first field of what was allocated. */
static void free_restored(struct entry *entry)
{
    free((struct restored_entry *)entry);
}

void stream_free(struct stream *stream)
{
    for (size_t i = 0; i < stream->heap.count; i++) {
        if (stream->heap.slots[i].entry->held == NULL) {
            free_restored(stream->heap.slots[i].entry);
        }
    }
    entry_heap_fini(&stream->heap);
    frozen_window_fini(&stream->window);
    for (struct member *member = stream->members; member != NULL;) {
        struct member *next = member->next;
        free(member);
        member = next;
    }
    free(stream);
}

struct member *stream_find_member(const struct stream *stream, const struct inbox *inbox)
{
    struct member *member = stream->members;
    while (member != NULL && member->inbox != inbox) {
        member = member->next;
    }
    return member;
}

struct member *stream_touch_member(struct stream *stream, struct inbox *inbox, struct weir_mono now)
{
    struct member *member = stream_find_member(stream, inbox);
    if (member != NULL) {
        return member;
    }
    member = (struct member *)calloc(1, sizeof(*member));
    if (member != NULL) {
        member->inbox = inbox;
        member->stream = stream;
        member->low_us = STREAM_LOW_UNKNOWN;
        member->since = now;
        member->next = stream->members;
        stream->members = member;
    }
    return member;
}

int64_t stream_corrected_low(const struct member *member)
{
    const bool plain = member->low_us == STREAM_LOW_UNKNOWN || member->low_us == WEIR_LOW_END;
    return plain ? member->low_us : member->low_us - member->inbox->offset_us;
}

void stream_set_low(struct member *member, const struct weir_boot_id *boot, int64_t low_us)
{
    const bool same = memcmp(&member->boot, boot, sizeof(*boot)) == 0;
    if (!same || low_us > member->low_us) {
        member->low_us = low_us;
        member->boot = *boot;
    }
}

static void change_state(struct member *member, enum member_state state,
                         stream_change_fn *on_change, void *context)
{
    const enum member_state before = member->state;
    member->state = state;
    if (before == state) {
        return;
    }
    struct stream_change change = {.member = member};
    if (state == MEMBER_LAGGARD) {
        change.kind = ORDER_EVENT_LAGGARD;
    } else if (state == MEMBER_MISSING) {
        change.kind = ORDER_EVENT_MISSING;
    } else if (state == MEMBER_ENDED) {
        change.kind = ORDER_EVENT_STREAM_ENDED;
    } else if (state == MEMBER_ACTIVE && before == MEMBER_LAGGARD) {
        change.kind = ORDER_EVENT_REJOINED;
    } else {
        return;
    }
    on_change(&change, context);
}

/* How far a low is behind the fleet; 0 when there is no fleet to be behind. */
static int64_t lag_of(const struct stream *stream, int64_t low_us)
{
    if (stream->newest_us == STREAM_LOW_UNKNOWN || low_us >= stream->newest_us) {
        return 0;
    }
    return low_us == STREAM_LOW_UNKNOWN ? INT64_MAX : stream->newest_us - low_us;
}

/* The fleet has gone on without this low: waiting for it would bring nothing back. */
static bool passed(const struct stream *stream, int64_t low_us)
{
    return stream->any_released && low_us < stream->last.conn.start_us;
}

void stream_meet(struct member *member, int64_t low_us, const struct order_options *options,
                 stream_change_fn *on_change, void *context)
{
    const struct stream *stream = member->stream;
    if (!stream->live || low_us == WEIR_LOW_END) {
        return;
    }
    const int64_t low = low_us - member->inbox->offset_us;
    const int64_t lag = lag_of(stream, low);
    if (member->state == MEMBER_LAGGARD) {
        if (lag <= options->rejoin_lag_us) {
            change_state(member, MEMBER_ACTIVE, on_change, context);
        }
    } else if (lag > options->max_lag_us && passed(stream, low)) {
        change_state(member, MEMBER_LAGGARD, on_change, context);
    }
}

static enum member_state live_state(const struct member *member, const struct stream_pass *pass)
{
    const struct order_options *options = pass->options;
    const struct inbox *inbox = member->inbox;
    const struct weir_mono now = pass->now.mono;
    const int64_t low = stream_corrected_low(member);
    if (low == WEIR_LOW_END) {
        return MEMBER_ENDED;
    }
    if (inbox->clock == ORDER_CLOCK_SUSPECT || low > pass->now.wall_us + options->future_us) {
        return MEMBER_SUSPECT;
    }
    if (weir_mono_since_us(now, inbox->heard) > options->active_us) {
        return MEMBER_MISSING;
    }
    if (low == STREAM_LOW_UNKNOWN) {
        return weir_mono_since_us(now, member->since) > options->active_us ? MEMBER_MISSING
                                                                           : MEMBER_WAITED_FOR;
    }
    return member->state == MEMBER_LAGGARD ? MEMBER_LAGGARD : MEMBER_ACTIVE;
}

static enum member_state replay_state(const struct member *member)
{
    if (member->low_us == WEIR_LOW_END) {
        return MEMBER_ENDED;
    }
    if (member->inbox->clock == ORDER_CLOCK_SUSPECT) {
        return MEMBER_SUSPECT;
    }
    return member->low_us == STREAM_LOW_UNKNOWN ? MEMBER_WAITED_FOR : MEMBER_ACTIVE;
}

/* Sets a live member aside that is far behind, unless it is catching up; takes it back. */
static void judge_lag(struct member *member, const struct stream_pass *pass)
{
    const struct order_options *options = pass->options;
    const int64_t low = stream_corrected_low(member);
    const int64_t lag = lag_of(member->stream, low);
    if (member->state == MEMBER_LAGGARD && lag <= options->rejoin_lag_us) {
        change_state(member, MEMBER_ACTIVE, pass->on_change, pass->context);
    }
    if (member->state != MEMBER_ACTIVE || lag <= options->max_lag_us || pass->outage) {
        member->on_trial = false;
        return;
    }
    if (passed(member->stream, low)) {
        change_state(member, MEMBER_LAGGARD, pass->on_change, pass->context);
        return;
    }
    const int64_t tried = weir_mono_since_us(pass->now.mono, member->trial_began);
    if (member->on_trial && tried < options->trial_us) {
        return;
    }
    if (member->on_trial && low - member->trial_low_us < CATCH_UP_FACTOR * tried) {
        change_state(member, MEMBER_LAGGARD, pass->on_change, pass->context);
        return;
    }
    member->on_trial = true;
    member->trial_began = pass->now.mono;
    member->trial_low_us = low;
}

bool stream_holds(const struct member *member)
{
    return member->state == MEMBER_ACTIVE || member->state == MEMBER_WAITED_FOR;
}

/* Of a stream that no member holds. */
static int64_t watermark_unheld(const struct stream *stream, const struct stream_pass *pass)
{
    for (const struct member *member = stream->members; member != NULL; member = member->next) {
        const int64_t silent = weir_mono_since_us(pass->now.mono, member->inbox->heard);
        if (member->state == MEMBER_MISSING && silent <= GONE_FACTOR * pass->options->active_us) {
            return stream->watermark_us; /* it may well come back where it was */
        }
    }
    return WEIR_LOW_END;
}

static int64_t watermark_of(const struct stream *stream, const struct stream_pass *pass)
{
    size_t members = 0;
    size_t holding = 0;
    int64_t least = WEIR_LOW_END;
    for (const struct member *member = stream->members; member != NULL; member = member->next) {
        members++;
        if (stream_holds(member)) {
            const int64_t low = stream_corrected_low(member);
            least = low < least ? low : least;
            holding++;
        }
    }
    if (!stream->live && members < pass->options->expect_sensors) {
        return STREAM_LOW_UNKNOWN;
    }
    return holding == 0 ? watermark_unheld(stream, pass) : least;
}

void stream_update(struct stream *stream, const struct stream_pass *pass)
{
    for (struct member *member = stream->members; member != NULL; member = member->next) {
        const enum member_state state =
            stream->live ? live_state(member, pass) : replay_state(member);
        change_state(member, state, pass->on_change, pass->context);
    }
    if (stream->live) {
        stream->newest_us = STREAM_LOW_UNKNOWN;
        for (const struct member *member = stream->members; member != NULL; member = member->next) {
            const int64_t low = stream_corrected_low(member);
            if (member->state == MEMBER_ACTIVE && low > stream->newest_us) {
                stream->newest_us = low;
            }
        }
        for (struct member *member = stream->members; member != NULL; member = member->next) {
            judge_lag(member, pass);
        }
    }
    stream->watermark_us = watermark_of(stream, pass);
}

bool stream_is_holder(const struct member *member)
{
    return stream_holds(member) && stream_corrected_low(member) <= member->stream->watermark_us;
}

bool stream_is_late(const struct stream *stream, const struct entry *entry)
{
    return stream->any_released && entry_heap_compare(entry, &stream->last) < 0;
}

/* A record without messages of its originator is described by its last one. */
static bool gives_counts(const struct entry *entry)
{
    const bool last = entry->messages.orig_left == 0 && entry->messages.resp_left == 0;
    return entry->is_vector || (last && entry->messages.orig_at == 0);
}

static void settle_entry(struct entry *entry, const struct weir_kdd_counts *counts)
{
    if (entry->held != NULL) {
        entry->held->ready->rows[entry->row].frozen = *counts;
    }
    if (entry->open != NULL) {
        entry->open->frozen = *counts;
    }
}

void stream_release(struct stream *stream, int64_t bound_us,
                    const struct weir_kdd_window_options *options)
{
    for (;;) {
        struct entry *entry = entry_heap_first(&stream->heap);
        if (entry == NULL || entry->conn.start_us >= bound_us) {
            return;
        }
        struct weir_kdd_counts counts = {0};
        const bool wanted = gives_counts(entry);
        if (frozen_window_add(&stream->window, options, &entry->conn, wanted ? &counts : NULL) !=
            WEIR_OK) {
            return;
        }
        if (wanted) {
            settle_entry(entry, &counts);
        }
        stream->last = *entry;
        stream->any_released = true;
        stream->released++;
        if (entry_heap_entry_next(entry)) {
            entry_heap_sink_first(&stream->heap);
            continue;
        }
        entry_heap_remove_first(&stream->heap);
        if (entry->held != NULL) {
            entry->held->pending--;
        } else {
            free_restored(entry);
        }
    }
}

bool stream_is_over(const struct stream *stream, uint32_t expect_sensors)
{
    size_t members = 0;
    for (const struct member *member = stream->members; member != NULL; member = member->next) {
        members++;
        if (member->state != MEMBER_ENDED) {
            return false;
        }
    }
    return !stream->live && stream->held == 0 && stream->heap.count == 0 && members > 0 &&
           members >= expect_sensors;
}
