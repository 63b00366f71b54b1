/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/marker.h"

#define LAST_US INT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z */

static bool is_time(int64_t time_us)
{
    return time_us >= 0 && time_us <= LAST_US;
}

bool weir_marker_valid(const struct weir_marker *marker)
{
    return marker->number != 0 && is_time(marker->injected_us) && is_time(marker->clock_us) &&
           is_time(marker->closed_us) && is_time(marker->spooled_us) && is_time(marker->sent_us);
}
