/* SPDX-License-Identifier: Apache-2.0
 *
 * announce: what a sensor says of itself: who it is, how far it has come, that it has ended.
 *
 * Shape:   each fills one control message.
 * Threads: the export thread.
 * Source:  architecture 5 (heartbeat, version handshake) and 6 (watermark in band).
 */
#ifndef WEIR_SENSOR_EXPORT_ANNOUNCE_H
#define WEIR_SENSOR_EXPORT_ANNOUNCE_H

#include "proto/control.h"

#include "sensor/export/spool.h"
#include "sensor/export/uplink.h"

struct announce_stamps { /* of the collector's last heartbeat in this session; 0 = none */
    int64_t sent_us, received_us;
};

void announce_hello(struct weir_control *out, const struct spool *spool,
                    const struct spool_boot *boot, uint64_t model_version);

void announce_heartbeat(struct weir_control *out, const struct spool_boot *boot,
                        const struct uplink_pulse *pulse, struct announce_stamps peer);

void announce_end(struct weir_control *out, const struct spool_boot *boot, uint64_t last_sequence);

#endif
