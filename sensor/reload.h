/* SPDX-License-Identifier: Apache-2.0
 *
 * reload: the settings read again while the sensor runs (SIGHUP).
 *
 * Defaults, file and command line are read as at the start. What can change at run time (a flag of
 * each row of sensor_options_table) is taken; of every other setting that differs a log line says
 * that it waits for a restart. A file that is wrong changes nothing.
 *
 * Owns:    the latest settings.
 * Threads: one owner.
 */
#ifndef WEIR_SENSOR_RELOAD_H
#define WEIR_SENSOR_RELOAD_H

#include <stdbool.h>

#include "common/base/err.h"

#include "sensor/sensor_options.h"

struct reload {
    const struct sensor_options *started; /* borrowed: what the sensor was started with */
    struct sensor_options latest;         /* read at the latest good reload */
    bool has_latest;
};

void reload_init(struct reload *reload, const struct sensor_options *started);
void reload_fini(struct reload *reload);

/* Reads again and says in the log what changed and what could not. WEIR_OK: reload_now() has it. */
WEIR_MUST_CHECK int reload_read(struct reload *reload);

/* The settings in force; only those that reload differ from the first. Good until the next read. */
const struct sensor_options *reload_now(const struct reload *reload);

#endif
