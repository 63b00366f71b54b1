/* SPDX-License-Identifier: Apache-2.0
 *
 * active_counts: how many flows are live between whom, as Tranalyzer's connStat counts them.
 *
 * Shape:   one table of counters named by 64-bit keyed hashes: of a host as originator and as
 *          responder (its live peers), of a pair, of an originator and a responder port. Bounded;
 *          it grows as flows come, within memory taken at the start.
 * Owns:    its counters.
 * Errors:  only new() can fail. A flow for which there is no room is not counted, and counted as a
 *          failure.
 * Source:  specification 2.5 (Tranalyzer's originals).
 */
#ifndef WEIR_SENSOR_METER_ACTIVE_COUNTS_H
#define WEIR_SENSOR_METER_ACTIVE_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/address.h"
#include "common/flow/flow_statistics.h"

struct active_counts;

struct active_ends { /* of one flow */
    struct weir_address orig, resp;
    uint16_t resp_port;
    uint8_t protocol;
};

/* For at most flows_max flows at a time. WEIR_ENOMEM. */
WEIR_MUST_CHECK int active_counts_new(uint32_t flows_max, uint64_t hash_key,
                                      struct active_counts **out);
void active_counts_free(struct active_counts *counts);

/* A flow began. False when it was not counted; then it must not be removed. */
bool active_counts_add(struct active_counts *counts, const struct active_ends *ends);

/* Tells the processor that this flow's counters will be looked at soon. */
void active_counts_expect(const struct active_counts *counts, const struct active_ends *ends);

/* A flow ends: fills active_* as they are with it, and takes it away. Or only looks, while it goes
 * on. */
void active_counts_remove(struct active_counts *counts, const struct active_ends *ends,
                          struct weir_flow_statistics *out);
void active_counts_fill(struct active_counts *counts, const struct active_ends *ends,
                        struct weir_flow_statistics *out);

#endif
