/* SPDX-License-Identifier: Apache-2.0
 *
 * statistics_pool: the blocks in which flows keep their statistics.
 *
 * Shape:   as common/base/block_pool, but blocks lie on cache lines, in huge pages where the system
 *          grants them, and come as their last user left them: a flow of one packet sets only the
 *          lines it needs.
 * Owns:    every block, and the byte counts for payload_entropy, which go back when they are done.
 * Errors:  an empty pool gives 0: the caller does without and counts it.
 */
#ifndef WEIR_SENSOR_METER_STATISTICS_POOL_H
#define WEIR_SENSOR_METER_STATISTICS_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

#include "sensor/meter/flow_statistics.h"

struct statistics_pool;

/* WEIR_EINVAL for a count of 0, WEIR_ENOMEM. */
WEIR_MUST_CHECK int statistics_pool_new(uint32_t count, struct statistics_pool **out);
void statistics_pool_free(struct statistics_pool *pool);

/* Number of a block, 0 when all are in use. Its flow has no packets yet. */
uint32_t statistics_pool_add(struct statistics_pool *pool);

/* Gives a block back, and the byte counts it has; does nothing with 0. */
void statistics_pool_remove(struct statistics_pool *pool, uint32_t number);

/* NULL for 0. */
struct flow_statistics *statistics_pool_find(struct statistics_pool *pool, uint32_t number);

/* Tells the processor that a packet of one direction (0 originator) will be added soon. */
void statistics_pool_expect(struct statistics_pool *pool, uint32_t number, int end);

/* The same of a report on the whole block; without TCP, half of it lies idle. */
void statistics_pool_expect_all(const struct statistics_pool *pool, uint32_t number, bool is_tcp);

/* Counts payload of one direction (0 originator) for its entropy. */
void statistics_pool_add_payload(struct statistics_pool *pool, struct flow_statistics *statistics,
                                 int end, const uint8_t *bytes, uint32_t size);

/* Tells the processor that both directions' entropies will be asked for soon. */
void statistics_pool_expect_entropy(const struct statistics_pool *pool,
                                    const struct flow_statistics *statistics);

/* payload_entropy of a direction as it stands. */
float statistics_pool_entropy(const struct statistics_pool *pool,
                              const struct flow_statistics *statistics, int end);

uint32_t statistics_pool_used(const struct statistics_pool *pool);

#endif
