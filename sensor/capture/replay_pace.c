/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/replay_pace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define SPEED_MIN 0.001
#define SPEED_MAX 1e6

/* One rounding rule for shift and due times, so that sensors given the same span agree exactly. */
static int64_t stretched(int64_t span_us, double speed)
{
    return (int64_t)((double)span_us / speed);
}

int replay_pace_init(struct replay_pace *pace, const struct replay_pace_options *options,
                     struct weir_error *error)
{
    const double speed = options->speed;
    if (speed != 0.0 && !(speed >= SPEED_MIN && speed <= SPEED_MAX)) {
        return weir_fail(error, WEIR_EINVAL,
                         "--replay-speed: want 0 (as fast as possible) or %g to %g, got %g",
                         SPEED_MIN, SPEED_MAX, speed);
    }
    if (options->last_us < options->first_us) {
        return weir_fail(error, WEIR_EINVAL,
                         "--replay-span: the last packet (%" PRId64
                         ") is before the first (%" PRId64 ")",
                         options->last_us, options->first_us);
    }
    int64_t shift_us = 0;
    if (speed != 0.0) {
        const int64_t span_us = options->last_us - options->first_us;
        const int64_t lasts_us = stretched(span_us, speed);
        shift_us =
            options->begin_wall_us - options->last_us + (lasts_us < span_us ? lasts_us : span_us);
    }
    *pace = (struct replay_pace){.speed = speed,
                                 .begin_wall_us = options->begin_wall_us,
                                 .first_us = options->first_us,
                                 .shift_us = shift_us};
    return WEIR_OK;
}

int64_t replay_pace_time_us(const struct replay_pace *pace, int64_t time_us)
{
    return time_us + pace->shift_us;
}

int64_t replay_pace_due_us(const struct replay_pace *pace, int64_t time_us)
{
    if (pace->speed == 0.0) {
        return INT64_MIN;
    }
    return pace->begin_wall_us + stretched(time_us - pace->first_us, pace->speed);
}

int replay_pace_parse_span(const char *text, int64_t *first_us, int64_t *last_us,
                           struct weir_error *error)
{
    char *end = NULL;
    errno = 0;
    const int64_t first = strtoll(text, &end, 10);
    if (end != text && *end == ':' && errno == 0) {
        const char *second = end + 1;
        const int64_t last = strtoll(second, &end, 10);
        if (end != second && *end == '\0' && errno == 0 && first >= 0 && last >= first) {
            *first_us = first;
            *last_us = last;
            return WEIR_OK;
        }
    }
    return weir_fail(error, WEIR_EFORMAT,
                     "--replay-span: want FIRST_US:LAST_US in microseconds since 1970, got \"%s\"",
                     text);
}
