/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/time_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"

#define SECONDS_MAX 4102444800.0 /* 2100-01-01 */

static bool parse_seconds(const char *text, int64_t *wall_us)
{
    char *end = NULL;
    if (strspn(text, "0123456789.") != strlen(text)) {
        return false;
    }
    const double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || seconds > SECONDS_MAX) {
        return false;
    }
    *wall_us = llround(seconds * 1e6);
    return true;
}

/* ".25", "Z" and nothing are what may follow the seconds. */
static bool parse_tail(const char *tail, int64_t *fraction_us)
{
    *fraction_us = 0;
    if (*tail == '.') {
        int64_t unit = WEIR_US_PER_S / 10;
        for (tail++; *tail >= '0' && *tail <= '9'; tail++) {
            *fraction_us += (*tail - '0') * unit;
            unit /= 10;
        }
    }
    return strcmp(tail, "") == 0 || strcmp(tail, "Z") == 0;
}

static bool parse_calendar(const char *text, int64_t *wall_us)
{
    int read = 0;
    int64_t fraction_us = 0;
    struct tm tm = {0};
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &read) != 3) {
        return false;
    }
    const char *rest = text + read;
    if (*rest == 'T' || *rest == ' ') {
        if (sscanf(rest + 1, "%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &read) != 3) {
            return false;
        }
        rest += 1 + read;
    }
    if (!parse_tail(rest, &fraction_us) || tm.tm_year < 1970 || tm.tm_year > 2099 ||
        tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
        tm.tm_min > 59 || tm.tm_sec > 60) {
        return false;
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *wall_us = (int64_t)timegm(&tm) * WEIR_US_PER_S + fraction_us;
    return true;
}

int time_text_parse(const char *text, const char *what, int64_t *wall_us, struct weir_error *error)
{
    if (parse_seconds(text, wall_us) || parse_calendar(text, wall_us)) {
        return 0;
    }
    return weir_fail(error, WEIR_EFORMAT,
                     "%s: want a time like 2026-01-05T10:11:12Z or seconds since 1970, got `%.60s`",
                     what, text);
}
