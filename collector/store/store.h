/* SPDX-License-Identifier: Apache-2.0
 *
 * store: commits ready batches, each exactly once.
 *
 * One transaction holds, for every batch, its ledger row (sensor, boot, sequence, hash), the COPY
 * of its FINAL rows into weir.flow, the START and INTERIM rows in weir.flow_open, and the removal
 * of what ended. A batch whose ledger row exists with the same hash is skipped.
 *
 * Owns:    its buffers; borrows the connection and the counters, which both outlive it.
 * Errors:  WEIR_EPEER the session is lost and nobody knows whether the commit happened: close, open
 *          and commit the same batches again; the ledger decides. WEIR_EAGAIN nothing was
 *          committed, try again later. WEIR_EDB nothing was committed, a person must look.
 * Threads: one owner.
 * Source:  architecture 7.
 */
#ifndef WEIR_COLLECTOR_STORE_STORE_H
#define WEIR_COLLECTOR_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/window/flow_row.h"

struct store;

struct store_counters { /* totals since the caller zeroed them */
    uint64_t transactions;
    uint64_t batches;       /* committed now */
    uint64_t ledger_skips;  /* batches that were committed before */
    uint64_t conflicts;     /* same identity, another hash */
    uint64_t flows;         /* rows into flow */
    uint64_t open_rows;     /* rows into flow_open */
    uint64_t late_rows;     /* rows into flow_late */
    uint64_t rejected_rows; /* rows into flow_rejected */
    uint64_t bisections;    /* transactions that had to be cut to find a bad row */
};

struct store_options {
    struct store_counters *counters; /* survives reconnection; must not be NULL */
    /* Test facility: the process stops itself (SIGSTOP) between COPY and COMMIT of this
     * transaction, counted from 1 per store. 0 = environment WEIR_TEST_STOP_BEFORE_COMMIT, else
     * never. */
    uint64_t stop_before_commit;
};

struct store_result {
    int code;     /* WEIR_OK; WEIR_ECONFLICT: another hash; WEIR_EFORMAT: stream name unfit */
    bool skipped; /* code is WEIR_OK, but it was committed before */
};

/* Checks the tables' columns against the encoder and makes a week of partitions. One store a
 * session. */
WEIR_MUST_CHECK int store_new(struct connection *connection, const struct store_options *options,
                              struct store **out, struct weir_error *error);
void store_free(struct store *store);

/* Commits count batches in one transaction, in their order; results[count] are written on WEIR_OK.
 * A batch with code WEIR_OK, skipped or not, may be acknowledged. */
WEIR_MUST_CHECK int store_commit(struct store *store, const struct ready_batch *const *batches,
                                 size_t count, struct store_result *results,
                                 struct weir_error *error);

/* Makes partitions for today and the next seven days; call it now and then. */
WEIR_MUST_CHECK int store_make_partitions(struct store *store, struct weir_error *error);

#endif
