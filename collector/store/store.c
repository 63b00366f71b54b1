/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/store.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#include "collector/store/copy_encoder.h"
#include "collector/store/event_row.h"
#include "collector/store/flow_column.h"
#include "collector/store/flow_copy.h"
#include "collector/store/flow_open.h"
#include "collector/store/ledger.h"
#include "collector/store/marker_row.h"
#include "collector/store/partition.h"
#include "collector/store/statistics_column.h"

#define DAYS_AHEAD 7
#define US_PER_DAY (86400 * WEIR_US_PER_S)
#define STOP_NEVER 0

/* The lists are those of the transaction being made; their rows point into the caller's batches. */
struct store {
    struct connection *connection;
    struct store_counters *counters;
    uint64_t stop_before_commit;
    uint64_t transactions; /* of this store, for the stop point */
    struct partition partition;
    struct weir_buffer buffer;
    struct stored_flow *identities; /* one a batch */
    size_t identity_capacity;
    struct flow_copy_list flows, measured, late, finals, opens, ended, unfit;
};

/* One transaction's figures; they count only when it is committed. */
struct attempt {
    const struct ready_batch *const *batches;
    size_t count;
    struct store_result *results;
    bool bisect; /* cut COPYs to find the row that fails */
    size_t bisected;
};

static uint64_t stop_point(const struct store_options *options)
{
    if (options->stop_before_commit != STOP_NEVER) {
        return options->stop_before_commit;
    }
    const char *text = getenv("WEIR_TEST_STOP_BEFORE_COMMIT");
    return text == NULL ? STOP_NEVER : strtoull(text, NULL, 10);
}

static int prepare_session(struct store *store, struct weir_error *error)
{
    struct connection *connection = store->connection;
    const struct flow_copy_target tables[] = {{"flow", &flow_column_flow},
                                              {"flow_open", &flow_column_flow},
                                              {"flow_late", &flow_column_flow},
                                              {"flow_statistics", &statistics_column_list}};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        const int err = flow_column_verify(connection, tables[i].table, tables[i].columns, error);
        if (err != WEIR_OK) {
            return err;
        }
    }
    /* An acknowledged batch must survive the machine, whatever the server's default is. */
    int err = connection_run(connection, "SET synchronous_commit = on", error);
    if (err == WEIR_OK) {
        err = flow_open_prepare(connection, error);
    }
    if (err == WEIR_OK) {
        err = ledger_prepare(connection, error);
    }
    return err == WEIR_OK ? store_make_partitions(store, error) : err;
}

int store_new(struct connection *connection, const struct store_options *options,
              struct store **out, struct weir_error *error)
{
    struct store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    store->connection = connection;
    store->counters = options->counters;
    store->stop_before_commit = stop_point(options);
    const int err = prepare_session(store, error);
    if (err != WEIR_OK) {
        store_free(store);
        return err;
    }
    *out = store;
    return WEIR_OK;
}

void store_free(struct store *store)
{
    if (store == NULL) {
        return;
    }
    struct flow_copy_list *const lists[] = {&store->flows,  &store->measured, &store->late,
                                            &store->finals, &store->opens,    &store->ended,
                                            &store->unfit};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        flow_copy_list_fini(lists[i]);
    }
    partition_fini(&store->partition);
    weir_buffer_fini(&store->buffer);
    free(store->identities);
    free(store);
}

int store_make_partitions(struct store *store, struct weir_error *error)
{
    const int64_t now_us = weir_wall_now_us();
    for (int day = 0; day <= DAYS_AHEAD; day++) {
        const int err = partition_prepare(&store->partition, store->connection,
                                          now_us + day * US_PER_DAY, error);
        if (err != WEIR_OK) {
            return err;
        }
    }
    return WEIR_OK;
}

static bool stream_fit(const struct weir_flow_batch *batch)
{
    return weir_stream_name_valid(batch->stream) && batch->sequence > 0 &&
           batch->sequence <= INT64_MAX;
}

/* Outside the transaction: every day that a row of these batches needs. */
static int prepare_days(struct store *store, const struct attempt *attempt,
                        struct weir_error *error)
{
    for (size_t b = 0; b < attempt->count; b++) {
        const struct ready_batch *batch = attempt->batches[b];
        for (size_t i = 0; i < batch->batch.count; i++) {
            const struct weir_flow_record *record = batch->rows[i].record;
            if (record->record_type != WEIR_RECORD_FINAL || record->start_us < 0 ||
                record->start_us >= COPY_ENCODER_TIME_MAX_US) {
                continue;
            }
            const int err =
                partition_prepare(&store->partition, store->connection, record->start_us, error);
            if (err != WEIR_OK) {
                return err;
            }
        }
    }
    return WEIR_OK;
}

static int room_for_identities(struct store *store, size_t count)
{
    if (count <= store->identity_capacity) {
        return WEIR_OK;
    }
    struct stored_flow *identities = calloc(count, sizeof(identities[0]));
    if (identities == NULL) {
        return WEIR_ENOMEM;
    }
    free(store->identities);
    store->identities = identities;
    store->identity_capacity = count;
    return WEIR_OK;
}

/* Puts one row on the lists it belongs to. */
static int sort_row(struct store *store, struct flow_copy_row row)
{
    const struct weir_flow_record *record = row.row->record;
    const bool final = record->record_type == WEIR_RECORD_FINAL;
    struct flow_copy_list *list = &store->opens;
    if (!copy_encoder_fit(row.row, NULL)) {
        list = &store->unfit;
    } else if (final) {
        list = partition_holds(&store->partition, record->start_us) ? &store->flows : &store->late;
    }
    int err = flow_copy_list_add(list, row);
    if (err == WEIR_OK && list == &store->flows && record->statistics != NULL) {
        err = flow_copy_list_add(&store->measured, row);
    }
    return err == WEIR_OK && final ? flow_copy_list_add(&store->finals, row) : err;
}

static int sort_batch(struct store *store, const struct ready_batch *batch, size_t index)
{
    struct stored_flow *identity = &store->identities[index];
    identity->sensor_id = batch->sensor_id;
    identity->boot = batch->batch.boot;
    identity->sequence = batch->batch.sequence;
    (void)snprintf(identity->stream, sizeof(identity->stream), "%s", batch->batch.stream);
    int err = WEIR_OK;
    for (size_t i = 0; i < batch->batch.count && err == WEIR_OK; i++) {
        err = sort_row(store, (struct flow_copy_row){.identity = identity, .row = &batch->rows[i]});
    }
    return err;
}

/* Enters each batch into the ledger; the rows of those that are new go on the lists. */
static int enter_batches(struct store *store, const struct attempt *attempt,
                         struct weir_error *error)
{
    for (size_t i = 0; i < attempt->count; i++) {
        const struct ready_batch *batch = attempt->batches[i];
        struct store_result *result = &attempt->results[i];
        *result = (struct store_result){.code = WEIR_OK};
        if (!stream_fit(&batch->batch)) {
            result->code = WEIR_EFORMAT;
            continue;
        }
        enum ledger_answer answer = LEDGER_NEW;
        int err = ledger_enter(store->connection, batch, &answer, error);
        if (err != WEIR_OK) {
            return err;
        }
        result->skipped = answer == LEDGER_KNOWN;
        result->code = answer == LEDGER_CONFLICT ? WEIR_ECONFLICT : WEIR_OK;
        err = answer == LEDGER_NEW ? sort_batch(store, batch, i) : WEIR_OK;
        if (err != WEIR_OK) {
            return weir_fail(error, err, "out of memory");
        }
    }
    return WEIR_OK;
}

static int copy(struct store *store, struct attempt *attempt, struct flow_copy_target target,
                const struct flow_copy_list *list, struct weir_error *error)
{
    if (attempt->bisect) {
        return flow_copy_bisect(store->connection, &target, list, &store->buffer,
                                &attempt->bisected, error);
    }
    return flow_copy_send(store->connection, &target, list, &store->buffer, error);
}

static int write_open(struct store *store, struct attempt *attempt, struct weir_error *error)
{
    if (flow_open_settle(&store->opens, &store->finals, &store->ended) != WEIR_OK) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    int err = WEIR_OK;
    if (store->opens.count > 0) {
        err = copy(store, attempt, (struct flow_copy_target){FLOW_OPEN_STAGE, &flow_column_flow},
                   &store->opens, error);
        if (err == WEIR_OK) {
            err = flow_open_merge(store->connection, &store->buffer, error);
        }
    }
    if (err == WEIR_OK) {
        err = flow_open_remove(store->connection, &store->ended, &store->buffer, error);
    }
    return err;
}

static int write_unfit(struct store *store, struct weir_error *error)
{
    for (size_t i = 0; i < store->unfit.count; i++) {
        const char *why = "a field is out of range";
        (void)copy_encoder_fit(store->unfit.at[i].row, &why);
        const int err = flow_copy_reject(store->connection, &store->unfit.at[i], why, error);
        if (err != WEIR_OK) {
            return err;
        }
    }
    return WEIR_OK;
}

/* What comes in a batch beside its records. */
static int write_beside(struct store *store, const struct attempt *attempt,
                        struct weir_error *error)
{
    int err = WEIR_OK;
    for (size_t i = 0; i < attempt->count && err == WEIR_OK; i++) {
        const struct store_result *result = &attempt->results[i];
        if (result->code != WEIR_OK || result->skipped) {
            continue;
        }
        err = marker_row_write(store->connection, attempt->batches[i], error);
        if (err == WEIR_OK) {
            err = event_row_write(store->connection, attempt->batches[i], error);
        }
    }
    return err;
}

static int write_rows(struct store *store, struct attempt *attempt, struct weir_error *error)
{
    int err = enter_batches(store, attempt, error);
    if (err == WEIR_OK) {
        err = copy(store, attempt, (struct flow_copy_target){"weir.flow", &flow_column_flow},
                   &store->flows, error);
    }
    if (err == WEIR_OK) {
        err = copy(store, attempt,
                   (struct flow_copy_target){"weir.flow_statistics", &statistics_column_list},
                   &store->measured, error);
    }
    if (err == WEIR_OK) {
        err = copy(store, attempt, (struct flow_copy_target){"weir.flow_late", &flow_column_flow},
                   &store->late, error);
    }
    if (err == WEIR_OK) {
        err = write_open(store, attempt, error);
    }
    if (err == WEIR_OK) {
        err = write_unfit(store, error);
    }
    return err == WEIR_OK ? write_beside(store, attempt, error) : err;
}

static void reset_lists(struct store *store)
{
    store->flows.count = 0;
    store->measured.count = 0;
    store->late.count = 0;
    store->finals.count = 0;
    store->opens.count = 0;
    store->ended.count = 0;
    store->unfit.count = 0;
}

/* Everything between BEGIN and COMMIT. WEIR_EPEER from COMMIT: nobody knows. */
static int run_transaction(struct store *store, struct attempt *attempt, struct weir_error *error)
{
    reset_lists(store);
    attempt->bisected = 0;
    int err = connection_run(store->connection, "BEGIN", error);
    if (err == WEIR_OK) {
        err = write_rows(store, attempt, error);
    }
    if (err == WEIR_OK) {
        store->transactions++;
        if (store->transactions == store->stop_before_commit) {
            weir_log(WEIR_LOG_WARN, "store.stop_point", "transaction=%" PRIu64,
                     store->transactions);
            (void)raise(SIGSTOP);
        }
        return connection_run(store->connection, "COMMIT", error);
    }
    if (err != WEIR_EPEER && connection_run(store->connection, "ROLLBACK", NULL) != WEIR_OK) {
        return weir_fail(error, WEIR_EPEER, "the session was lost while rolling back");
    }
    return err == WEIR_ECONFLICT ? WEIR_EDB : err;
}

static void count_transaction(struct store *store, const struct attempt *attempt)
{
    struct store_counters *counters = store->counters;
    counters->transactions++;
    for (size_t i = 0; i < attempt->count; i++) {
        const struct store_result *result = &attempt->results[i];
        counters->batches += result->code == WEIR_OK && !result->skipped ? 1U : 0U;
        counters->ledger_skips += result->skipped ? 1U : 0U;
        counters->conflicts += result->code == WEIR_ECONFLICT ? 1U : 0U;
    }
    counters->flows += store->flows.count;
    counters->late_rows += store->late.count;
    counters->open_rows += store->opens.count;
    counters->rejected_rows += store->unfit.count + attempt->bisected;
    counters->flows -= attempt->bisected <= store->flows.count ? attempt->bisected : 0;
    counters->bisections += attempt->bisect ? 1U : 0U;
}

int store_commit(struct store *store, const struct ready_batch *const *batches, size_t count,
                 struct store_result *results, struct weir_error *error)
{
    struct attempt attempt = {.batches = batches, .count = count, .results = results};
    if (room_for_identities(store, count) != WEIR_OK) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    int err = prepare_days(store, &attempt, error);
    if (err == WEIR_OK) {
        err = run_transaction(store, &attempt, error);
    }
    if (err == WEIR_EDB) {
        /* A day may have been retired since it was asked for, or a row is bad: look again, and cut
         * until the bad row is alone. */
        weir_log(WEIR_LOG_WARN, "store.bisect", "batches=%zu reason=\"%s\"", count,
                 error != NULL ? error->text : "");
        partition_forget(&store->partition);
        attempt.bisect = true;
        err = prepare_days(store, &attempt, error);
        if (err == WEIR_OK) {
            err = run_transaction(store, &attempt, error);
        }
    }
    if (err == WEIR_OK) {
        count_transaction(store, &attempt);
    }
    return err;
}
