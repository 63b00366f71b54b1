/* SPDX-License-Identifier: Apache-2.0
 *
 * state_dump: how a running sensor is, for a person (SIGUSR1).
 *
 * Shape:   sections of `name value` lines: sensor, uplink, flows by state, limits (used, limit, how
 *          often it was hit, and what happens there), counters. The file is replaced whole.
 * Errors:  WEIR_EIO, WEIR_EPERM and a sentence; the capture goes on.
 * Threads: reads what it is given; nothing stops for it.
 */
#ifndef WEIR_SENSOR_STATE_DUMP_H
#define WEIR_SENSOR_STATE_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

#include "proto/control.h"

#include "sensor/limits.h"
#include "sensor/meter/meter.h"
#include "sensor/sensor_options.h"

#define STATE_DUMP_NAME "weir-sensor.state" /* in the spool's folder */

struct state_dump {
    const struct sensor_options *options;
    int64_t wall_us;
    int64_t clock_us; /* packet clock; INT64_MIN before the first packet */
    const struct meter_counts *flows;
    const char *level; /* of what is done with each packet */
    const struct weir_counter *counters;
    size_t counter_count;
    uint64_t model_version; /* 0 = none */
    bool is_connected;      /* to the collector */
};

void state_dump_write(const struct state_dump *dump, FILE *out);

/* Into the spool's folder; to standard error for a sensor without one. */
WEIR_MUST_CHECK int state_dump_save(const struct state_dump *dump, struct weir_error *error);

#endif
