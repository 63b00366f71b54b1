/* SPDX-License-Identifier: Apache-2.0
 *
 * tally: the sensor's counters, written by the metering thread and read by the export thread.
 *
 * Shape:   named 64-bit counters since the start, in a fixed order; a counter that the platform
 *          cannot give is left out, never given as 0.
 * Threads: set from one thread, read from any.
 * Source:  architecture 7 (loss ledger).
 */
#ifndef WEIR_SENSOR_TALLY_H
#define WEIR_SENSOR_TALLY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

#include "proto/control.h"

#include "sensor/capture/capture.h"
#include "sensor/decode/packet.h"
#include "sensor/meter/meter.h"

struct tally {
    pthread_mutex_t lock;
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    size_t count;
};

WEIR_MUST_CHECK int tally_init(struct tally *tally);
void tally_fini(struct tally *tally);

/* Takes a new reading of everything. decoded: one counter per enum packet_result. */
void tally_update(struct tally *tally, struct capture *capture,
                  const uint64_t decoded[PACKET_RESULTS], const struct meter_counts *meter);

/* A copy, for heartbeats; gives how many. */
size_t tally_read(struct tally *tally, struct weir_counter *counters, size_t capacity);

/* The closing counts for a person, one line each. */
void tally_print(struct tally *tally, FILE *out);

#endif
