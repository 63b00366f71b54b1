/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/store_worker.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/ring.h"

#include "collector/store/flagged_row.h"
#include "collector/store/lost_flow.h"

#define JOBS_IN_RING        256
#define PAUSE_MIN_MS        100
#define PAUSE_MAX_MS        2000
#define PARTITIONS_EVERY_US INT64_C(3600000000)

struct store_worker {
    struct store_worker_options options;
    struct weir_ring *jobs, *answers, *rosters;
    struct connection *connection; /* NULL while the database is away */
    struct store *store;
    struct store_counters counters; /* worker's own */
    struct store_counters shown;    /* copy under lock */
    pthread_mutex_t lock;
    pthread_t thread;
    int wake_fd;
    atomic_bool is_stopping;
    int pause_ms;
    bool was_up, was_told;
    struct store_job *again; /* given and not yet done; comes before all others */
    struct weir_mono roster_at, partitions_at;
    struct store_roster_known known; /* models whose files the main thread has */
    struct weir_error error;
};

static void hang_up(struct store_worker *worker)
{
    store_free(worker->store);
    connection_close(worker->connection);
    worker->store = NULL;
    worker->connection = NULL;
}

static void tell_moved(uint64_t moved)
{
    if (moved > 0) {
        weir_log(WEIR_LOG_INFO, "store.lost_flows", "flows=%" PRIu64, moved);
    }
}

/* What a collector that died, or a session that broke, had still to do. */
static int end_left_over(struct store_worker *worker, struct weir_error *error)
{
    uint64_t moved = 0;
    const int code = lost_flow_end_all(worker->connection, &moved, error);
    tell_moved(moved);
    if (code != WEIR_OK && code != WEIR_EPEER) {
        weir_log(WEIR_LOG_WARN, "store.lost_flows_failed", "reason=\"%s\"", error->text);
        return WEIR_OK; /* old rows must not keep new ones out */
    }
    return code;
}

static int connect_database(struct store_worker *worker)
{
    const struct store_options store = {.counters = &worker->counters};
    struct weir_error error = {0};
    int code = connection_open(&worker->options.connection, &worker->connection, &error);
    code = code != WEIR_OK ? code : connection_listen(worker->connection, MODELS_CHANNEL, &error);
    code = code != WEIR_OK ? code : store_new(worker->connection, &store, &worker->store, &error);
    code = code != WEIR_OK ? code : end_left_over(worker, &error);
    code = code != WEIR_OK ? code : flagged_row_forget(worker->connection, &error);
    if (code == WEIR_OK) {
        weir_log(WEIR_LOG_INFO, "store.connected", "again=%s", worker->was_up ? "yes" : "no");
        worker->was_up = true;
        worker->was_told = false;
        worker->pause_ms = PAUSE_MIN_MS;
        worker->roster_at = (struct weir_mono){0};
        worker->partitions_at = weir_mono_now();
        return WEIR_OK;
    }
    if (!worker->was_told) {
        weir_log(WEIR_LOG_ERROR, "store.unavailable", "reason=\"%s\"", error.text);
        worker->was_told = true;
    }
    hang_up(worker);
    return code;
}

/* Sleeps a growing while, or until a stop is asked for. */
static void pause_a_while(struct store_worker *worker)
{
    uint64_t wakes = 0;
    struct pollfd polled = {.fd = worker->wake_fd, .events = POLLIN};
    if (poll(&polled, 1, worker->pause_ms) > 0) {
        (void)!read(worker->wake_fd, &wakes, sizeof(wakes));
    }
    worker->pause_ms = worker->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : worker->pause_ms * 2;
}

static void answer(struct store_worker *worker, struct store_job *job)
{
    (void)pthread_mutex_lock(&worker->lock);
    worker->shown = worker->counters;
    (void)pthread_mutex_unlock(&worker->lock);
    while (!weir_ring_push(worker->answers, job)) {
        (void)weir_ring_wait_room(worker->answers, PAUSE_MIN_MS);
    }
}

static void commit(struct store_worker *worker, struct store_job *job)
{
    struct weir_error error = {0};
    const uint64_t skips_before = worker->counters.ledger_skips;
    job->code = store_commit(worker->store, (const struct ready_batch *const *)job->batches,
                             job->count, job->results, &error);
    if (job->code != WEIR_OK) {
        weir_log(WEIR_LOG_ERROR, "store.commit_failed", "batches=%zu reason=\"%s\"", job->count,
                 error.text);
    } else if (worker->counters.ledger_skips > skips_before) {
        weir_log(WEIR_LOG_INFO, "store.ledger_skips", "batches=%" PRIu64,
                 worker->counters.ledger_skips - skips_before);
    }
}

static int set_status(struct store_worker *worker, const struct store_job *job)
{
    struct sensors_counter counters[STORE_WORKER_COUNTERS_MAX];
    for (size_t i = 0; i < job->counter_count; i++) {
        counters[i] =
            (struct sensors_counter){.name = job->names[i], .value = job->values[i], .known = true};
    }
    const struct sensors_status status = {.sensor_id = job->sensor_id,
                                          .boot = job->boot,
                                          .at_us = job->at_us,
                                          .clock_offset_us = job->clock_offset_us,
                                          .counters = counters,
                                          .count = job->counter_count};
    const int code = sensors_touch(worker->connection, job->sensor_id, job->at_us, &worker->error);
    return code != WEIR_OK ? code : sensors_set_status(worker->connection, &status, &worker->error);
}

static int end_lost(struct store_worker *worker, const struct store_job *job)
{
    uint64_t moved = 0;
    const int code =
        lost_flow_end(worker->connection, job->sensor_id, &job->boot, &moved, &worker->error);
    tell_moved(moved);
    return code;
}

static void do_job(struct store_worker *worker, struct store_job *job)
{
    switch (job->kind) {
    case STORE_JOB_COMMIT:
        commit(worker, job);
        break;
    case STORE_JOB_STATUS:
        job->code = set_status(worker, job);
        break;
    case STORE_JOB_MODEL:
        job->code =
            sensors_set_model(worker->connection, job->sensor_id, job->model_version,
                              job->refusal[0] == '\0' ? NULL : job->refusal, &worker->error);
        break;
    case STORE_JOB_SESSION:
        job->code = sensor_session_put(worker->connection, &job->session, &worker->error);
        break;
    case STORE_JOB_FLAGGED:
        job->code = flagged_row_write(worker->connection, job->batches[0], &worker->error);
        break;
    case STORE_JOB_LOST:
        job->code = end_lost(worker, job);
        break;
    }
}

/* True for work that a restart depends on, when it may succeed later. */
static bool must_repeat(const struct store_job *job)
{
    const bool matters = job->kind == STORE_JOB_SESSION || job->kind == STORE_JOB_LOST;
    return matters && (job->code == WEIR_EPEER || job->code == WEIR_EAGAIN);
}

/* Of a job that nobody waits for. */
static void free_job(struct store_job *job)
{
    if (job->kind == STORE_JOB_FLAGGED) {
        flow_row_batch_free(job->batches[0]);
    }
    free(job);
}

/* Takes job. */
static void finish_job(struct store_worker *worker, struct store_job *job)
{
    const int code = job->code;
    const bool is_commit = job->kind == STORE_JOB_COMMIT;
    const bool is_again = must_repeat(job);
    if (is_again) {
        worker->again = job;
    } else if (is_commit) {
        answer(worker, job);
    } else {
        if (code != WEIR_OK) {
            weir_log(WEIR_LOG_WARN, "store.status_lost", "kind=%d reason=\"%s\"", (int)job->kind,
                     worker->error.text);
        }
        free_job(job);
    }
    if (code == WEIR_EPEER) {
        hang_up(worker);
    } else if (code == WEIR_OK) {
        worker->pause_ms = PAUSE_MIN_MS;
    } else if (is_commit || is_again) {
        pause_a_while(worker); /* a full disk or a lock: do not hammer */
    }
}

static int read_roster(struct store_worker *worker)
{
    struct store_roster *roster = NULL;
    const int code = store_roster_read(worker->connection, &worker->known, &roster, &worker->error);
    worker->roster_at = weir_mono_now();
    if (code != WEIR_OK) {
        weir_log(WEIR_LOG_ERROR, "store.roster_failed", "reason=\"%s\"", worker->error.text);
        return code;
    }
    const struct store_roster_known known = {.sensor_version = roster->sensor_model.version,
                                             .fleet_version = roster->fleet_model.version};
    if (weir_ring_push(worker->rosters, roster)) {
        worker->known = known;
    } else {
        store_roster_free(roster); /* nobody reads them now; the next one says the same */
    }
    return code;
}

/* What was not asked for by a job: rosters, and partitions of days to come. */
static void look_for_changes(struct store_worker *worker)
{
    char payload[64];
    const struct weir_mono now = weir_mono_now();
    bool is_due = worker->roster_at.ns == 0 ||
                  weir_mono_since_us(now, worker->roster_at) >= worker->options.roster_us;
    int code = WEIR_OK;
    while ((code = connection_notification(worker->connection, payload, sizeof(payload))) ==
           WEIR_OK) {
        is_due = true;
        worker->known = (struct store_roster_known){0}; /* a file may have been signed anew */
    }
    code = code == WEIR_ENOENT ? WEIR_OK : code;
    if (code == WEIR_OK && is_due) {
        code = read_roster(worker);
    }
    if (code == WEIR_OK && weir_mono_since_us(now, worker->partitions_at) >= PARTITIONS_EVERY_US) {
        worker->partitions_at = now;
        code = store_make_partitions(worker->store, &worker->error);
        code = code != WEIR_OK ? code : flagged_row_forget(worker->connection, &worker->error);
    }
    if (code == WEIR_EPEER) {
        weir_log(WEIR_LOG_ERROR, "store.connection_lost", "reason=\"%s\"",
                 "the session with PostgreSQL broke");
        hang_up(worker);
    }
}

static void wait_for_work(struct store_worker *worker)
{
    uint64_t wakes = 0;
    struct pollfd polled[3] = {
        {.fd = worker->wake_fd, .events = POLLIN},
        {.fd = weir_ring_fd(worker->jobs), .events = POLLIN},
        {.fd = connection_socket(worker->connection), .events = POLLIN},
    };
    if (poll(polled, 3, 1000) > 0 && (polled[0].revents & POLLIN) != 0) {
        (void)!read(worker->wake_fd, &wakes, sizeof(wakes));
    }
}

static struct store_job *next_job(struct store_worker *worker)
{
    struct store_job *job = worker->again;
    worker->again = NULL;
    return job != NULL ? job : (struct store_job *)weir_ring_pop(worker->jobs);
}

static void *run(void *context)
{
    struct store_worker *worker = (struct store_worker *)context;
    while (!atomic_load(&worker->is_stopping)) {
        if (worker->connection == NULL && connect_database(worker) != WEIR_OK) {
            pause_a_while(worker);
            continue;
        }
        struct store_job *job = next_job(worker);
        if (job != NULL) {
            do_job(worker, job);
            finish_job(worker, job);
        }
        if (worker->connection != NULL) {
            look_for_changes(worker); /* also when there is always another job */
        }
        if (job == NULL && worker->connection != NULL) {
            wait_for_work(worker);
        }
    }
    hang_up(worker);
    return NULL;
}

static void free_jobs(struct weir_ring *ring)
{
    struct store_job *job = NULL;
    while (ring != NULL && (job = (struct store_job *)weir_ring_pop(ring)) != NULL) {
        free_job(job);
    }
}

static void free_worker(struct store_worker *worker)
{
    struct store_roster *roster = NULL;
    free_jobs(worker->jobs);
    free_jobs(worker->answers);
    free(worker->again);
    while (worker->rosters != NULL &&
           (roster = (struct store_roster *)weir_ring_pop(worker->rosters)) != NULL) {
        store_roster_free(roster);
    }
    weir_ring_free(worker->jobs);
    weir_ring_free(worker->answers);
    weir_ring_free(worker->rosters);
    if (worker->wake_fd >= 0) {
        (void)close(worker->wake_fd);
    }
    (void)pthread_mutex_destroy(&worker->lock);
    free(worker);
}

int store_worker_start(const struct store_worker_options *options, struct store_worker **out,
                       struct weir_error *error)
{
    struct store_worker *worker = (struct store_worker *)calloc(1, sizeof(*worker));
    if (worker == NULL || pthread_mutex_init(&worker->lock, NULL) != 0) {
        free(worker);
        return weir_fail(error, WEIR_ENOMEM, "store worker: out of memory");
    }
    worker->options = *options;
    worker->pause_ms = PAUSE_MIN_MS;
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_init(&worker->is_stopping, false);
    int code = weir_ring_new(JOBS_IN_RING, &worker->jobs);
    code = code != WEIR_OK ? code : weir_ring_new(JOBS_IN_RING, &worker->answers);
    code = code != WEIR_OK ? code : weir_ring_new(4, &worker->rosters);
    if (code == WEIR_OK && pthread_create(&worker->thread, NULL, run, worker) != 0) {
        code = WEIR_EAGAIN;
    }
    if (code != WEIR_OK) {
        free_worker(worker);
        return weir_fail(error, code, "store worker: %s", weir_err_text(code));
    }
    *out = worker;
    return WEIR_OK;
}

void store_worker_stop(struct store_worker *worker)
{
    const uint64_t one = 1;
    if (worker != NULL) {
        atomic_store(&worker->is_stopping, true);
        (void)!write(worker->wake_fd, &one, sizeof(one));
        (void)pthread_join(worker->thread, NULL);
        free_worker(worker);
    }
}

bool store_worker_give(struct store_worker *worker, struct store_job **job)
{
    if (!weir_ring_push(worker->jobs, *job)) {
        return false;
    }
    *job = NULL;
    return true;
}

struct store_job *store_worker_take(struct store_worker *worker)
{
    return (struct store_job *)weir_ring_pop(worker->answers);
}

struct store_roster *store_worker_take_roster(struct store_worker *worker)
{
    struct store_roster *newest = NULL;
    struct store_roster *next = NULL;
    while ((next = (struct store_roster *)weir_ring_pop(worker->rosters)) != NULL) {
        if (newest != NULL) {
            store_roster_inherit(next, newest);
        }
        store_roster_free(newest);
        newest = next;
    }
    return newest;
}

int store_worker_fd(const struct store_worker *worker)
{
    return weir_ring_fd(worker->answers);
}

int store_worker_roster_fd(const struct store_worker *worker)
{
    return weir_ring_fd(worker->rosters);
}

struct store_counters store_worker_counters(struct store_worker *worker)
{
    (void)pthread_mutex_lock(&worker->lock);
    const struct store_counters copy = worker->shown;
    (void)pthread_mutex_unlock(&worker->lock);
    return copy;
}
