/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/collector.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/base/log.h"
#include "common/base/signals.h"

#include "proto/keys.h"

#include "collector/gate/gate.h"
#include "collector/ingest/ingest.h"
#include "collector/ingest/status_job.h"
#include "collector/order/order.h"
#include "collector/recovery.h"
#include "collector/rollout/model_offer.h"
#include "collector/score/fleet_scorer.h"
#include "collector/store/store_worker.h"

#define TURN_MS          100
#define DATABASE_WAIT_MS 500
#define LAST_COMMIT_US   INT64_C(3000000)

struct collector {
    const struct collector_options *options;
    struct gate *gate;
    struct order *order;
    struct ingest *ingest;
    struct store_worker *worker;
    struct model_offer offer;
    struct fleet_scorer scorer;
    bool is_committing; /* one job is with the worker */
    int signal_fd;
    bool is_stopping;
};

static struct order_now now_of_clocks(void)
{
    return (struct order_now){.mono = weir_mono_now(), .wall_us = weir_wall_now_us()};
}

static struct connection_options connection_of(const struct collector_options *options)
{
    return (struct connection_options){.conninfo = options->database,
                                       .role = options->role,
                                       .application_name = "weir-collector"};
}

static void look_at_signals(struct collector *collector)
{
    int signal_no = 0;
    while ((signal_no = weir_signals_next(collector->signal_fd)) != 0) {
        collector->is_stopping =
            collector->is_stopping || signal_no == SIGTERM || signal_no == SIGINT;
    }
}

static int open_order(struct collector *collector, struct weir_error *error)
{
    const struct collector_options *options = collector->options;
    struct order_options order = order_defaults;
    order.active_us = options->active_us;
    order.max_lag_us = options->max_lag_us;
    order.expect_sensors = (uint32_t)options->expect_sensors;
    order.memory_max = (size_t)options->memory_max_bytes;
    if (getrandom(&order.hash_key, sizeof(order.hash_key), 0) != (ssize_t)sizeof(order.hash_key)) {
        return weir_fail(error, WEIR_EIO, "the system gives no random bytes");
    }
    order.window.hash_key = order.hash_key;
    const int code = order_new(&order, &collector->order);
    return code != WEIR_OK ? weir_fail(error, code, "order: %s", weir_err_text(code)) : WEIR_OK;
}

/* Tries until the database answers or a signal comes; other failures are for a person. */
static int restore(struct collector *collector, struct weir_error *error)
{
    const struct connection_options connection = connection_of(collector->options);
    bool was_told = false;
    for (;;) {
        const int code = recovery_run(&connection, collector->order, now_of_clocks(), error);
        if (code != WEIR_EPEER && code != WEIR_EAGAIN) {
            return code;
        }
        if (!was_told) {
            weir_log(WEIR_LOG_ERROR, "store.unavailable", "reason=\"%s\"", error->text);
            was_told = true;
        }
        struct pollfd polled = {.fd = collector->signal_fd, .events = POLLIN};
        (void)poll(&polled, 1, DATABASE_WAIT_MS);
        look_at_signals(collector);
        if (collector->is_stopping) {
            return weir_fail(error, WEIR_EAGAIN, "stopped while waiting for the database");
        }
        order_free(collector->order); /* a restore that broke off leaves half of it */
        collector->order = NULL;
        const int opened = open_order(collector, error);
        if (opened != WEIR_OK) {
            return opened;
        }
    }
}

static int open_gate(struct collector *collector, struct weir_error *error)
{
    struct weir_curve_key key = {0};
    int code = weir_curve_key_load(collector->options->key, &key, error);
    if (code == WEIR_OK && key.secret_z85[0] == '\0') {
        code = weir_fail(error, WEIR_EINVAL, "%s holds only the public half of a key",
                         collector->options->key);
    }
    code = code != WEIR_OK ? code
                           : gate_new(collector->options->listen, &key, &collector->gate, error);
    weir_curve_key_fini(&key);
    return code;
}

static bool give_job(void *context, struct store_job **job)
{
    return store_worker_give((struct store_worker *)context, job);
}

static int open_rest(struct collector *collector, struct weir_error *error)
{
    const struct collector_options *options = collector->options;
    const struct store_worker_options worker = {.connection = connection_of(options),
                                                .roster_us = options->roster_us};
    int code = store_worker_start(&worker, &collector->worker, error);
    if (code != WEIR_OK) {
        return code;
    }
    const struct ingest_options ingest = {.gate = collector->gate,
                                          .order = collector->order,
                                          .offer = &collector->offer,
                                          .give_job = give_job,
                                          .job_context = collector->worker,
                                          .heartbeat_us = options->heartbeat_us,
                                          .max_lag_us = options->max_lag_us,
                                          .expect_sensors = (uint32_t)options->expect_sensors};
    code = ingest_new(&ingest, &collector->ingest);
    return code != WEIR_OK ? weir_fail(error, code, "ingest: %s", weir_err_text(code)) : WEIR_OK;
}

int collector_new(const struct collector_options *options, struct collector **out,
                  struct weir_error *error)
{
    struct collector *collector = (struct collector *)calloc(1, sizeof(*collector));
    if (collector == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    collector->options = options;
    collector->signal_fd = -1;
    int code = weir_signals_open(&collector->signal_fd);
    code = code != WEIR_OK ? weir_fail(error, code, "the system gives no signal descriptor")
                           : open_gate(collector, error);
    code = code != WEIR_OK ? code : open_order(collector, error);
    code = code != WEIR_OK ? code : restore(collector, error);
    code = code != WEIR_OK ? code : open_rest(collector, error);
    if (code != WEIR_OK) {
        collector_free(collector);
        return code;
    }
    *out = collector;
    return WEIR_OK;
}

void collector_free(struct collector *collector)
{
    if (collector == NULL) {
        return;
    }
    store_worker_stop(collector->worker);
    ingest_free(collector->ingest);
    order_free(collector->order);
    gate_free(collector->gate);
    model_offer_fini(&collector->offer);
    fleet_scorer_fini(&collector->scorer);
    if (collector->signal_fd >= 0) {
        weir_signals_close(collector->signal_fd);
    }
    free(collector);
}

static void take_models(struct collector *collector, const struct store_roster *roster)
{
    struct weir_error error = {0};
    const struct models_artifact *sensor = &roster->sensor_model;
    const struct models_artifact *fleet = &roster->fleet_model;
    if (sensor->version == 0) {
        model_offer_fini(&collector->offer);
    } else if (sensor->bytes != NULL && sensor->version != collector->offer.terms.version) {
        if (model_offer_load(&collector->offer, sensor->bytes, sensor->size, &error) == WEIR_OK) {
            weir_log(WEIR_LOG_INFO, "rollout.offered", "version=%" PRIu64, sensor->version);
            ingest_offer_model(collector->ingest);
        } else {
            weir_log(WEIR_LOG_ERROR, "rollout.bad_model", "version=%" PRIu64 " reason=\"%s\"",
                     sensor->version, error.text);
        }
    }
    if (fleet->version == 0) {
        fleet_scorer_fini(&collector->scorer);
    } else if (fleet->bytes != NULL && fleet->version != collector->scorer.version) {
        if (fleet_scorer_load(&collector->scorer, fleet->bytes, fleet->size, &error) == WEIR_OK) {
            weir_log(WEIR_LOG_INFO, "score.model_active", "version=%" PRIu64, fleet->version);
        } else {
            weir_log(WEIR_LOG_ERROR, "score.model_refused", "version=%" PRIu64 " reason=\"%s\"",
                     fleet->version, error.text);
        }
    }
}

static int take_roster(struct collector *collector)
{
    struct store_roster *roster = store_worker_take_roster(collector->worker);
    if (roster == NULL) {
        return WEIR_OK;
    }
    const int code = ingest_set_roster(collector->ingest, roster, now_of_clocks());
    take_models(collector, roster);
    store_roster_free(roster);
    return code;
}

/* Hands the answers of a commit back to the order, in the order of their batches. */
static void take_commits(struct collector *collector)
{
    struct store_job *job = NULL;
    while ((job = store_worker_take(collector->worker)) != NULL) {
        for (size_t i = 0; i < job->count; i++) {
            if (job->code != WEIR_OK) {
                order_commit_failed(collector->order, &job->batches[i]);
            } else if (job->results[i].code == WEIR_OK) {
                order_commit_done(collector->order, &job->batches[i]);
            } else {
                order_commit_conflict(collector->order, &job->batches[i]);
            }
        }
        collector->is_committing = false;
        free(job);
    }
}

static int give_commit(struct collector *collector)
{
    if (collector->is_committing) {
        return WEIR_OK;
    }
    struct ready_batch *batch = order_pop_ready(collector->order);
    if (batch == NULL) {
        return WEIR_OK;
    }
    struct store_job *job = (struct store_job *)calloc(1, sizeof(*job));
    if (job == NULL) {
        order_commit_failed(collector->order, &batch);
        return WEIR_OK;
    }
    size_t rows = 0;
    const int64_t released_us = weir_wall_now_us();
    job->kind = STORE_JOB_COMMIT;
    while (batch != NULL) {
        fleet_scorer_score(&collector->scorer, batch);
        batch->released_us = released_us;
        rows += batch->batch.count;
        job->batches[job->count++] = batch;
        const bool has_room =
            job->count < STORE_WORKER_BATCHES_MAX && rows < collector->options->commit_rows;
        batch = has_room ? order_pop_ready(collector->order) : NULL;
    }
    if (store_worker_give(collector->worker, &job)) {
        collector->is_committing = true;
        return WEIR_OK;
    }
    for (size_t i = 0; i < job->count; i++) {
        order_commit_failed(collector->order, &job->batches[i]);
    }
    free(job);
    return WEIR_OK;
}

/* Whatever a drained boot left open has ended. A worker without room has no database; it looks for
 * such boots when it has one again. */
static void end_lost_flows(struct collector *collector, const struct order_event *event)
{
    struct store_job *job = status_job_of_lost(event->sensor_id, &event->boot);
    if (job != NULL) {
        (void)store_worker_give(collector->worker, &job);
        free(job);
    }
}

static void take_events(struct collector *collector)
{
    static const enum weir_log_level levels[ORDER_EVENT_COUNT] = {
        [ORDER_EVENT_LAGGARD] = WEIR_LOG_WARN,       [ORDER_EVENT_REJOINED] = WEIR_LOG_INFO,
        [ORDER_EVENT_MISSING] = WEIR_LOG_WARN,       [ORDER_EVENT_LATE] = WEIR_LOG_WARN,
        [ORDER_EVENT_GAP] = WEIR_LOG_WARN,           [ORDER_EVENT_CONFLICT] = WEIR_LOG_ERROR,
        [ORDER_EVENT_BOOT_DRAINED] = WEIR_LOG_DEBUG, [ORDER_EVENT_STREAM_ENDED] = WEIR_LOG_INFO,
    };
    struct order_event event;
    while (order_pop_event(collector->order, &event)) {
        weir_log(levels[event.kind], order_event_text(event.kind),
                 "sensor_id=%" PRIu32 " stream=%s sequence=%" PRIu64 " amount=%" PRIu64,
                 event.sensor_id, event.stream, event.sequence, event.amount);
        if (event.kind == ORDER_EVENT_BOOT_DRAINED) {
            end_lost_flows(collector, &event);
        } else if (event.kind == ORDER_EVENT_CONFLICT) {
            ingest_refuse_conflict(collector->ingest, event.sensor_id, event.sequence,
                                   now_of_clocks());
        }
    }
}

static void wait_for_work(struct collector *collector)
{
    struct pollfd polled[4] = {
        {.fd = gate_fd(collector->gate),
         .events = (short)(POLLIN | (gate_has_output(collector->gate) ? POLLOUT : 0))},
        {.fd = store_worker_fd(collector->worker), .events = POLLIN},
        {.fd = store_worker_roster_fd(collector->worker), .events = POLLIN},
        {.fd = collector->signal_fd, .events = POLLIN},
    };
    (void)poll(polled, 4, gate_has_input(collector->gate) ? 0 : TURN_MS);
}

static int turn(struct collector *collector, struct weir_error *error)
{
    wait_for_work(collector);
    look_at_signals(collector);
    int code = take_roster(collector);
    code = code != WEIR_OK ? weir_fail(error, code, "roster: %s", weir_err_text(code))
                           : ingest_receive(collector->ingest, now_of_clocks(), error);
    if (code != WEIR_OK) {
        return code;
    }
    take_commits(collector);
    order_advance(collector->order, now_of_clocks());
    code = give_commit(collector);
    ingest_send_acks(collector->ingest);
    take_events(collector);
    return code;
}

static void log_totals(struct collector *collector)
{
    const struct ingest_counters in = ingest_counters(collector->ingest);
    const struct store_counters out = store_worker_counters(collector->worker);
    weir_log(WEIR_LOG_INFO, "collector.stopped",
             "batches=%" PRIu64 " records=%" PRIu64 " bad_batches=%" PRIu64 " unknown_keys=%" PRIu64
             " stored_flows=%" PRIu64 " ledger_skips=%" PRIu64 " rejected_rows=%" PRIu64,
             in.batches, in.records, in.bad_batches, in.unknown_keys, out.flows, out.ledger_skips,
             out.rejected_rows);
}

/* The commit under way is waited for, so that its sensors need not send it again. */
static void finish_commit(struct collector *collector)
{
    const struct weir_mono since = weir_mono_now();
    while (collector->is_committing &&
           weir_mono_since_us(weir_mono_now(), since) < LAST_COMMIT_US) {
        struct pollfd polled = {.fd = store_worker_fd(collector->worker), .events = POLLIN};
        (void)poll(&polled, 1, TURN_MS);
        take_commits(collector);
    }
    ingest_send_acks(collector->ingest);
    take_events(collector);
}

int collector_run(struct collector *collector, struct weir_error *error)
{
    int code = WEIR_OK;
    while (code == WEIR_OK && !collector->is_stopping) {
        code = turn(collector, error);
    }
    if (code == WEIR_OK) {
        finish_commit(collector);
    }
    log_totals(collector);
    return code;
}
