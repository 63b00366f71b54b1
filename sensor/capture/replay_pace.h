/* SPDX-License-Identifier: Apache-2.0
 *
 * replay_pace: plays a capture again at a chosen speed, with times moved so that it ends now.
 *
 * All times move by one amount, so spacing is kept. A packet is due at begin + (t - first) / speed
 * and carries t + shift, where shift = begin + span / speed - last: the last packet is due at the
 * very time it carries, and none carries a time later than when it is due. Below speed 1 both
 * cannot hold; then no packet is in the future and the replay ends in the past.
 *
 * Units:   microseconds since 1970; speed 10 is ten times as fast, 0 as fast as possible with times
 *          untouched.
 */
#ifndef WEIR_SENSOR_CAPTURE_REPLAY_PACE_H
#define WEIR_SENSOR_CAPTURE_REPLAY_PACE_H

#include <stdint.h>

#include "common/base/err.h"

struct replay_pace_options {
    double speed;          /* 0, or 0.001 .. 1,000,000 */
    int64_t begin_wall_us; /* sensors that share one capture are given the same (--replay-begin) */
    int64_t first_us, last_us; /* times of the whole capture (--replay-span) */
};

struct replay_pace {
    double speed;
    int64_t begin_wall_us;
    int64_t first_us;
    int64_t shift_us;
};

/* WEIR_EINVAL for a speed out of range or last before first. */
WEIR_MUST_CHECK int replay_pace_init(struct replay_pace *pace,
                                     const struct replay_pace_options *options,
                                     struct weir_error *error);

/* The moved time of a packet. */
int64_t replay_pace_time_us(const struct replay_pace *pace, int64_t time_us);

/* Wall time before which the packet (its time not moved) must not be read; INT64_MIN at speed 0. */
int64_t replay_pace_due_us(const struct replay_pace *pace, int64_t time_us);

/* Reads "FIRST_US:LAST_US". WEIR_EFORMAT. */
WEIR_MUST_CHECK int replay_pace_parse_span(const char *text, int64_t *first_us, int64_t *last_us,
                                           struct weir_error *error);

#endif
