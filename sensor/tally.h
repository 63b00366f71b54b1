/* SPDX-License-Identifier: Apache-2.0
 *
 * tally: the sensor's counters, added up over its lanes, from card to record.
 *
 * Shape:   named 64-bit counters since the start, in a fixed order; a counter that the platform
 *          cannot give is left out, never given as 0. README.md says what each one means.
 * Threads: each lane sets its own reading, any thread reads.
 * Source:  architecture 7 (loss ledger); specification 6.2 (SensorStats).
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
#include "sensor/inspect/layer2_watch.h"
#include "sensor/meter/meter.h"
#include "sensor/overload.h"

/* What a lane's capture counted, of all its sources; known only when every source knows it. */
struct tally_capture {
    uint64_t received, filtered, kernel_dropped, waiting, errors;
    uint64_t interface[INTERFACE_COUNTERS];
    bool received_known, filtered_known, kernel_known;
    bool interface_known[INTERFACE_COUNTERS];
};

struct tally_reading { /* of one lane */
    struct tally_capture capture;
    uint64_t decoded[PACKET_RESULTS];
    uint64_t bad_checksum, offloaded, time_moved; /* of decoded[PACKET_OK] */
    struct meter_counts meter;
    struct layer2_counters layer2; /* of the one watch that all lanes share */
    struct overload overload;
    int64_t newest_us; /* packet clock; INT64_MIN before the first packet */
};

struct tally {
    pthread_mutex_t lock;
    int memory_fd; /* /proc/self/statm, opened before rights are dropped; -1 = not there */
    size_t lanes;
    struct tally_reading *readings;
};

/* lanes: at least 1. WEIR_ENOMEM. */
WEIR_MUST_CHECK int tally_init(struct tally *tally, size_t lanes);
void tally_fini(struct tally *tally);

/* Adds up what a lane's sources have counted. */
void tally_take_capture(struct capture *capture, struct tally_capture *out);

/* A lane's new reading. */
void tally_update(struct tally *tally, size_t lane, const struct tally_reading *reading);

/* The lanes' readings as one. */
struct tally_reading tally_sum(struct tally *tally);

/* All of it by name, for heartbeats; gives how many. */
size_t tally_read(struct tally *tally, struct weir_counter *counters, size_t capacity);

/* The closing counts for a person, one line each. */
void tally_print(struct tally *tally, FILE *out);

#endif
