/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"

#define LINE_MAX_BYTES   1024
#define EVENTS_MAX       128 /* names known to the rate limit; later names share the last row */
#define EVENT_NAME_BYTES 48
#define LINES_PER_SECOND 20U

/* What the rate limit knows of one event name in its current second. */
struct event_rate {
    char name[EVENT_NAME_BYTES];
    int64_t second;
    uint32_t passed;
    uint32_t suppressed;
};

/* The log sink: the one object of a process that is global on purpose, because a line must be
 * writable from anywhere. `lock` guards rates and rate_count, and keeps lines whole. */
static struct {
    _Atomic(int) level;
    pthread_mutex_t lock;
    struct event_rate rates[EVENTS_MAX];
    size_t rate_count;
} sink = {.level = WEIR_LOG_INFO, .lock = PTHREAD_MUTEX_INITIALIZER};

void weir_log_set_level(enum weir_log_level level)
{
    atomic_store(&sink.level, (int)level);
}

static const char *level_text(enum weir_log_level level)
{
    switch (level) {
    case WEIR_LOG_ERROR:
        return "error";
    case WEIR_LOG_WARN:
        return "warn";
    case WEIR_LOG_INFO:
        return "info";
    case WEIR_LOG_DEBUG:
        return "debug";
    }
    return "?";
}

/* The line goes out in one write, so lines of several processes on one pipe do not mix either. */
static void write_line(int64_t now_us, const char *level, const char *event, const char *rest)
{
    char time[28];
    char line[LINE_MAX_BYTES];
    weir_wall_text(now_us, time);
    time[23] = '\0'; /* milliseconds are enough */
    const int wanted = snprintf(line, sizeof(line) - 1, "%sZ %s %s%s%s", time, level, event,
                                rest[0] != '\0' ? " " : "", rest);
    if (wanted < 0) {
        return;
    }
    size_t size = (size_t)wanted < sizeof(line) - 1 ? (size_t)wanted : sizeof(line) - 2;
    for (size_t i = 0; i < size; i++) {
        /* What a peer sends must not be able to forge a line or drive a terminal. */
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?';
        }
    }
    line[size++] = '\n';
    const ssize_t written = write(STDERR_FILENO, line, size);
    (void)written;
}

static void say_suppressed(int64_t now_us, struct event_rate *rate)
{
    char rest[32];
    (void)snprintf(rest, sizeof(rest), "suppressed=%u", rate->suppressed);
    rate->suppressed = 0;
    write_line(now_us, "warn", rate->name, rest);
}

static struct event_rate *rate_of(const char *event)
{
    for (size_t i = 0; i < sink.rate_count; i++) {
        if (strncmp(sink.rates[i].name, event, EVENT_NAME_BYTES - 1) == 0) {
            return &sink.rates[i];
        }
    }
    if (sink.rate_count == EVENTS_MAX) {
        return &sink.rates[EVENTS_MAX - 1];
    }
    struct event_rate *rate = &sink.rates[sink.rate_count++];
    (void)snprintf(rate->name, sizeof(rate->name), "%s", event);
    return rate;
}

static bool may_pass(int64_t now_us, const char *event)
{
    const int64_t second = now_us / WEIR_US_PER_S;
    for (size_t i = 0; i < sink.rate_count; i++) {
        if (sink.rates[i].suppressed > 0 && sink.rates[i].second != second) {
            say_suppressed(now_us, &sink.rates[i]);
        }
    }
    struct event_rate *rate = rate_of(event);
    if (rate->second != second) {
        rate->second = second;
        rate->passed = 0;
    }
    if (rate->passed < LINES_PER_SECOND) {
        rate->passed++;
        return true;
    }
    rate->suppressed++;
    return false;
}

void weir_log(enum weir_log_level level, const char *event, const char *format, ...)
{
    if ((int)level > atomic_load(&sink.level)) {
        return;
    }
    char rest[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    const int wanted = vsnprintf(rest, sizeof(rest), format, args);
    va_end(args);
    if (wanted < 0) {
        rest[0] = '\0';
    }
    const int64_t now_us = weir_wall_now_us();
    (void)pthread_mutex_lock(&sink.lock);
    if (may_pass(now_us, event)) {
        write_line(now_us, level_text(level), event, rest);
    }
    (void)pthread_mutex_unlock(&sink.lock);
}

void weir_log_flush(void)
{
    (void)pthread_mutex_lock(&sink.lock);
    const int64_t now_us = weir_wall_now_us();
    for (size_t i = 0; i < sink.rate_count; i++) {
        if (sink.rates[i].suppressed > 0) {
            say_suppressed(now_us, &sink.rates[i]);
        }
    }
    (void)pthread_mutex_unlock(&sink.lock);
}

const char *weir_log_value(const char *text, char quoted[WEIR_LOG_VALUE_BYTES])
{
    const bool plain = text[0] != '\0' && strpbrk(text, " \t\"=\\") == NULL;
    size_t size = 0;
    if (!plain) {
        quoted[size++] = '"';
    }
    for (const char *at = text; *at != '\0' && size < WEIR_LOG_VALUE_BYTES - 4; at++) {
        if (*at == '"' || *at == '\\') {
            quoted[size++] = '\\';
        }
        quoted[size++] = *at;
    }
    if (!plain) {
        quoted[size++] = '"';
    }
    quoted[size] = '\0';
    return quoted;
}
