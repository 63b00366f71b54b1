/* SPDX-License-Identifier: Apache-2.0
 *
 * stored_flow: a row of weir.flow or weir.flow_open as it is read back.
 *
 * Shape:   plain data; what went in through a flow_row comes out the same.
 */
#ifndef WEIR_COLLECTOR_STORE_STORED_FLOW_H
#define WEIR_COLLECTOR_STORE_STORED_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_batch.h"
#include "common/flow/flow_statistics.h"

#include "collector/window/flow_row.h"

#define STORED_FLOW_LABEL_SIZE 64 /* and NUL */

struct stored_flow {
    uint32_t sensor_id;
    struct weir_boot_id boot;
    uint64_t sequence;
    char stream[WEIR_STREAM_NAME_SIZE + 1];
    struct weir_flow_record record;
    struct flow_row row;                    /* row.record points at record */
    struct weir_flow_statistics statistics; /* read when asked for; record points at them, or at
                                               none when the flow has none */
    char label[STORED_FLOW_LABEL_SIZE + 1]; /* effective label; "" = none or not asked for */
};

/* Returns false to stop early. The flow is lent until the call returns. */
typedef bool stored_flow_fn(const struct stored_flow *flow, void *context);

#endif
