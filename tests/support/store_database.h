/* SPDX-License-Identifier: Apache-2.0
 *
 * store_database: a migrated database and a store on it, for tests; named by environment
 * WEIR_TEST_CONNINFO (a superuser's login into an empty database), which
 * tests/integration/store_test.py gives.
 *
 * Owns:    the sessions and the store, from set_up to tear_down.
 */
#ifndef WEIR_TESTS_SUPPORT_STORE_DATABASE_H
#define WEIR_TESTS_SUPPORT_STORE_DATABASE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/migration.h"
#include "collector/store/store.h"

#include "tests/support/weir_test.h"

#define STORE_DATABASE_START_US INT64_C(1767225600123456) /* 2026-01-01 00:00:00.123456 UTC */
#define STORE_DATABASE_SKIPPED  77

struct store_database {
    struct connection *admin; /* as logged in */
    struct connection *ingest;
    struct store *store;
    struct store_counters counters;
    struct weir_error error;
};

static inline struct connection *store_database_open_as(const char *role)
{
    struct weir_error error = {0};
    struct connection *connection = NULL;
    const struct connection_options options = {.conninfo = getenv("WEIR_TEST_CONNINFO"),
                                               .role = role,
                                               .application_name = "store_test"};
    if (connection_open(&options, &connection, &error) != WEIR_OK) {
        fail_msg("%s", error.text);
    }
    return connection;
}

static inline int store_database_set_up(void **state)
{
    struct store_database *database = calloc(1, sizeof(*database));
    assert_non_null(database);
    database->admin = store_database_open_as(NULL);
    if (migration_apply(database->admin, migration_folder(NULL), NULL, NULL, &database->error) !=
        WEIR_OK) {
        fail_msg("%s", database->error.text);
    }
    database->ingest = store_database_open_as("weir_ingest");
    const struct store_options options = {.counters = &database->counters};
    if (store_new(database->ingest, &options, &database->store, &database->error) != WEIR_OK) {
        fail_msg("%s", database->error.text);
    }
    *state = database;
    return 0;
}

static inline int store_database_tear_down(void **state)
{
    struct store_database *database = *state;
    store_free(database->store);
    connection_close(database->ingest);
    connection_close(database->admin);
    free(database);
    return 0;
}

static inline int store_database_empty_tables(void **state)
{
    struct store_database *database = *state;
    database->counters = (struct store_counters){0};
    return connection_run(database->admin,
                          "TRUNCATE weir.flow, weir.flow_statistics, weir.flow_open, "
                          "weir.flow_late, weir.flow_rejected, "
                          "weir.ledger, weir.ledger_position, weir.sensor_session, weir.label, "
                          "weir.retired_day, weir.marker, weir.l2_event, weir.flagged_flow",
                          NULL);
}

static inline int64_t store_database_ask(struct store_database *database, const char *sql)
{
    char text[32];
    if (connection_value(database->admin, sql, text, sizeof(text), &database->error) != WEIR_OK) {
        fail_msg("%s", database->error.text);
    }
    return strtoll(text, NULL, 10);
}

/* True, after saying so, when there is no database to test with. */
static inline bool store_database_missing(void)
{
    const bool missing = getenv("WEIR_TEST_CONNINFO") == NULL;
    if (missing) {
        (void)puts("skipped: WEIR_TEST_CONNINFO names no database (tests/integration/store_test.py "
                   "runs this with one)");
    }
    return missing;
}

#endif
