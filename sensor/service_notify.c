/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/service_notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <systemd/sd-daemon.h>

void service_notify_init(struct service_notify *notify)
{
    uint64_t limit_us = 0;
    *notify = (struct service_notify){.last = weir_mono_now()};
    if (sd_watchdog_enabled(0, &limit_us) > 0) {
        notify->period_us = (int64_t)(limit_us / 4);
    }
}

void service_notify_ready(void)
{
    (void)sd_notify(0, "READY=1\nSTATUS=Capturing");
}

void service_notify_reloading(struct weir_mono now)
{
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now.ns / 1000);
}

void service_notify_stopping(void)
{
    (void)sd_notify(0, "STOPPING=1\nSTATUS=Delivering what is left");
}

void service_notify_advance(struct service_notify *notify, struct weir_mono now)
{
    if (notify->period_us > 0 && weir_mono_since_us(now, notify->last) >= notify->period_us) {
        (void)sd_notify(0, "WATCHDOG=1");
        notify->last = now;
    }
}
