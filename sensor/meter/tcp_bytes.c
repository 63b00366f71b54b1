/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_bytes.h"

#include <string.h>

/* a - b in sequence space; meaningful while they are less than 2^31 apart. */
static int32_t distance(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static uint32_t drop_lowest(struct tcp_hole_list *list)
{
    const uint32_t size = list->at[0].to - list->at[0].from;
    list->count--;
    memmove(&list->at[0], &list->at[1], list->count * sizeof(list->at[0]));
    return size;
}

/* Opens [from, to), which lies above every other hole; gives the bytes given up for it. */
static uint32_t open_hole(struct tcp_bytes *bytes, struct weir_block_pool *pool, uint32_t from,
                          uint32_t to)
{
    if (bytes->holes == 0) {
        bytes->holes = weir_block_pool_add(pool);
    }
    struct tcp_hole_list *list = weir_block_pool_find(pool, bytes->holes);
    if (list == NULL) {
        return to - from;
    }
    uint32_t missed = 0;
    while (list->count > 0 &&
           (list->count == TCP_BYTES_HOLES_MAX || to - list->at[0].from > TCP_BYTES_FAR)) {
        missed += drop_lowest(list);
    }
    list->at[list->count++] = (struct tcp_hole){.from = from, .to = to};
    return missed;
}

/* The part of [from, to) that lies in hole i, taken out of it; may split or close the hole. A split
 * that finds the list full gives the lower part up. */
static uint32_t fill_hole(struct tcp_hole_list *list, uint32_t i, struct tcp_hole segment,
                          uint32_t *missed)
{
    struct tcp_hole *hole = &list->at[i];
    const uint32_t from = distance(segment.from, hole->from) > 0 ? segment.from : hole->from;
    const uint32_t to = distance(segment.to, hole->to) < 0 ? segment.to : hole->to;
    if (distance(to, from) <= 0) {
        return 0;
    }
    if (from == hole->from && to == hole->to) {
        list->count--;
        memmove(hole, hole + 1, (list->count - i) * sizeof(*hole));
    } else if (from == hole->from) {
        hole->from = to;
    } else if (to == hole->to) {
        hole->to = from;
    } else if (list->count < TCP_BYTES_HOLES_MAX) {
        memmove(hole + 1, hole, (list->count - i) * sizeof(*hole));
        list->count++;
        hole[0].to = from;
        hole[1].from = to;
    } else {
        *missed += from - hole->from;
        hole->from = to;
    }
    return to - from;
}

static uint32_t fill_holes(struct tcp_bytes *bytes, struct weir_block_pool *pool,
                           struct tcp_hole segment, uint32_t *missed)
{
    struct tcp_hole_list *list = weir_block_pool_find(pool, bytes->holes);
    uint32_t filled = 0;
    if (list == NULL) {
        return 0;
    }
    for (uint32_t i = list->count; i-- > 0;) { /* from above: closing a hole moves those above */
        filled += fill_hole(list, i, segment, missed);
    }
    if (list->count == 0) {
        tcp_bytes_fini(bytes, pool);
    }
    return filled;
}

struct tcp_bytes_step tcp_bytes_add(struct tcp_bytes *bytes, struct weir_block_pool *pool,
                                    uint32_t sequence, uint32_t size, bool opens)
{
    struct tcp_bytes_step step = {0};
    if (!bytes->known) {
        bytes->known = true;
        bytes->next = sequence;
    }
    const int32_t ahead = distance(sequence, bytes->next);
    if (ahead > (int32_t)TCP_BYTES_FAR || ahead < -(int32_t)TCP_BYTES_FAR || size > TCP_BYTES_FAR) {
        step.far = size > 0 || opens;
        return step;
    }
    if (size == 0 && !opens) {
        return step;
    }
    step.in_order = ahead == 0;
    step.ahead = ahead > 0 ? (uint32_t)ahead : 0;
    if (ahead > 0) {
        step.missed = open_hole(bytes, pool, bytes->next, sequence);
        step.opened = true;
        bytes->next = sequence;
    }
    const uint32_t end = sequence + size;
    const int32_t over = distance(end, bytes->next);
    if (ahead < 0) {
        const uint32_t below_end = over < 0 ? end : bytes->next;
        const struct tcp_hole below = {.from = sequence, .to = below_end};
        const uint32_t filled = fill_holes(bytes, pool, below, &step.missed);
        step.fresh = filled;
        step.filled = filled > 0;
        step.repeated = filled < below_end - sequence;
        step.below = over <= 0;
    }
    if (over > 0) {
        step.fresh += (uint32_t)over;
        bytes->next = end;
    }
    return step;
}

uint64_t tcp_bytes_missing(const struct tcp_bytes *bytes, struct weir_block_pool *pool)
{
    const struct tcp_hole_list *list = weir_block_pool_find(pool, bytes->holes);
    uint64_t missing = 0;
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        missing += list->at[i].to - list->at[i].from;
    }
    return missing;
}

bool tcp_bytes_gap_at(const struct tcp_bytes *bytes, struct weir_block_pool *pool,
                      uint32_t acknowledged)
{
    const struct tcp_hole_list *list = weir_block_pool_find(pool, bytes->holes);
    return list != NULL && list->count > 0 && distance(acknowledged, list->at[0].to) >= 0;
}

uint32_t tcp_bytes_gap(const struct tcp_bytes *bytes, struct weir_block_pool *pool)
{
    const struct tcp_hole_list *list = weir_block_pool_find(pool, bytes->holes);
    return list != NULL && list->count > 0 ? list->at[0].to : 0;
}

bool tcp_bytes_hole_below(const struct tcp_bytes *bytes, struct weir_block_pool *pool,
                          uint32_t number)
{
    const struct tcp_hole_list *list = weir_block_pool_find(pool, bytes->holes);
    return list != NULL && list->count > 0 && distance(number, list->at[0].from) > 0;
}

void tcp_bytes_fini(struct tcp_bytes *bytes, struct weir_block_pool *pool)
{
    weir_block_pool_remove(pool, bytes->holes);
    bytes->holes = 0;
}
