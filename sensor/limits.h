/* SPDX-License-Identifier: Apache-2.0
 *
 * limits: everything of which a sensor has only so much, what it does when that is used up, and
 * the counter that tells.
 *
 * `--simulate-limit NAME=VALUE` makes one small, so that a test can see its policy at work; without
 * it each is what its setting or its stage says.
 *
 * Shape:   one row a limit. `used` and `hit` are names of counters (tally.h); used may be empty.
 */
#ifndef WEIR_SENSOR_LIMITS_H
#define WEIR_SENSOR_LIMITS_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/base/option.h"

/* constant, name, smallest value that can be asked for, where the usual value comes from, used,
 * hit, what happens */
#define LIMITS_TABLE(X)                                                                            \
    X(LIMITS_FLOWS, "flows", 16, "flow.max_flows", "flows.open", "flows.evicted",                  \
      "the flow that matters least ends early, with its record")                                   \
    X(LIMITS_HOLES, "holes", 1, "1 for 16 flows", "holes.used", "holes.denied",                    \
      "what is missing counts as lost at once, also when it comes later")                          \
    X(LIMITS_STATISTICS, "statistics", 1, "262144 flows", "statistics.used", "statistics.denied",  \
      "the flow goes without packet statistics, and its record says so")                           \
    X(LIMITS_INSPECTIONS, "inspections", 1, "inspect.flows", "inspections.used",                   \
      "inspections.denied", "the flow is metered without its content, and its record says so")     \
    X(LIMITS_SEGMENTS, "segments", 1, "by inspect.flows", "segments.used", "segments.denied",      \
      "a stream out of order is read no further, and its record says so")                          \
    X(LIMITS_FRAGMENTS, "fragments", 16, "4096 datagrams", "fragments.used", "fragments.evicted",  \
      "the oldest datagram is given up")                                                           \
    X(LIMITS_SPOOL, "spool", 1048576, "spool.limit", "spool.bytes", "spool.dropped_records",       \
      "spool.policy")                                                                              \
    X(LIMITS_RING, "ring", 1, "16 batches", "", "ring.dropped_records",                            \
      "files and spool.policy = block wait; else the batch is given up")

enum limits_name {
#define X(constant, name, least, usual, used, hit, policy) constant,
    LIMITS_TABLE(X)
#undef X
    LIMITS_COUNT
};

struct limits_row {
    const char *name;
    uint64_t least;
    const char *usual, *used, *hit, *policy;
};

extern const struct limits_row limits_rows[LIMITS_COUNT];

struct limits {
    uint64_t value[LIMITS_COUNT]; /* 0 = not simulated */
};

/* Reads words of the form NAME=VALUE. WEIR_EINVAL and a sentence with the names there are. */
WEIR_MUST_CHECK int limits_parse(const struct weir_text_list *words, struct limits *out,
                                 struct weir_error *error);

/* The simulated value, or the usual one. */
uint64_t limits_or(const struct limits *limits, enum limits_name name, uint64_t usual);

#endif
