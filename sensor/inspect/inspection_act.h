/* SPDX-License-Identifier: Apache-2.0
 *
 * inspection_act: what is kept of a flow's inspection, and one call's view of it.
 */
#ifndef WEIR_SENSOR_INSPECT_INSPECTION_ACT_H
#define WEIR_SENSOR_INSPECT_INSPECTION_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/inspect/inspection_flow.h"
#include "sensor/inspect/inspector.h"
#include "sensor/inspect/stream.h"

/* Blocks are numbers of the inspector's pools, 0 = none. */
struct inspection {
    struct stream stream[2];
    uint32_t head, content, reader, details;
    uint32_t portmap; /* a block of readers too */
    uint8_t app;      /* enum weir_app */
    uint8_t class;    /* enum policy_class; says what the columns follow, read or not */
    bool settled;     /* the application is known for good */
    bool reading;     /* content and reader were chosen; the head was shown to them */
    bool truncated;
    bool unread;      /* its content was not read: columns 10 to 22 say nothing */
    bool rests;       /* the reader was given back until more comes */
    bool stopped[2];  /* its end was noted */
    uint16_t emptied; /* blocks of the details that were, 1 << enum weir_detail_block_index */
};

/* One call's view. */
struct act {
    struct inspector *inspector;
    struct inspection *inspection;
    const struct inspection_flow *flow;
};

#endif
