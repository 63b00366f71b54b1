/* SPDX-License-Identifier: Apache-2.0
 *
 * progress: how far long work has come, for the person who waits.
 *
 * On a terminal a bar appears once the work has lasted two seconds and is gone when it ends. Off a
 * terminal a plain line is written every ten seconds. Work under two seconds writes nothing.
 *
 * Owns:    nothing; `what` and `out` are borrowed until weir_progress_fini().
 * Threads: one object, one thread. Time is an argument.
 */
#ifndef WEIR_COMMON_BASE_PROGRESS_H
#define WEIR_COMMON_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/clock.h"

struct weir_progress {
    FILE *out;        /* stderr in programs; NULL = never write */
    const char *what; /* "reading a.pcap" */
    uint64_t total;   /* units of work; 0 = not known */
    bool terminal;    /* a bar instead of lines */
    bool drawn;       /* a bar stands on the current line */
    struct weir_mono began, shown;
};

/* Begins; nothing is written yet. `terminal` is found from out. */
void weir_progress_init(struct weir_progress *progress, FILE *out, const char *what, uint64_t total,
                        struct weir_mono now);

/* `done` of total units are behind us. Cheap: writes at most ten times a second. */
void weir_progress_update(struct weir_progress *progress, uint64_t done, struct weir_mono now);

/* Takes the bar away. */
void weir_progress_fini(struct weir_progress *progress);

#endif
