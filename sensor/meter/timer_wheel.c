/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/timer_wheel.h"

#include <stdlib.h>

#include "common/base/check.h"

/* Slots are rings of links: link[count + s] is the head of slot s, an entry off the wheel points to
 * itself. `tick` is the oldest tick not yet emptied. */
struct link {
    uint32_t next, previous;
};

struct timer_wheel {
    struct link *links;
    uint32_t count;
    int64_t tick;
    bool started;
};

static int64_t tick_of(int64_t time_us)
{
    return time_us >> TIMER_WHEEL_TICK_BITS; /* floor division, for negative times too */
}

int timer_wheel_new(uint32_t count, struct timer_wheel **out)
{
    if (count == 0 || count > UINT32_C(1) << 30) {
        return WEIR_EINVAL;
    }
    struct timer_wheel *wheel = calloc(1, sizeof(*wheel));
    if (wheel == NULL) {
        return WEIR_ENOMEM;
    }
    wheel->count = count;
    wheel->links = calloc((size_t)count + TIMER_WHEEL_SLOTS, sizeof(wheel->links[0]));
    if (wheel->links == NULL) {
        timer_wheel_free(wheel);
        return WEIR_ENOMEM;
    }
    for (uint32_t i = count; i < count + TIMER_WHEEL_SLOTS; i++) {
        wheel->links[i] = (struct link){.next = i, .previous = i};
    }
    *out = wheel;
    return WEIR_OK;
}

void timer_wheel_free(struct timer_wheel *wheel)
{
    if (wheel == NULL) {
        return;
    }
    free(wheel->links);
    free(wheel);
}

/* An entry that is on the wheel never has both links 0 and 0 == itself: heads lie above count, so
 * {0, 0}, as calloc gives it, means off the wheel. */
static bool is_linked(const struct link *link)
{
    return link->next != 0 || link->previous != 0;
}

void timer_wheel_remove(struct timer_wheel *wheel, uint32_t entry)
{
    struct link *link = &wheel->links[entry];
    if (is_linked(link)) {
        wheel->links[link->previous].next = link->next;
        wheel->links[link->next].previous = link->previous;
        *link = (struct link){0};
    }
}

void timer_wheel_set(struct timer_wheel *wheel, uint32_t entry, int64_t due_us)
{
    weir_check(entry < wheel->count);
    timer_wheel_remove(wheel, entry);
    int64_t tick = tick_of(due_us);
    if (!wheel->started) {
        wheel->started = true;
        wheel->tick = tick;
    }
    if (tick < wheel->tick) {
        tick = wheel->tick;
    } else if (tick - wheel->tick >= TIMER_WHEEL_SLOTS) {
        tick = wheel->tick + TIMER_WHEEL_SLOTS - 1;
    }
    const uint32_t head = wheel->count + (uint32_t)(tick & (TIMER_WHEEL_SLOTS - 1));
    struct link *slot = &wheel->links[head];
    wheel->links[entry] = (struct link){.next = head, .previous = slot->previous};
    wheel->links[slot->previous].next = entry;
    slot->previous = entry;
}

bool timer_wheel_pop(struct timer_wheel *wheel, int64_t now_us, uint32_t *entry)
{
    const int64_t end = tick_of(now_us);
    if (!wheel->started) {
        wheel->started = true;
        wheel->tick = end;
    }
    if (end - wheel->tick > TIMER_WHEEL_SLOTS) {
        /* Once round empties every slot, whatever the jump; the order of slots stays. */
        const int64_t last_round = end - TIMER_WHEEL_SLOTS;
        wheel->tick = last_round - ((last_round - wheel->tick) & (TIMER_WHEEL_SLOTS - 1));
    }
    while (wheel->tick < end) {
        const uint32_t head = wheel->count + (uint32_t)(wheel->tick & (TIMER_WHEEL_SLOTS - 1));
        const uint32_t first = wheel->links[head].next;
        if (first != head) {
            timer_wheel_remove(wheel, first);
            *entry = first;
            return true;
        }
        wheel->tick++;
    }
    return false;
}
