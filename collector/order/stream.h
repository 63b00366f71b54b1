/* SPDX-License-Identifier: Apache-2.0
 *
 * stream: one order of event time: the sensors that share it, its watermark, the connections that
 * wait for it and the windows they enter when it has passed them.
 *
 * The watermark is the least low of the sensors that hold it. A replay is held by every sensor
 * that joined, however silent; `live` only by those that are heard of, near the fleet and sane.
 *
 * Units:   lows of members are raw sensor time; watermark, newest and entries are corrected time.
 * Owns:    its members, windows and heap slots; entries belong to held batches, those without one
 *          (restored) to the stream.
 * Source:  architecture 6.
 */
#ifndef WEIR_COLLECTOR_ORDER_STREAM_H
#define WEIR_COLLECTOR_ORDER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/order/entry_heap.h"
#include "collector/order/inbox.h"
#include "collector/order/order.h"
#include "collector/window/frozen_window.h"

#define STREAM_LOW_UNKNOWN INT64_MIN

enum member_state {
    MEMBER_WAITED_FOR, /* joined, its low is not known yet: holds the watermark */
    MEMBER_ACTIVE,     /* holds the watermark at its low */
    MEMBER_LAGGARD,    /* set aside */
    MEMBER_MISSING,    /* not heard of */
    MEMBER_SUSPECT,    /* its clock cannot be trusted */
    MEMBER_ENDED,
};

struct member { /* a sensor's part in one stream */
    struct inbox *inbox;
    struct stream *stream;
    int64_t low_us;           /* STREAM_LOW_UNKNOWN, WEIR_LOW_END */
    struct weir_boot_id boot; /* that said it */
    enum member_state state;
    struct weir_mono since; /* of waiting for its low */
    bool on_trial;          /* far behind; must show that it catches up */
    struct weir_mono trial_began;
    int64_t trial_low_us;
    struct member *next;
};

struct restored_entry { /* a connection that was committed before the restart */
    struct entry entry;
    struct weir_flow_record record; /* the entry's messages read it */
};

struct stream {
    char name[WEIR_STREAM_NAME_SIZE];
    bool live;
    struct member *members;
    int64_t watermark_us; /* STREAM_LOW_UNKNOWN until all are heard of; falls with a returner */
    int64_t newest_us;    /* the greatest low of those that are active; STREAM_LOW_UNKNOWN */
    struct entry_heap heap;
    struct entry last; /* the last one released; good when any_released */
    bool any_released;
    struct frozen_window window;
    size_t held; /* batches of this stream not yet committed */
    uint64_t released;
    struct stream *next;
};

struct stream_change { /* a member's state was another before */
    const struct member *member;
    enum order_event_kind kind;
};

typedef void stream_change_fn(const struct stream_change *change, void *context);

/* NULL when out of memory. */
struct stream *stream_new(const char *name);
void stream_free(struct stream *stream);

struct member *stream_find_member(const struct stream *stream, const struct inbox *inbox);

/* The member, made if there is none. NULL when out of memory. */
struct member *stream_touch_member(struct stream *stream, struct inbox *inbox,
                                   struct weir_mono now);

/* The member's low in corrected time. */
int64_t stream_corrected_low(const struct member *member);

/* A boot says its low: within a boot it only rises. */
void stream_set_low(struct member *member, const struct weir_boot_id *boot, int64_t low_us);

/* Before the rows of a batch are looked at: a laggard whose batch is near the fleet is back, a
 * sensor that comes back far behind is a laggard. low_us: of the batch. */
void stream_meet(struct member *member, int64_t low_us, const struct order_options *options,
                 stream_change_fn *on_change, void *context);

struct stream_pass { /* what stream_update needs to know */
    const struct order_options *options;
    struct order_now now;
    bool outage; /* nothing can be committed: nobody is judged for lagging */
    stream_change_fn *on_change;
    void *context;
};

/* Brings members' states and the watermark up to date. */
void stream_update(struct stream *stream, const struct stream_pass *pass);

/* True when the stream waits for this member. */
bool stream_holds(const struct member *member);

/* True when the watermark would rise if this member's low did. */
bool stream_is_holder(const struct member *member);

/* True for an entry that would come before one already released. */
bool stream_is_late(const struct stream *stream, const struct entry *entry);

/* Releases, in order, the entries that start before bound_us into the windows: their rows and open
 * flows get their counts. Stops when out of memory and goes on at the next call. */
void stream_release(struct stream *stream, int64_t bound_us,
                    const struct weir_kdd_window_options *options);

/* True for a replay all of whose sensors have ended and been committed. */
bool stream_is_over(const struct stream *stream, uint32_t expect_sensors);

#endif
