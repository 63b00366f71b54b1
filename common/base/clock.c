/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/clock.h"

#include <stdio.h>
#include <time.h>

struct weir_mono weir_mono_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (struct weir_mono){.ns = (int64_t)now.tv_sec * WEIR_NS_PER_S + now.tv_nsec};
}

int64_t weir_wall_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * WEIR_US_PER_S + now.tv_nsec / 1000;
}

void weir_wall_text(int64_t wall_us, char text[28])
{
    int64_t seconds = wall_us / WEIR_US_PER_S;
    int64_t rest_us = wall_us % WEIR_US_PER_S;
    if (rest_us < 0) {
        rest_us += WEIR_US_PER_S;
        seconds -= 1;
    }
    const time_t at = (time_t)seconds;
    struct tm parts;
    char date[20];
    if (gmtime_r(&at, &parts) == NULL || parts.tm_year + 1900 < 0 || parts.tm_year + 1900 > 9999) {
        (void)snprintf(text, 28, "out of range");
        return;
    }
    (void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text, 28, "%s.%06dZ", date, (int)rest_us);
}
