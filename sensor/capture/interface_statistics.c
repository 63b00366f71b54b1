/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/interface_statistics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 128
#define TEXT_BYTES 32
#define QUARTER_32 UINT64_C(0x40000000)

static const char *const names[INTERFACE_COUNTERS] = {
#define X(name, file) file,
    INTERFACE_COUNTER_TABLE(X)
#undef X
};

static bool read_counter(int fd, uint64_t *out)
{
    char text[TEXT_BYTES];
    const ssize_t size = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
    if (size <= 0) {
        return false;
    }
    text[size] = '\0';
    char *end = NULL;
    errno = 0;
    const uint64_t value = strtoull(text, &end, 10);
    if (end == text || errno != 0) {
        return false;
    }
    *out = value;
    return true;
}

void interface_statistics_open(const char *name, struct interface_statistics *out)
{
    memset(out, 0, sizeof(*out));
    for (int i = 0; i < INTERFACE_COUNTERS; i++) {
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", name, names[i]);
        out->fds[i] = strchr(name, '/') == NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        out->counters[i].is_known = read_counter(out->fds[i], &out->counters[i].last);
    }
}

void interface_statistics_close(struct interface_statistics *statistics)
{
    for (int i = 0; i < INTERFACE_COUNTERS; i++) {
        if (statistics->fds[i] >= 0) {
            (void)close(statistics->fds[i]);
            statistics->fds[i] = -1;
        }
    }
}

void interface_statistics_update(struct interface_statistics *statistics)
{
    for (int i = 0; i < INTERFACE_COUNTERS; i++) {
        struct interface_total *counter = &statistics->counters[i];
        uint64_t now = 0;
        counter->is_known = read_counter(statistics->fds[i], &now);
        if (counter->is_known) {
            interface_statistics_widen(counter, now);
        }
    }
}

void interface_statistics_widen(struct interface_total *counter, uint64_t now)
{
    const bool has_wrapped =
        counter->last <= UINT32_MAX && counter->last >= 3 * QUARTER_32 && now < QUARTER_32;
    if (now >= counter->last) {
        counter->total += now - counter->last;
    } else if (has_wrapped) {
        counter->total += (UINT64_C(1) << 32) - counter->last + now;
    } else {
        counter->total += now;
    }
    counter->last = now;
}

const char *interface_statistics_name(enum interface_counter counter)
{
    return names[counter];
}
