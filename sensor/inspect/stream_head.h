/* SPDX-License-Identifier: Apache-2.0
 *
 * stream_head: the first bytes of both directions, in the order in which they came.
 *
 * Shape:   at most APP_HEAD_MAX bytes of a direction, in at most HEAD_RUNS_MAX runs.
 */
#ifndef WEIR_SENSOR_INSPECT_STREAM_HEAD_H
#define WEIR_SENSOR_INSPECT_STREAM_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/inspect/app.h"
#include "sensor/inspect/inspection_flow.h"

#define HEAD_RUNS_MAX 32

struct head_run {
    int64_t time_us;
    uint16_t size;
    bool from_orig;
};

struct stream_head {
    uint16_t size[2];     /* 0 originator, 1 responder */
    uint16_t datagram[2]; /* UDP: length of the datagram kept, 0 = none was */
    uint8_t runs;
    struct head_run run[HEAD_RUNS_MAX];
    uint8_t bytes[2][APP_HEAD_MAX];
};

/* Makes it empty. */
void stream_head_init(struct stream_head *head);

/* Keeps what of the segment has room, of a datagram only the first of its direction; gives how many
 * bytes that were. */
size_t stream_head_add(struct stream_head *head, const struct inspection_flow *flow,
                       const struct inspection_segment *segment);

/* What app_judge() wants to know; head NULL: nothing was kept. */
struct app_heads stream_head_view(const struct stream_head *head,
                                  const struct inspection_flow *flow);

#endif
