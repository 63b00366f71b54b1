/* SPDX-License-Identifier: Apache-2.0
 *
 * lost_flow: connections whose end nobody saw, because their sensor began anew.
 *
 * Once nothing more comes of a boot, its rows of flow_open become flows: the last START or INTERIM
 * as it was, with record type FINAL, end_reason 4 and flow_status bit WEIR_STATUS_LOST_END.
 *
 * Errors:  those of connection.h; nothing is moved unless all of a boot is. Moving twice moves
 *          nothing.
 * Source:  architecture 7.
 */
#ifndef WEIR_COLLECTOR_STORE_LOST_FLOW_H
#define WEIR_COLLECTOR_STORE_LOST_FLOW_H

#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/flow_batch.h"

#include "collector/store/connection.h"

/* Ends what this boot of a sensor left open. *moved = rows that became flows. */
WEIR_MUST_CHECK int lost_flow_end(struct connection *connection, uint32_t sensor_id,
                                  const struct weir_boot_id *boot, uint64_t *moved,
                                  struct weir_error *error);

/* The same for every boot that a newer one of its sensor has followed in the same stream: what a
 * collector that died in between had still to do. */
WEIR_MUST_CHECK int lost_flow_end_all(struct connection *connection, uint64_t *moved,
                                      struct weir_error *error);

#endif
