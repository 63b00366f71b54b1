/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/capture.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/clock.h"

#include "sensor/capture/capture_file.h"
#include "sensor/capture/capture_live.h"

#define FILE_BUFFER_BYTES     ((size_t)64 * 1024)
#define FILE_BUFFERS_BYTES    ((size_t)16 * 1024 * 1024) /* of all files together */
#define FILE_BUFFER_BYTES_MIN ((size_t)16 * 1024)
#define IDLE_BEHIND_US        WEIR_US_PER_S /* how far the idle clock trails wall time */

/* A packet that came over an interface is to be read there so much later at most: the kernel hands
 * its block over after 10 ms, and a timer may be late. */
#define HANDED_OVER_US (40 * WEIR_US_PER_MS)

const struct capture_options capture_defaults = {
    .filter = NULL,
    .snaplen = 262144,
    .buffer_bytes = 16 * 1024 * 1024,
    .promiscuous = true,
    .counts_interface = true,
};

/* A file or an interface, and its next packet when `waiting`. */
struct source {
    struct capture_file *file; /* one of the two is not NULL */
    struct capture_live *live;
    struct captured_frame frame;
    bool waiting;
    bool ended;
    int64_t quiet_us; /* live: all that was stamped up to here has been read */
    uint64_t delivered;
};

struct capture {
    struct source *sources;
    size_t count;
    size_t *heap; /* files: indices of those with a packet waiting, earliest first */
    size_t heap_count;
    size_t filled; /* files: how many have been asked for their first packet */
    size_t lent;   /* source whose packet the caller holds; count = none */
    bool is_live;
    bool empty;                /* live: the last capture_next found nothing */
    bool held;                 /* live: it found a packet that must wait for another interface */
    struct packet_clock clock; /* live: of all; files: now_us of the last packet lent */
};

/* Ties go to the file named first, so that the order does not depend on the heap. */
static bool is_before(const struct capture *capture, size_t a, size_t b)
{
    const int64_t time_a = capture->sources[a].frame.time_us;
    const int64_t time_b = capture->sources[b].frame.time_us;
    return time_a != time_b ? time_a < time_b : a < b;
}

static void sift_down(struct capture *capture, size_t at)
{
    size_t *heap = capture->heap;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < capture->heap_count && is_before(capture, heap[child], heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        const size_t moved = heap[at];
        heap[at] = heap[least];
        heap[least] = moved;
        at = least;
    }
}

static void sift_up(struct capture *capture, size_t at)
{
    size_t *heap = capture->heap;
    while (at > 0 && is_before(capture, heap[at], heap[(at - 1) / 2])) {
        const size_t moved = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = moved;
        at = (at - 1) / 2;
    }
}

/* Puts the next packet of each file that has none waiting in its place in the heap: at first all
 * files, then the one whose packet was lent (it is the heap's head). */
static enum capture_result refill(struct capture *capture, struct weir_error *error)
{
    while (capture->filled < capture->count) {
        struct source *source = &capture->sources[capture->filled];
        const enum capture_result got = capture_file_advance(source->file, &source->frame, error);
        if (got == CAPTURE_PACKET) {
            capture->heap[capture->heap_count] = capture->filled;
            capture->heap_count++;
            sift_up(capture, capture->heap_count - 1);
        }
        capture->filled++;
        if (got == CAPTURE_DAMAGED) {
            return got;
        }
    }
    if (capture->lent == capture->count) {
        return CAPTURE_PACKET;
    }
    struct source *source = &capture->sources[capture->lent];
    const enum capture_result got = capture_file_advance(source->file, &source->frame, error);
    capture->lent = capture->count;
    if (got != CAPTURE_PACKET) {
        capture->heap_count--;
        capture->heap[0] = capture->heap[capture->heap_count];
    }
    sift_down(capture, 0);
    return got;
}

/* One file needs no merge, and this is what the metering budget is measured on. */
static enum capture_result next_of_one_file(struct capture *capture, struct captured_frame *out,
                                            struct weir_error *error)
{
    struct source *source = &capture->sources[0];
    out->source = 0;
    const enum capture_result got = capture_file_advance(source->file, out, error);
    if (got == CAPTURE_PACKET) {
        source->delivered++;
        capture->clock.now_us = out->time_us;
    }
    return got;
}

static enum capture_result next_of_files(struct capture *capture, struct captured_frame *out,
                                         struct weir_error *error)
{
    if (capture->count == 1) {
        return next_of_one_file(capture, out, error);
    }
    if (refill(capture, error) == CAPTURE_DAMAGED) {
        return CAPTURE_DAMAGED;
    }
    if (capture->heap_count == 0) {
        return CAPTURE_END;
    }
    capture->lent = capture->heap[0];
    struct source *source = &capture->sources[capture->lent];
    source->delivered++;
    capture->clock.now_us = source->frame.time_us;
    *out = source->frame;
    return CAPTURE_PACKET;
}

/* Asks an interface for its next packet. CAPTURE_DAMAGED when it was lost just now. */
static enum capture_result ask(struct source *source, struct weir_error *error)
{
    const enum capture_result got = capture_live_advance(source->live, &source->frame, error);
    source->waiting = got == CAPTURE_PACKET;
    source->ended = got == CAPTURE_DAMAGED || got == CAPTURE_END;
    return got;
}

static struct source *earliest_waiting(const struct capture *capture)
{
    struct source *earliest = NULL;
    for (size_t i = 0; i < capture->count; i++) {
        struct source *source = &capture->sources[i];
        if (source->waiting &&
            (earliest == NULL || source->frame.time_us < earliest->frame.time_us)) {
            earliest = source;
        }
    }
    return earliest;
}

/* Reads the interfaces that have nothing waiting, as far as that matters for a packet of `time_us`:
 * one that is found empty has nothing to give that was stamped HANDED_OVER_US before. */
static enum capture_result ask_quiet(struct capture *capture, int64_t time_us,
                                     struct weir_error *error)
{
    int64_t wall_us = INT64_MIN;
    for (size_t i = 0; i < capture->count; i++) {
        struct source *source = &capture->sources[i];
        if (source->waiting || source->ended || source->quiet_us >= time_us) {
            continue;
        }
        wall_us = wall_us == INT64_MIN ? weir_wall_now_us() : wall_us;
        const enum capture_result got = ask(source, error);
        if (got == CAPTURE_DAMAGED) {
            return got;
        }
        if (got == CAPTURE_EMPTY) {
            /* A stamp ahead of the clock says that the clock was set back: it waits for nobody. */
            source->quiet_us =
                time_us != INT64_MAX && time_us > wall_us ? time_us : wall_us - HANDED_OVER_US;
        }
    }
    return CAPTURE_PACKET;
}

static bool must_wait(const struct capture *capture, int64_t time_us)
{
    for (size_t i = 0; i < capture->count; i++) {
        const struct source *source = &capture->sources[i];
        if (!source->waiting && !source->ended && source->quiet_us < time_us) {
            return true;
        }
    }
    return false;
}

static enum capture_result nothing_waits(struct capture *capture)
{
    size_t ended = 0;
    for (size_t i = 0; i < capture->count; i++) {
        ended += capture->sources[i].ended ? 1U : 0U;
    }
    capture->empty = true;
    return ended == capture->count ? CAPTURE_END : CAPTURE_EMPTY;
}

static enum capture_result lend(struct capture *capture, struct source *source,
                                struct captured_frame *out)
{
    source->waiting = false;
    source->delivered++;
    *out = source->frame;
    out->time_us = packet_clock_add(&capture->clock, source->frame.time_us);
    out->is_moved = out->time_us != source->frame.time_us;
    return CAPTURE_PACKET;
}

/* One interface waits for nobody, and looks at no clock. */
static enum capture_result
next_of_one_interface(struct capture *capture, struct captured_frame *out, struct weir_error *error)
{
    struct source *source = &capture->sources[0];
    const enum capture_result got = source->ended ? CAPTURE_END : ask(source, error);
    capture->empty = got != CAPTURE_PACKET;
    return got == CAPTURE_PACKET ? lend(capture, source, out) : got;
}

/* The earliest of the packets that wait, once no other interface can have an earlier one. */
static enum capture_result next_of_interfaces(struct capture *capture, struct captured_frame *out,
                                              struct weir_error *error)
{
    if (capture->count == 1) {
        return next_of_one_interface(capture, out, error);
    }
    capture->empty = false;
    capture->held = false;
    struct source *earliest = earliest_waiting(capture);
    if (ask_quiet(capture, earliest == NULL ? INT64_MAX : earliest->frame.time_us, error) ==
        CAPTURE_DAMAGED) {
        return CAPTURE_DAMAGED;
    }
    earliest = earliest_waiting(capture);
    if (earliest == NULL) {
        return nothing_waits(capture);
    }
    if (must_wait(capture, earliest->frame.time_us)) {
        capture->held = true;
        return CAPTURE_EMPTY;
    }
    return lend(capture, earliest, out);
}

enum capture_result capture_next(struct capture *capture, struct captured_frame *out,
                                 struct weir_error *error)
{
    return capture->is_live ? next_of_interfaces(capture, out, error)
                            : next_of_files(capture, out, error);
}

int64_t capture_now_us(struct capture *capture, int64_t wall_us)
{
    if (capture->is_live && capture->empty) {
        packet_clock_advance(&capture->clock, wall_us - IDLE_BEHIND_US);
    }
    return capture->clock.now_us;
}

size_t capture_fds(const struct capture *capture, int *fds, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; capture->is_live && !capture->held && i < capture->count && count < max;
         i++) {
        const int fd = capture_live_fd(capture->sources[i].live);
        if (fd >= 0) {
            fds[count] = fd;
            count++;
        }
    }
    return count;
}

void capture_measure(struct capture *capture, struct capture_load *out)
{
    *out = (struct capture_load){.share = 0.0};
    for (size_t i = 0; capture->is_live && i < capture->count; i++) {
        struct capture_load one;
        capture_live_measure(capture->sources[i].live, &one);
        out->share = one.share > out->share ? one.share : out->share;
        out->dropped += one.dropped;
    }
}

int capture_begin(struct capture *capture, struct weir_error *error)
{
    int code = WEIR_OK;
    for (size_t i = 0; capture->is_live && i < capture->count && code == WEIR_OK; i++) {
        code = capture_live_begin(capture->sources[i].live, error);
    }
    return code;
}

void capture_halt(struct capture *capture)
{
    for (size_t i = 0; capture->is_live && i < capture->count; i++) {
        capture_live_halt(capture->sources[i].live);
    }
}

size_t capture_sources(const struct capture *capture)
{
    return capture->count;
}

void capture_count(struct capture *capture, size_t source, struct capture_counters *out)
{
    weir_check(source < capture->count);
    struct source *at = &capture->sources[source];
    if (at->live != NULL) {
        capture_live_count(at->live, out);
        out->backward_clamped = capture->clock.backward_clamped;
        out->forward_ignored = capture->clock.forward_ignored;
        out->jumps_accepted = capture->clock.jumps_accepted;
    } else {
        capture_file_count(at->file, out);
    }
    out->delivered = at->delivered;
}

static int new_capture(size_t count, bool is_live, struct capture **out, struct weir_error *error)
{
    if (count == 0 || count > CAPTURE_SOURCES_MAX) {
        return weir_fail(error, WEIR_EINVAL, "want 1 to %d files or interfaces, got %zu",
                         CAPTURE_SOURCES_MAX, count);
    }
    struct capture *capture = calloc(1, sizeof(*capture));
    if (capture == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "capture: out of memory");
    }
    capture->sources = calloc(count, sizeof(*capture->sources));
    capture->heap = calloc(count, sizeof(*capture->heap));
    capture->count = count;
    capture->lent = count;
    capture->is_live = is_live;
    if (capture->sources == NULL || capture->heap == NULL) {
        capture_close(capture);
        return weir_fail(error, WEIR_ENOMEM, "capture: out of memory");
    }
    *out = capture;
    return WEIR_OK;
}

int capture_open_files(const char *const *paths, size_t count,
                       const struct capture_options *options, struct capture **out,
                       struct weir_error *error)
{
    struct capture *capture = NULL;
    int code = new_capture(count, false, &capture, error);
    if (code != WEIR_OK) {
        return code;
    }
    size_t buffer_bytes = FILE_BUFFERS_BYTES / count;
    buffer_bytes = buffer_bytes > FILE_BUFFER_BYTES ? FILE_BUFFER_BYTES : buffer_bytes;
    buffer_bytes = buffer_bytes < FILE_BUFFER_BYTES_MIN ? FILE_BUFFER_BYTES_MIN : buffer_bytes;
    for (size_t i = 0; i < count && code == WEIR_OK; i++) {
        struct source *source = &capture->sources[i];
        code = capture_file_open(paths[i], options->filter, buffer_bytes, &source->file, error);
        source->frame.source = (uint32_t)i;
    }
    if (code != WEIR_OK) {
        capture_close(capture);
        return code;
    }
    *out = capture;
    return WEIR_OK;
}

int capture_open_interfaces(const char *const *names, size_t count,
                            const struct capture_options *options, struct capture **out,
                            struct weir_error *error)
{
    struct capture *capture = NULL;
    int code = new_capture(count, true, &capture, error);
    if (code != WEIR_OK) {
        return code;
    }
    struct capture_options one = *options;
    one.is_merged = count > 1;
    for (size_t i = 0; i < count && code == WEIR_OK; i++) {
        struct source *source = &capture->sources[i];
        uint32_t *group = options->groups == NULL ? NULL : &options->groups[i];
        code = capture_live_open(names[i], &one, group, &source->live, error);
        source->frame.source = (uint32_t)i;
        source->quiet_us = INT64_MIN;
    }
    if (code != WEIR_OK) {
        capture_close(capture);
        return code;
    }
    *out = capture;
    return WEIR_OK;
}

void capture_close(struct capture *capture)
{
    if (capture == NULL) {
        return;
    }
    for (size_t i = 0; capture->sources != NULL && i < capture->count; i++) {
        capture_file_close(capture->sources[i].file);
        capture_live_close(capture->sources[i].live);
    }
    free(capture->sources);
    free(capture->heap);
    free(capture);
}

int capture_span(const char *const *paths, size_t count, int64_t *first_us, int64_t *last_us,
                 struct weir_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(paths[i], "-") == 0) {
            return weir_fail(error, WEIR_EINVAL,
                             "standard input cannot be read twice: give --replay-span");
        }
    }
    struct capture *capture = NULL;
    const int code = capture_open_files(paths, count, &capture_defaults, &capture, error);
    if (code != WEIR_OK) {
        return code;
    }
    struct captured_frame frame;
    enum capture_result got = CAPTURE_PACKET;
    bool any = false;
    int64_t first = 0;
    while ((got = capture_next(capture, &frame, NULL)) != CAPTURE_END) {
        if (got == CAPTURE_PACKET && !any) {
            any = true;
            first = frame.time_us;
        }
    }
    const int64_t last = capture->clock.now_us;
    capture_close(capture);
    if (!any) {
        return weir_fail(error, WEIR_ENOENT, "%s: no packet in it to replay", paths[0]);
    }
    *first_us = first;
    *last_us = last;
    return WEIR_OK;
}
