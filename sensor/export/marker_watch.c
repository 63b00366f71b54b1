/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/marker_watch.h"

void marker_watch_add(struct marker_watch *watch, uint64_t sequence, uint64_t number)
{
    if (watch->count == MARKER_WATCH_MAX) {
        watch->first++;
        watch->count--;
    }
    const size_t at = (watch->first + watch->count++) % MARKER_WATCH_MAX;
    watch->waiting[at].sequence = sequence;
    watch->waiting[at].number = number;
}

void marker_watch_on_sent(struct marker_watch *watch, uint64_t sequence, int64_t now_us)
{
    while (watch->count > 0 &&
           watch->waiting[watch->first % MARKER_WATCH_MAX].sequence <= sequence) {
        watch->sent_number = watch->waiting[watch->first % MARKER_WATCH_MAX].number;
        watch->sent_us = now_us;
        watch->first++;
        watch->count--;
    }
}
