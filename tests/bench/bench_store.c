/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_store: rows stored per second through store_commit, beside a bare COPY BINARY of the same
 * rows into the same table by the same number of connections (one).
 *
 * Needs WEIR_TEST_CONNINFO: a superuser's login into an empty database of a server with fsync and
 * synchronous_commit on, on the same machine (tests/bench/store_bench.py starts one). The bare COPY
 * reads a file that the server itself wrote, so it pays neither encoding nor socket. Both sides run
 * in turn, in as many transactions of as many rows, and the median of each counts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "collector/store/connection.h"
#include "collector/store/migration.h"
#include "collector/store/store.h"

#include "tests/support/store_rows.h"

#define START_US       INT64_C(1767225600000000)
#define BATCH_ROWS     1000
#define BATCHES        40 /* one transaction */
#define TRANSACTIONS   5  /* one round */
#define ROUNDS         5
#define ROWS_PER_ROUND (BATCH_ROWS * BATCHES * TRANSACTIONS)

static void die(const char *what, const struct weir_error *error)
{
    (void)fprintf(stderr, "bench_store: %s: %s\n", what, error->text);
    exit(1);
}

static void run(struct connection *connection, const char *sql)
{
    struct weir_error error = {0};
    if (connection_run(connection, sql, &error) != WEIR_OK) {
        die(sql, &error);
    }
}

static void want_on(struct connection *connection, const char *setting)
{
    struct weir_error error = {0};
    char sql[64];
    char value[16];
    (void)snprintf(sql, sizeof(sql), "SHOW %s", setting);
    if (connection_value(connection, sql, value, sizeof(value), &error) != WEIR_OK) {
        die(sql, &error);
    }
    if (strcmp(value, "on") != 0) {
        (void)fprintf(stderr, "bench_store: %s is %s, must be on\n", setting, value);
        exit(1);
    }
}

static struct connection *open_as(const char *role)
{
    struct weir_error error = {0};
    struct connection *connection = NULL;
    const struct connection_options options = {.conninfo = getenv("WEIR_TEST_CONNINFO"),
                                               .role = role};
    if (connection_open(&options, &connection, &error) != WEIR_OK) {
        die("connect", &error);
    }
    return connection;
}

static void empty(struct connection *admin)
{
    run(admin, "TRUNCATE weir.flow, weir.flow_open, weir.ledger, weir.ledger_position");
    run(admin, "CHECKPOINT");
}

/* One round through the store; seconds. */
static double store_round(struct connection *ingest, struct ready_batch *const *batches)
{
    struct weir_error error = {0};
    struct store_counters counters = {0};
    const struct store_options options = {.counters = &counters};
    struct store *store = NULL;
    struct store_result results[BATCHES];
    if (store_new(ingest, &options, &store, &error) != WEIR_OK) {
        die("store", &error);
    }
    const struct weir_mono begin = weir_mono_now();
    for (size_t t = 0; t < TRANSACTIONS; t++) {
        const struct ready_batch *given[BATCHES];
        for (size_t i = 0; i < BATCHES; i++) {
            given[i] = batches[t * BATCHES + i];
        }
        if (store_commit(store, given, BATCHES, results, &error) != WEIR_OK) {
            die("commit", &error);
        }
    }
    const double seconds = (double)weir_mono_since_us(weir_mono_now(), begin) / 1e6;
    if (counters.flows != ROWS_PER_ROUND) {
        (void)fprintf(stderr, "bench_store: %" PRIu64 " rows of %d arrived\n", counters.flows,
                      ROWS_PER_ROUND);
        exit(1);
    }
    store_free(store);
    run(ingest, "DEALLOCATE ALL");
    return seconds;
}

/* The rows of each transaction, which the server writes into files of its own folder. */
static void write_files(struct connection *admin, const char *folder)
{
    for (int t = 0; t < TRANSACTIONS; t++) {
        char sql[512];
        (void)snprintf(sql, sizeof(sql),
                       "COPY (SELECT * FROM weir.flow WHERE sequence > %d AND sequence <= %d "
                       "ORDER BY sequence, record_no) TO '%s/bench-%d.copy' (FORMAT binary)",
                       t * BATCHES, (t + 1) * BATCHES, folder, t);
        run(admin, sql);
    }
}

static double copy_round(struct connection *admin, const char *folder)
{
    const struct weir_mono begin = weir_mono_now();
    for (int t = 0; t < TRANSACTIONS; t++) {
        char sql[512];
        (void)snprintf(sql, sizeof(sql), "COPY weir.flow FROM '%s/bench-%d.copy' (FORMAT binary)",
                       folder, t);
        run(admin, sql);
    }
    return (double)weir_mono_since_us(weir_mono_now(), begin) / 1e6;
}

static int by_size(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;
    return *a < *b ? -1 : *a > *b;
}

int main(void)
{
    if (getenv("WEIR_TEST_CONNINFO") == NULL) {
        (void)fputs("bench_store: WEIR_TEST_CONNINFO names no database; run "
                    "tests/bench/store_bench.py\n",
                    stderr);
        return 77;
    }
    struct weir_error error = {0};
    struct connection *admin = open_as(NULL);
    struct ready_batch *batches[BATCHES * TRANSACTIONS];
    char folder[256];
    double stored[ROUNDS];
    double bare[ROUNDS];
    if (migration_apply(admin, migration_folder(NULL), NULL, NULL, &error) != WEIR_OK) {
        die("migrate", &error);
    }
    struct connection *ingest = open_as("weir_ingest");
    if (connection_value(admin, "SHOW data_directory", folder, sizeof(folder), &error) != WEIR_OK) {
        die("data_directory", &error);
    }
    want_on(admin, "fsync");
    want_on(admin, "synchronous_commit");
    for (size_t i = 0; i < BATCHES * TRANSACTIONS; i++) {
        batches[i] = store_rows_new(1, i + 1, BATCH_ROWS, START_US + (int64_t)i * WEIR_US_PER_S,
                                    WEIR_US_PER_MS);
    }
    (void)store_round(ingest, batches);
    write_files(admin, folder);
    for (size_t i = 0; i < ROUNDS; i++) {
        empty(admin);
        stored[i] = store_round(ingest, batches);
        empty(admin);
        bare[i] = copy_round(admin, folder);
    }
    qsort(stored, ROUNDS, sizeof(stored[0]), by_size);
    qsort(bare, ROUNDS, sizeof(bare[0]), by_size);
    const double ours = ROWS_PER_ROUND / stored[ROUNDS / 2];
    const double theirs = ROWS_PER_ROUND / bare[ROUNDS / 2];
    (void)printf("store_commit   %.0f rows/s\nbare COPY      %.0f rows/s\nratio          %.2f\n",
                 ours, theirs, ours / theirs);
    for (size_t i = 0; i < BATCHES * TRANSACTIONS; i++) {
        store_rows_free(batches[i]);
    }
    connection_close(ingest);
    connection_close(admin);
    return 0;
}
