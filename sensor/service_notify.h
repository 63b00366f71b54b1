/* SPDX-License-Identifier: Apache-2.0
 *
 * service_notify: tells systemd how the sensor is: ready, alive, reloading, stopping.
 *
 * Does nothing when no one asked to be told (no NOTIFY_SOCKET).
 *
 * Threads: the metering thread alone: a watchdog fed by any other would hide that it stands still.
 * Source:  sd_notify(3), sd_watchdog_enabled(3).
 */
#ifndef WEIR_SENSOR_SERVICE_NOTIFY_H
#define WEIR_SENSOR_SERVICE_NOTIFY_H

#include <stdint.h>

#include "common/base/clock.h"

struct service_notify {
    int64_t period_us; /* of the signs of life that are asked for; 0 = none */
    struct weir_mono last;
};

void service_notify_init(struct service_notify *notify);

/* Ready; also after reloading. */
void service_notify_ready(void);
void service_notify_reloading(struct weir_mono now);
void service_notify_stopping(void);

/* A sign of life, sent only as often as is asked for. */
void service_notify_advance(struct service_notify *notify, struct weir_mono now);

#endif
