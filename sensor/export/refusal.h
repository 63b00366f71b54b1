/* SPDX-License-Identifier: Apache-2.0
 *
 * refusal: why the collector does not take what we send, and when to come again.
 *
 * The same refusal is told once, and then every ten minutes with how often it came. The wait
 * doubles from 5 s to a minute while nothing gets through.
 *
 * Shape:   zeroed is "not refused".
 * Threads: the export thread.
 * Source:  architecture 5: a sentence that a person can act on.
 */
#ifndef WEIR_SENSOR_EXPORT_REFUSAL_H
#define WEIR_SENSOR_EXPORT_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/clock.h"

#include "proto/control.h"

struct refusal {
    struct weir_refuse last;
    uint64_t times;  /* since it began; 0 = not refused */
    int64_t wait_us; /* before the next HELLO */
    struct weir_mono told_at;
};

/* Takes note of one more refusal, and logs it when it is news. */
void refusal_add(struct refusal *refusal, const struct weir_refuse *refuse, struct weir_mono now);

/* The collector has welcomed us. What it refused was HELLO itself: that is over. A batch that it
 * refused will come to it again, so such a refusal stands. */
void refusal_on_welcome(struct refusal *refusal);

/* A batch was committed: nothing is refused any more. */
void refusal_on_progress(struct refusal *refusal);

#endif
