/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_statistics.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define EMPTY_COUNT         0
#define EMPTY_OPTIONAL      WEIR_ABSENT
#define EMPTY_REAL          0.0F
#define EMPTY_OPTIONAL_REAL ((float)WEIR_ABSENT)

#define EMPTY(member, type, kind, number, unit, source) .member = EMPTY_##kind,

static const struct weir_side_statistics empty_side = {WEIR_SIDE_STATISTICS(EMPTY)};

void weir_flow_statistics_init(struct weir_flow_statistics *statistics)
{
    *statistics = (struct weir_flow_statistics){.orig = empty_side,
                                                .resp = empty_side,
                                                WEIR_CONNECTION_STATISTICS(EMPTY)};
}

#define GOOD_COUNT(value)         true
#define GOOD_OPTIONAL(value)      ((value) >= WEIR_ABSENT)
#define GOOD_REAL(value)          isfinite(value)
#define GOOD_OPTIONAL_REAL(value) (isfinite(value) && ((value) >= 0.0F || (value) == -1.0F))

#define CHECK(member, type, kind, number, unit, source)                                            \
    if (!(GOOD_##kind(of->member))) {                                                              \
        return #member;                                                                            \
    }

static const char *bad_in_side(const struct weir_side_statistics *of)
{
    WEIR_SIDE_STATISTICS(CHECK)
    return NULL;
}

static bool ends(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static const char *bad_in_connection(const struct weir_flow_statistics *of)
{
    WEIR_CONNECTION_STATISTICS(CHECK)
    if (of->sequence_count > WEIR_SEQUENCE_MAX) {
        return "sequence_count";
    }
    if (of->stack_count > WEIR_STACKS_MAX) {
        return "stack_count";
    }
    if (!ends(of->ja4t, sizeof(of->ja4t)) || !ends(of->ja4ts, sizeof(of->ja4ts))) {
        return "ja4t";
    }
    return ends(of->icmp_parent_community_id, sizeof(of->icmp_parent_community_id))
               ? NULL
               : "icmp_parent_community_id";
}

bool weir_flow_statistics_valid(const struct weir_flow_statistics *statistics, const char **why)
{
    const char *bad = bad_in_side(&statistics->orig);
    bad = bad != NULL ? bad : bad_in_side(&statistics->resp);
    bad = bad != NULL ? bad : bad_in_connection(statistics);
    if (bad != NULL && why != NULL) {
        *why = bad;
    }
    return bad == NULL;
}
