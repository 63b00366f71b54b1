/* SPDX-License-Identifier: Apache-2.0
 *
 * sensor: one observation point: capture, decode, meter, score, and where the records go.
 *
 * Owns:    every stage.
 * Errors:  what cannot be opened is refused before the first packet, with a sentence. After that
 *          packets and records are counted, not reported.
 * Threads: sensor_run() is the metering thread; exporting has its own.
 * Source:  architecture 2, 3 and 6.
 */
#ifndef WEIR_SENSOR_SENSOR_H
#define WEIR_SENSOR_SENSOR_H

#include "common/base/err.h"

#include "sensor/sensor_options.h"

struct sensor;

WEIR_MUST_CHECK int sensor_new(const struct sensor_options *options, struct sensor **out,
                               struct weir_error *error);

/* Meters until the input ends or a signal comes, then delivers what is left and prints the closing
 * counts to standard error. WEIR_EFORMAT: a file was damaged, the rest was read. WEIR_EAGAIN: not
 * everything was delivered; the spool keeps it. */
WEIR_MUST_CHECK int sensor_run(struct sensor *sensor, struct weir_error *error);

void sensor_free(struct sensor *sensor);

#endif
