/* SPDX-License-Identifier: Apache-2.0
 *
 * connection: one session with PostgreSQL.
 *
 * Opening sets the role, the search path (pg_catalog, weir) and UTC. A lost session is never mended
 * here: every call then gives WEIR_EPEER, and the caller closes, waits and opens again.
 *
 * Errors:  WEIR_EPEER server not reachable or session lost, WEIR_EPERM login or privilege refused,
 *          WEIR_EAGAIN worth repeating (lock timeout, serialization, shutting down, disk full),
 *          WEIR_ECONFLICT a unique or foreign key says no, WEIR_EDB anything else.
 * Threads: one connection, one thread.
 */
#ifndef WEIR_COLLECTOR_STORE_CONNECTION_H
#define WEIR_COLLECTOR_STORE_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct connection;
struct pg_conn;
struct pg_result;

struct connection_options {
    const char *conninfo;         /* libpq's words, "" or NULL = environment (PGHOST, PGUSER...) */
    const char *role;             /* SET ROLE after login, "weir_ingest"; NULL = as logged in */
    const char *application_name; /* "weir-collector"; seen in pg_stat_activity */
    int64_t connect_timeout_us;   /* 0 = 10 s */
};

WEIR_MUST_CHECK int connection_open(const struct connection_options *options,
                                    struct connection **out, struct weir_error *error);
void connection_close(struct connection *connection);

/* Runs statements that give no rows. */
WEIR_MUST_CHECK int connection_run(struct connection *connection, const char *sql,
                                   struct weir_error *error);

/* The first value of a query's first row as text, cut to size; "" for null or no row. */
WEIR_MUST_CHECK int connection_value(struct connection *connection, const char *sql, char *text,
                                     size_t size, struct weir_error *error);

/* LISTENs on a channel ("weir_model"). */
WEIR_MUST_CHECK int connection_listen(struct connection *connection, const char *channel,
                                      struct weir_error *error);

/* Descriptor that is readable when something arrives; it changes with every open. */
int connection_socket(const struct connection *connection);

/* The next notification that has arrived, without waiting: its payload in text (cut to size).
 * WEIR_ENOENT when there is none. */
WEIR_MUST_CHECK int connection_notification(struct connection *connection, char *text, size_t size);

/* Inside collector/store only, where libpq is known. */
struct pg_conn *connection_pq(const struct connection *connection);

/* WEIR_OK when result is a success; else clears it, fills error with "what: PostgreSQL's sentence"
 * and gives the code above. */
WEIR_MUST_CHECK int connection_check(struct connection *connection, struct pg_result *result,
                                     const char *what, struct weir_error *error);

/* One statement with text parameters. *out (may be NULL) is a libpq result to be cleared. */
WEIR_MUST_CHECK int connection_query(struct connection *connection, const char *sql,
                                     const char *const *values, int count, struct pg_result **out,
                                     struct weir_error *error);

#endif
