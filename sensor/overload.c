/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/overload.h"

#include "common/base/check.h"

void overload_init(struct overload *overload, int64_t now_us)
{
    *overload = (struct overload){.level = WEIR_DETAIL_FULL,
                                  .now_us = now_us,
                                  .moved_us = now_us - OVERLOAD_STEP_US,
                                  .calm_us = now_us};
}

void overload_fix(struct overload *overload, enum weir_detail level)
{
    weir_check(level < WEIR_DETAIL_COUNT);
    overload->level = level;
    overload->is_fixed = true;
}

static void move(struct overload *overload, int step)
{
    overload->level = (enum weir_detail)((int)overload->level + step);
    overload->moved_us = overload->now_us;
    overload->calm_us = overload->now_us;
}

bool overload_update(struct overload *overload, int64_t now_us, double share, bool has_dropped)
{
    overload->level_us[overload->level] += (uint64_t)(now_us - overload->now_us);
    overload->now_us = now_us;
    if (overload->is_fixed) {
        return false;
    }
    if (has_dropped || share > OVERLOAD_CALM_SHARE) {
        overload->calm_us = now_us;
    }
    if ((has_dropped || share >= OVERLOAD_RISE_SHARE) && overload->level < WEIR_DETAIL_COUNTERS &&
        now_us - overload->moved_us >= OVERLOAD_STEP_US) {
        move(overload, 1);
        return true;
    }
    if (overload->level > WEIR_DETAIL_FULL && now_us - overload->calm_us >= OVERLOAD_CALM_US) {
        move(overload, -1);
        return true;
    }
    return false;
}

const char *overload_name(enum weir_detail level)
{
    static const char *const names[WEIR_DETAIL_COUNT] = {"full", "no_inspection", "no_statistics",
                                                         "counters"};
    weir_check(level < WEIR_DETAIL_COUNT);
    return names[level];
}
