/* SPDX-License-Identifier: Apache-2.0
 *
 * capture: packets from capture files or from live interfaces, one at a time, in time order.
 *
 * Files are merged by packet time and keep their own order; each has its packet clock. Interfaces
 * are merged by packet time as well and share one packet clock: a packet waits for those of quiet
 * interfaces until none of them can be older, which takes 40 ms at most.
 *
 * Units:   packet time is microseconds since 1970; nanosecond stamps lose their last three digits.
 * Owns:    the open files and sockets. A frame's bytes are good until the next capture_next() or
 *          capture_close().
 * Errors:  what cannot be opened is refused at once with a sentence. A file that turns out damaged
 *          is read up to the damage, reported once as CAPTURE_DAMAGED, and the others go on.
 * Threads: one owner.
 * Source:  architecture 6 (packet clock), 7 (loss ledger).
 */
#ifndef WEIR_SENSOR_CAPTURE_CAPTURE_H
#define WEIR_SENSOR_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "sensor/capture/captured_frame.h"
#include "sensor/capture/interface_statistics.h"
#include "sensor/capture/packet_clock.h"

#define CAPTURE_SOURCES_MAX 1024
#define CAPTURE_HELD_MS     10

struct capture;

struct capture_options {
    const char *filter;    /* pcap-filter(7) expression; NULL or "" = every packet */
    int snaplen;           /* live: bytes kept of a packet, 64 .. 262144 */
    int buffer_bytes;      /* live: kernel buffer per interface */
    bool promiscuous;      /* live */
    bool is_merged;        /* live: set by capture_open_interfaces */
    bool counts_interface; /* live: read the card's own counters; one lane does */
    uint32_t *groups; /* live: NULL for a capture of its own; else one number an interface, 0 at
                         first, shared by the captures that share the interfaces' packets */
};

extern const struct capture_options capture_defaults; /* no filter, 262144, 16 MiB, true */

enum capture_result {
    CAPTURE_PACKET,  /* *out is the next one */
    CAPTURE_EMPTY,   /* live: nothing waits now; poll capture_fds() */
    CAPTURE_END,     /* files: all are read. live: no interface is left */
    CAPTURE_DAMAGED, /* a source ended early, *error says which and where; call again */
};

/* Of one source since it was opened; 64-bit, whatever width the platform counts in. */
struct capture_counters {
    const char *name;
    uint64_t delivered;  /* lent by capture_next */
    uint64_t filtered;   /* refused by the filter */
    bool filtered_known; /* false: live, the kernel filters and does not count */
    uint64_t received;   /* files: read. live: passed the kernel's filter, dropped ones included */
    bool received_known;
    uint64_t kernel_dropped; /* the buffer was full */
    bool kernel_dropped_known;
    uint64_t interface[INTERFACE_COUNTERS]; /* by the card or its driver */
    bool interface_known[INTERFACE_COUNTERS];
    uint64_t errors;                                            /* 1 when it ended early */
    uint64_t backward_clamped, forward_ignored, jumps_accepted; /* packet clock; live: of all */
};

/* Opens capture files (pcap or pcapng; "-" is standard input) to be read as one. WEIR_EINVAL for
 * the filter or the number of files, WEIR_ENOENT, WEIR_EPERM, WEIR_EIO, WEIR_EFORMAT when it is no
 * capture file, WEIR_ENOMEM. */
WEIR_MUST_CHECK int capture_open_files(const char *const *paths, size_t count,
                                       const struct capture_options *options, struct capture **out,
                                       struct weir_error *error);

/* Opens live interfaces; capture_begin() lets packets in. WEIR_ENOENT, WEIR_EPERM, WEIR_EINVAL,
 * WEIR_EIO, WEIR_ENOMEM. */
WEIR_MUST_CHECK int capture_open_interfaces(const char *const *names, size_t count,
                                            const struct capture_options *options,
                                            struct capture **out, struct weir_error *error);

/* Lets packets in, after the captures that share them are open. Files: does nothing. WEIR_EIO. */
WEIR_MUST_CHECK int capture_begin(struct capture *capture, struct weir_error *error);

/* Lets no more packets in; those that wait are still lent. Files: does nothing. */
void capture_halt(struct capture *capture);

/* Closes all sources. Does nothing with NULL. */
void capture_close(struct capture *capture);

/* Lends the next packet. Never waits for a live packet. error may be NULL. */
enum capture_result capture_next(struct capture *capture, struct captured_frame *out,
                                 struct weir_error *error);

/* Time up to which everything was lent. Live, after CAPTURE_EMPTY: wall time - 1 s counts as well,
 * so that flows expire on a silent link; files: packet times alone. */
int64_t capture_now_us(struct capture *capture, int64_t wall_us);

/* Writes up to max descriptors to wait on and gives their number; 0 for files, and while a packet
 * waits for those of another interface: then ask again after CAPTURE_HELD_MS. */
size_t capture_fds(const struct capture *capture, int *fds, size_t max);

struct capture_load {
    double share;     /* of the fullest ring, 0 .. 1 */
    uint64_t dropped; /* packets the kernel had no room for, since the beginning */
};

/* Live: asks the kernel how full the rings are. Files: all 0. */
void capture_measure(struct capture *capture, struct capture_load *out);

size_t capture_sources(const struct capture *capture);

/* Live: also asks the kernel; call at least once per four thousand million packets. */
void capture_count(struct capture *capture, size_t source, struct capture_counters *out);

/* Times of the first and the last packet of these files, for replay_pace. WEIR_ENOENT when they
 * hold no packet, WEIR_EINVAL for "-", else as capture_open_files. */
WEIR_MUST_CHECK int capture_span(const char *const *paths, size_t count, int64_t *first_us,
                                 int64_t *last_us, struct weir_error *error);

#endif
