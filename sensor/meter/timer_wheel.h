/* SPDX-License-Identifier: Apache-2.0
 *
 * timer_wheel: which flows have something due, without ever looking at the others.
 *
 * Shape:   entries are numbers 0 .. count - 1, each in at most one slot of 131 ms; the wheel is
 *          512 slots (67 s) round. An entry due later waits in the furthest slot and is given back
 *          early: whoever takes it looks at its real time and sets it again. Moving an entry to a
 *          later time therefore needs no call at all.
 * Units:   microseconds of packet time.
 * Owns:    its links; all memory is taken by timer_wheel_new().
 */
#ifndef WEIR_SENSOR_METER_TIMER_WHEEL_H
#define WEIR_SENSOR_METER_TIMER_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

#define TIMER_WHEEL_TICK_BITS 17
#define TIMER_WHEEL_TICK_US   (INT64_C(1) << TIMER_WHEEL_TICK_BITS)
#define TIMER_WHEEL_SLOTS     512

struct timer_wheel;

WEIR_MUST_CHECK int timer_wheel_new(uint32_t count, struct timer_wheel **out);
void timer_wheel_free(struct timer_wheel *wheel);

/* Puts an entry where due_us says, taking it from where it was. A due time already passed comes up
 * in the next pop that looks beyond the present slot. */
void timer_wheel_set(struct timer_wheel *wheel, uint32_t entry, int64_t due_us);

/* Takes an entry off the wheel, if it is on it. */
void timer_wheel_remove(struct timer_wheel *wheel, uint32_t entry);

/* Takes the next entry whose slot lies wholly before now_us into *entry; false when there is none,
 * and then the wheel stands at now_us. Slots in order, within a slot in order of setting. */
bool timer_wheel_pop(struct timer_wheel *wheel, int64_t now_us, uint32_t *entry);

#endif
