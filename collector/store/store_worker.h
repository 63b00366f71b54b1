/* SPDX-License-Identifier: Apache-2.0
 *
 * store_worker: the thread that talks to PostgreSQL while the collector goes on receiving.
 *
 * The collector hands over work and takes answers; the worker connects, waits out an unreachable or
 * refusing database with growing pauses, and says so once per change.
 *
 * Shape:   jobs in, answers out, each a heap object in a ring. One commit is under way at a time.
 *          Jobs are done in the order given: when a session or an end of lost flows cannot be
 *          written because the database is away, nothing that was given later is done before it.
 * Owns:    its connections; a job given is the worker's until its answer comes back.
 * Errors:  a commit that did not happen is answered with its code; the batches are then the
 *          caller's to give again. Nothing is ever dropped here.
 * Threads: store_worker_start makes one; all calls come from the collector's main thread.
 * Source:  architecture 7.
 */
#ifndef WEIR_COLLECTOR_STORE_STORE_WORKER_H
#define WEIR_COLLECTOR_STORE_STORE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/store/sensor_session.h"
#include "collector/store/store.h"
#include "collector/store/store_roster.h"
#include "collector/window/flow_row.h"

#define STORE_WORKER_BATCHES_MAX  256
#define STORE_WORKER_COUNTERS_MAX 128

enum store_job_kind {
    STORE_JOB_COMMIT,
    STORE_JOB_STATUS,  /* of one sensor: last seen, clock, counters */
    STORE_JOB_MODEL,   /* what a sensor answered to an offer */
    STORE_JOB_SESSION, /* a sensor joined a stream, or its clock is corrected otherwise */
    STORE_JOB_FLAGGED, /* copies of flagged flows, in batches[0], which the job owns */
    STORE_JOB_LOST,    /* nothing more comes of a boot: end what it left open */
};

struct store_job {
    enum store_job_kind kind;
    int code; /* of the answer; COMMIT: WEIR_OK also when single batches have another result */
    struct ready_batch *batches[STORE_WORKER_BATCHES_MAX];
    struct store_result results[STORE_WORKER_BATCHES_MAX];
    size_t count;

    uint32_t sensor_id;
    struct weir_boot_id boot;
    int64_t at_us, clock_offset_us;
    char names[STORE_WORKER_COUNTERS_MAX][48];
    uint64_t values[STORE_WORKER_COUNTERS_MAX];
    size_t counter_count;

    uint64_t model_version;
    char refusal[240]; /* "" = active */

    struct sensor_session session;
};

struct store_worker;

struct store_worker_options {
    struct connection_options connection; /* texts are borrowed for good */
    int64_t roster_us;                    /* how often to look for changes at least */
};

/* The first roster comes as soon as the database answers. */
WEIR_MUST_CHECK int store_worker_start(const struct store_worker_options *options,
                                       struct store_worker **out, struct weir_error *error);

/* Finishes the job under way, then ends. */
void store_worker_stop(struct store_worker *worker);

/* Takes *job. False, and takes nothing, when the worker has too much to do already. */
bool store_worker_give(struct store_worker *worker, struct store_job **job);

/* A commit that is done or failed; the caller frees it with free(). NULL when there is none. */
struct store_job *store_worker_take(struct store_worker *worker);

/* The newest roster since the last call, or NULL; freed by store_roster_free(). */
struct store_roster *store_worker_take_roster(struct store_worker *worker);

/* Readable while there may be an answer or a roster. */
int store_worker_fd(const struct store_worker *worker);
int store_worker_roster_fd(const struct store_worker *worker);

/* Totals so far. */
struct store_counters store_worker_counters(struct store_worker *worker);

#endif
