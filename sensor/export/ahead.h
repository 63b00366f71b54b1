/* SPDX-License-Identifier: Apache-2.0
 *
 * ahead: flagged records on their way to the collector before the batches that hold them.
 *
 * What goes ahead is a copy: it is in no spool, is never acknowledged and counts as nothing. A
 * collector that is away, or does not know such frames, gets the records with their batches alone.
 *
 * Shape:   junction -> one PRIORITY frame -> uplink, at every turn of the export thread.
 * Owns:    its frame's memory.
 * Errors:  none: what cannot go is counted in the junction.
 * Threads: the export thread.
 * Source:  architecture 5.
 */
#ifndef WEIR_SENSOR_EXPORT_AHEAD_H
#define WEIR_SENSOR_EXPORT_AHEAD_H

#include <stdint.h>

#include "common/base/buffer.h"

#include "proto/flow_batch_codec.h"

#include "sensor/export/junction.h"
#include "sensor/export/uplink.h"

#define AHEAD_RECORDS_MAX 32 /* of one frame: with all they can hold within its largest size */

struct ahead {
    struct junction *junction; /* borrowed, as the next two */
    struct uplink *uplink;
    struct weir_flow_batch_encoder *encoder;
    const char *stream;
    uint16_t community_id_seed;
    struct weir_buffer frame; /* {0} at first */
};

void ahead_fini(struct ahead *ahead);

/* Sends what the junction has. */
void ahead_send(struct ahead *ahead);

#endif
