/* SPDX-License-Identifier: Apache-2.0
 *
 * overload: how much of its work a lane can afford, told from how full its capture ring is.
 *
 * Shape:   a state machine over enum weir_detail. It goes up one level when the ring is half full
 *          or packets were dropped, at most every tenth of a second, so that a step can show what
 *          it brings; it comes down one level after five seconds in a row below a tenth.
 * Units:   now_us is any clock that does not go back, in microseconds.
 * Threads: one owner.
 * Source:  decisions/0002.
 */
#ifndef WEIR_SENSOR_OVERLOAD_H
#define WEIR_SENSOR_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_record.h"

#define OVERLOAD_RISE_SHARE 0.5
#define OVERLOAD_CALM_SHARE 0.1
#define OVERLOAD_STEP_US    INT64_C(100000)
#define OVERLOAD_CALM_US    INT64_C(5000000)

struct overload {
    enum weir_detail level;
    bool is_fixed; /* by --simulate-overload: it never moves */
    int64_t now_us;
    int64_t moved_us;                     /* last step */
    int64_t calm_us;                      /* since when the ring is nearly empty */
    uint64_t level_us[WEIR_DETAIL_COUNT]; /* time spent in each level */
};

void overload_init(struct overload *overload, int64_t now_us);

/* Takes this level and keeps it. */
void overload_fix(struct overload *overload, enum weir_detail level);

/* A new measurement: share of the ring that is filled, 0 .. 1, and whether packets were dropped
 * since the last one. True when the level has changed. */
bool overload_update(struct overload *overload, int64_t now_us, double share, bool has_dropped);

/* "full", "no_inspection", "no_statistics", "counters". */
const char *overload_name(enum weir_detail level);

#endif
