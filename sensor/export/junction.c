/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/junction.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/base/check.h"

#include "sensor/export/outbox.h"

#define FLAGGED_IN_RING 64

struct junction {
    struct weir_ring *ring;
    struct weir_ring *flagged; /* pushed under the lock: a ring has one producer */
    size_t lanes;
    pthread_mutex_t lock;
    uint64_t record_no;     /* several lanes: the last number given */
    uint64_t marker_number; /* the last one given */
    struct junction_counts counts;
    atomic_bool is_stopped;
    int64_t low_us[]; /* of each lane's last item */
};

struct outbox_item *junction_pop_flagged(struct junction *junction)
{
    return (struct outbox_item *)weir_ring_pop(junction->flagged);
}

int junction_flagged_fd(const struct junction *junction)
{
    return weir_ring_fd(junction->flagged);
}

void junction_free(struct junction *junction)
{
    struct outbox_item *item = NULL;
    if (junction == NULL) {
        return;
    }
    while (junction->flagged != NULL && (item = junction_pop_flagged(junction)) != NULL) {
        outbox_item_free(item);
    }
    weir_ring_free(junction->flagged);
    (void)pthread_mutex_destroy(&junction->lock);
    free(junction);
}

int junction_new(struct weir_ring *ring, size_t lanes, struct junction **out)
{
    if (lanes == 0 || lanes > JUNCTION_LANES_MAX) {
        return WEIR_EINVAL;
    }
    struct junction *junction =
        (struct junction *)calloc(1, sizeof(*junction) + lanes * sizeof(junction->low_us[0]));
    if (junction == NULL || pthread_mutex_init(&junction->lock, NULL) != 0) {
        free(junction);
        return WEIR_ENOMEM;
    }
    if (weir_ring_new(FLAGGED_IN_RING, &junction->flagged) != WEIR_OK) {
        junction_free(junction);
        return WEIR_ENOMEM;
    }
    junction->ring = ring;
    junction->lanes = lanes;
    atomic_init(&junction->is_stopped, false);
    for (size_t i = 0; i < lanes; i++) {
        junction->low_us[i] = INT64_MIN;
    }
    *out = junction;
    return WEIR_OK;
}

static int64_t least_low_us(const struct junction *junction)
{
    int64_t low_us = junction->low_us[0];
    for (size_t i = 1; i < junction->lanes; i++) {
        low_us = junction->low_us[i] < low_us ? junction->low_us[i] : low_us;
    }
    return low_us;
}

static void number_records(struct junction *junction, struct outbox_item *item)
{
    for (size_t i = 0; junction->lanes > 1 && i < item->count; i++) {
        item->records[i].record_no = ++junction->record_no;
    }
}

bool junction_push(struct junction *junction, size_t lane, struct outbox_item **item)
{
    struct outbox_item *pushed = *item;
    weir_check(lane < junction->lanes);
    (void)pthread_mutex_lock(&junction->lock);
    const struct outbox_item before = {.kind = pushed->kind, .low_us = pushed->low_us};
    const int64_t lane_low_us = junction->low_us[lane];
    const uint64_t record_no = junction->record_no;
    junction->low_us[lane] = pushed->low_us;
    pushed->low_us = least_low_us(junction);
    if (pushed->kind == OUTBOX_END && pushed->low_us != WEIR_LOW_END) {
        pushed->kind = OUTBOX_NOTE;
    }
    number_records(junction, pushed);
    const bool has_room = weir_ring_push(junction->ring, pushed);
    if (has_room) {
        *item = NULL;
    } else {
        pushed->kind = before.kind;
        pushed->low_us = before.low_us;
        junction->low_us[lane] = lane_low_us;
        junction->record_no = record_no;
    }
    (void)pthread_mutex_unlock(&junction->lock);
    return has_room;
}

void junction_drop(struct junction *junction, size_t lane, struct outbox_item **item)
{
    struct outbox_item *dropped = *item;
    *item = NULL;
    weir_check(lane < junction->lanes);
    (void)pthread_mutex_lock(&junction->lock);
    junction->low_us[lane] = dropped->low_us;
    if (dropped->kind == OUTBOX_BATCH) {
        number_records(junction, dropped);
        junction->counts.lost_batches++;
        junction->counts.lost_records += dropped->count;
    }
    (void)pthread_mutex_unlock(&junction->lock);
    outbox_item_free(dropped);
}

void junction_push_flagged(struct junction *junction, struct outbox_item **item)
{
    struct outbox_item *pushed = *item;
    *item = NULL;
    (void)pthread_mutex_lock(&junction->lock);
    const bool has_room = weir_ring_push(junction->flagged, pushed);
    junction->counts.flagged++;
    junction->counts.flagged_left_out += has_room ? 0 : 1;
    (void)pthread_mutex_unlock(&junction->lock);
    if (!has_room) {
        outbox_item_free(pushed);
    }
}

void junction_leave_flagged(struct junction *junction)
{
    (void)pthread_mutex_lock(&junction->lock);
    junction->counts.flagged++;
    junction->counts.flagged_left_out++;
    (void)pthread_mutex_unlock(&junction->lock);
}

void junction_miss_flagged(struct junction *junction, size_t records)
{
    (void)pthread_mutex_lock(&junction->lock);
    junction->counts.flagged_left_out += records;
    (void)pthread_mutex_unlock(&junction->lock);
}

uint64_t junction_next_marker(struct junction *junction)
{
    (void)pthread_mutex_lock(&junction->lock);
    const uint64_t number = ++junction->marker_number;
    (void)pthread_mutex_unlock(&junction->lock);
    return number;
}

void junction_wait_room(struct junction *junction, int timeout_ms)
{
    (void)weir_ring_wait_room(junction->ring, timeout_ms);
}

void junction_stop(struct junction *junction)
{
    atomic_store(&junction->is_stopped, true);
}

bool junction_is_stopped(const struct junction *junction)
{
    return atomic_load(&junction->is_stopped);
}

struct junction_counts junction_counts(struct junction *junction)
{
    (void)pthread_mutex_lock(&junction->lock);
    const struct junction_counts counts = junction->counts;
    (void)pthread_mutex_unlock(&junction->lock);
    return counts;
}
