/* SPDX-License-Identifier: Apache-2.0
 *
 * collector: all stages of the centre put together: gate, ingest, order, score, store.
 *
 * Owns:    every stage.
 * Errors:  what cannot start is refused with a sentence; after that an unreachable database, a dead
 *          gate or a wrong peer are states that the log tells of.
 * Threads: collector_run() is the main thread; the store worker has its own; the gate is a process.
 * Source:  architecture 2, 3 and 6.
 */
#ifndef WEIR_COLLECTOR_COLLECTOR_H
#define WEIR_COLLECTOR_COLLECTOR_H

#include "common/base/err.h"

#include "collector/collector_options.h"

struct collector;

/* Reads from the database what a restart must know; waits for the database as long as no signal
 * comes. */
WEIR_MUST_CHECK int collector_new(const struct collector_options *options, struct collector **out,
                                  struct weir_error *error);

/* Runs until SIGTERM or SIGINT; what is not yet committed stays with the sensors. */
WEIR_MUST_CHECK int collector_run(struct collector *collector, struct weir_error *error);

void collector_free(struct collector *collector);

#endif
