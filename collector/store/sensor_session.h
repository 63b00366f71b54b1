/* SPDX-License-Identifier: Apache-2.0
 *
 * sensor_session: who was in session in which stream, so that a restart waits for them.
 *
 * Shape:   one row a sensor and stream, the last session of it.
 * Source:  architecture 7 (restart).
 */
#ifndef WEIR_COLLECTOR_STORE_SENSOR_SESSION_H
#define WEIR_COLLECTOR_STORE_SENSOR_SESSION_H

#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/flow_batch.h"

#include "collector/store/connection.h"

struct sensor_session {
    uint32_t sensor_id;
    char stream[WEIR_STREAM_NAME_SIZE + 1];
    struct weir_boot_id boot; /* the oldest boot whose batches are still to come */
    int64_t clock_offset_us;  /* correction in force; 0 = none */
};

/* Writes or replaces the row of this sensor and stream. It counts as joined from now on, or, when
 * the boot is the same, from when it did. */
WEIR_MUST_CHECK int sensor_session_put(struct connection *connection,
                                       const struct sensor_session *session,
                                       struct weir_error *error);

#endif
