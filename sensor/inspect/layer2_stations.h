/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_stations: which stations a network has: M-NEW and M-FLOOD; and how long a network has been
 * watched, which the rules that learn ask.
 *
 * Shape:   a fixed number of stations and VLANs; the one silent longest gives way, and is new again
 *          when it comes back.
 * Units:   packet time.
 * Owns:    its memory; events are lent by the caller.
 * Threads: one owner.
 * Source:  specification 5.3.
 */
#ifndef WEIR_SENSOR_INSPECT_LAYER2_STATIONS_H
#define WEIR_SENSOR_INSPECT_LAYER2_STATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

#include "sensor/inspect/layer2_events.h"
#include "sensor/inspect/layer2_frame.h"
#include "sensor/inspect/layer2_options.h"

struct layer2_stations;

/* WEIR_EINVAL for a limit of 0, WEIR_ENOMEM. */
WEIR_MUST_CHECK int layer2_stations_new(const struct layer2_options *options,
                                        struct layer2_events *events, struct layer2_stations **out);
void layer2_stations_free(struct layer2_stations *stations);

/* A frame was sent by frame->source; its bytes are not looked at. */
void layer2_stations_add(struct layer2_stations *stations, const struct layer2_frame *frame);

/* Whether the VLAN of this frame has been watched for less than span_us. */
bool layer2_stations_is_young(struct layer2_stations *stations, const struct layer2_frame *frame,
                              int64_t span_us);

uint64_t layer2_stations_forgotten(const struct layer2_stations *stations);

#endif
