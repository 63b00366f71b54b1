/* SPDX-License-Identifier: Apache-2.0
 *
 * fleet_store: a simulated database: a ledger, rows, commits that take time, fail, or succeed
 * without anyone hearing of it.
 */
#ifndef WEIR_TESTS_SUPPORT_FLEET_STORE_H
#define WEIR_TESTS_SUPPORT_FLEET_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/rng.h"

#include "collector/order/order.h"

#include "tests/support/fleet_traffic.h"

#define FLEET_COMMIT_MAX 8

struct fleet_stored { /* the row of one record */
    unsigned times;
    struct weir_kdd_counts frozen;
    enum flow_row_reason reason;
    int64_t order_us;
};

struct fleet_ledger { /* of one boot */
    uint64_t sequence, hash;
    int64_t low_us;
    bool known; /* the sensor was in session with it */
};

struct fleet_store {
    const struct fleet_traffic *traffic;
    struct fleet_stored *rows; /* by conn_tag */
    struct fleet_ledger ledger[FLEET_SENSORS_MAX][2];
    struct ready_batch *lent[FLEET_COMMIT_MAX]; /* the transaction under way */
    size_t lent_count;
    int64_t ends_us, retry_us;
    uint64_t committed_batches, failed, skips;
};

void fleet_store_init(struct fleet_store *store, const struct fleet_traffic *traffic);
void fleet_store_fini(struct fleet_store *store);

/* Pops, commits, answers. NULL, or what is wrong with what it was given. */
const char *fleet_store_run(struct fleet_store *store, struct order *order, int64_t now_us,
                            bool outage, struct weir_rng *rng);

/* The transaction under way is committed or not; nobody hears of it. */
void fleet_store_collector_died(struct fleet_store *store, struct weir_rng *rng);

void fleet_store_note_sensor(struct fleet_store *store, uint32_t sensor_id, size_t boot);

/* Gives a new order all it needs. Returns the number of flows given. */
uint64_t fleet_store_restore(const struct fleet_store *store, struct order *order,
                             const char *stream, struct order_now now);

#endif
