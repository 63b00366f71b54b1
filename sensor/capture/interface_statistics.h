/* SPDX-License-Identifier: Apache-2.0
 *
 * interface_statistics: what a network card and its driver say they have lost, since we listen.
 *
 * Shape:   one 64-bit total per file of /sys/class/net/NAME/statistics that is there. The files are
 *          held open, so that they can be read without a file system and without rights.
 * Errors:  a counter that cannot be read is unknown, never 0.
 * Threads: one owner.
 * Source:  Linux, Documentation/ABI/testing/sysfs-class-net-statistics.
 */
#ifndef WEIR_SENSOR_CAPTURE_INTERFACE_STATISTICS_H
#define WEIR_SENSOR_CAPTURE_INTERFACE_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

/* name here, file */
#define INTERFACE_COUNTER_TABLE(X)                                                                 \
    X(INTERFACE_RX_DROPPED, "rx_dropped")                                                          \
    X(INTERFACE_RX_MISSED, "rx_missed_errors")                                                     \
    X(INTERFACE_RX_FIFO, "rx_fifo_errors")                                                         \
    X(INTERFACE_RX_ERRORS, "rx_errors")

enum interface_counter {
#define X(name, file) name,
    INTERFACE_COUNTER_TABLE(X)
#undef X
    INTERFACE_COUNTERS
};

/* A counter that may wrap at 32 bits or begin anew, continued in 64. */
struct interface_total {
    uint64_t total, last;
    bool is_known;
};

struct interface_statistics {
    int fds[INTERFACE_COUNTERS]; /* -1 = not there */
    struct interface_total counters[INTERFACE_COUNTERS];
};

/* Begins to count at what the card says now. */
void interface_statistics_open(const char *name, struct interface_statistics *out);
void interface_statistics_close(struct interface_statistics *statistics);

/* Reads them all again. */
void interface_statistics_update(struct interface_statistics *statistics);

/* Adds what a counter has grown by since `last`. One that went back has wrapped when it was in the
 * last quarter of 32 bits and is in the first, else it began anew. */
void interface_statistics_widen(struct interface_total *counter, uint64_t now);

/* The name of the file. */
const char *interface_statistics_name(enum interface_counter counter);

#endif
