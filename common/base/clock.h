/* SPDX-License-Identifier: Apache-2.0
 *
 * clock: the two clocks of a process, read in one place.
 *
 * Units:   packet time and wall time are int64_t microseconds since 1970-01-01T00:00:00Z and their
 *          names end in _us (the wire, the tables and the specification count in these). Timers run
 *          on struct weir_mono, so that the compiler keeps the two apart.
 * Threads: any.
 */
#ifndef WEIR_COMMON_BASE_CLOCK_H
#define WEIR_COMMON_BASE_CLOCK_H

#include <stdint.h>

#define WEIR_US_PER_S  INT64_C(1000000)
#define WEIR_US_PER_MS INT64_C(1000)
#define WEIR_NS_PER_S  INT64_C(1000000000)

struct weir_mono { /* since boot, never set back: what timers of this process run on */
    int64_t ns;
};

struct weir_mono weir_mono_now(void);

/* Microseconds since 1970 by the machine's clock. */
int64_t weir_wall_now_us(void);

/* (later - earlier) in microseconds. */
static inline int64_t weir_mono_since_us(struct weir_mono later, struct weir_mono earlier)
{
    return (later.ns - earlier.ns) / 1000;
}

/* Writes "2026-01-05T10:11:12.345678Z" (27 characters and NUL) into text. */
void weir_wall_text(int64_t wall_us, char text[28]);

#endif
