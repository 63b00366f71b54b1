/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_recent: whether the last so many things happened within so long, exactly.
 *
 * Shape:   a ring over the times of the last `capacity` things; the caller owns the ring, zeroed at
 *          the beginning. It is full of news when its oldest time lies within the span.
 * Units:   packet time; "within 10 s" is less than 10 s before.
 */
#ifndef WEIR_SENSOR_INSPECT_LAYER2_RECENT_H
#define WEIR_SENSOR_INSPECT_LAYER2_RECENT_H

#include <stdbool.h>
#include <stdint.h>

struct layer2_recent {
    uint16_t next, filled;
};

/* Adds a thing at now_us. True when the last `capacity` things, this one included, are within
 * span_us; *first_us is then the time of the first of them. */
static inline bool layer2_recent_add(struct layer2_recent *recent, int64_t *times,
                                     uint16_t capacity, int64_t now_us, int64_t span_us,
                                     int64_t *first_us)
{
    times[recent->next] = now_us;
    recent->next = (uint16_t)((recent->next + 1U) % capacity);
    if (recent->filled < capacity) {
        recent->filled++;
    }
    const int64_t oldest_us = times[recent->next]; /* the ring's oldest, once it is full */
    if (recent->filled < capacity || now_us - oldest_us >= span_us) {
        return false;
    }
    *first_us = oldest_us;
    return true;
}

/* A set of the distinct things seen last, by a number that stands for each. */
struct layer2_distinct {
    int64_t time_us;
    uint32_t what;
    uint32_t is_set;
};

/* Adds a thing; true when it makes `capacity` distinct ones within span_us. The least recent gives
 * way. *first_us is the time of the least recent. */
static inline bool layer2_distinct_add(struct layer2_distinct *set, uint16_t capacity,
                                       struct layer2_distinct thing, int64_t span_us,
                                       int64_t *first_us)
{
    uint16_t place = 0; /* of the thing itself, else of the one that gives way */
    bool found = false;
    for (uint16_t i = 0; i < capacity && !found; i++) {
        found = set[i].is_set != 0 && set[i].what == thing.what;
        const bool is_less =
            set[place].is_set != 0 && (set[i].is_set == 0 || set[i].time_us < set[place].time_us);
        place = found || is_less ? i : place;
    }
    set[place] = thing;
    set[place].is_set = 1;
    int64_t oldest_us = thing.time_us;
    for (uint16_t i = 0; i < capacity; i++) {
        if (set[i].is_set == 0 || thing.time_us - set[i].time_us >= span_us) {
            return false;
        }
        oldest_us = set[i].time_us < oldest_us ? set[i].time_us : oldest_us;
    }
    *first_us = oldest_us;
    return true;
}

#endif
