/* SPDX-License-Identifier: Apache-2.0
 *
 * link_watch: whether the channel has a connection, told to people once a change.
 *
 * The channel tries again by itself, and each try that fails is an event. What is tried again and
 * again is one state, so it is one line.
 *
 * Threads: the export thread.
 */
#ifndef WEIR_SENSOR_EXPORT_LINK_WATCH_H
#define WEIR_SENSOR_EXPORT_LINK_WATCH_H

#include <stdbool.h>

#include "common/base/clock.h"

#include "proto/channel.h"

struct link_watch {
    bool is_connected, was_ever;       /* connected */
    unsigned early_ends;               /* connections that ended before they were encrypted */
    struct weir_mono apart_at;         /* without a connection since */
    enum weir_channel_event_kind told; /* last event that was logged; 0 = none */
    bool apart_is_told;
    bool is_rejected; /* at the door: our key is not known there */
    struct weir_mono rejected_at;
};

void link_watch_init(struct link_watch *watch, struct weir_mono now);

/* Whatever the event is, the session that was is over. */
void link_watch_add(struct link_watch *watch, const struct weir_channel_event *event,
                    struct weir_mono now);

/* Says so when nothing has answered at this endpoint for 5 s. */
void link_watch_advance(struct link_watch *watch, const char *endpoint, struct weir_mono now);

/* True every 5 s after the key was rejected: it may have been enrolled since. */
bool link_watch_is_to_knock(struct link_watch *watch, struct weir_mono now);

#endif
