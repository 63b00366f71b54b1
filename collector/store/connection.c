/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/connection.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/clock.h"

#define DEFAULT_CONNECT_TIMEOUT_US (10 * WEIR_US_PER_S)
#define SETTINGS_COUNT             8

struct connection {
    PGconn *pq;
};

/* A notice says nothing that an error code does not. */
static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

/* The kind of a failure, from PostgreSQL's five-letter code. */
static int code_of_sqlstate(const char *state)
{
    static const struct {
        const char *prefix;
        int code;
    } kinds[] = {
        {"08", WEIR_EPEER},        {"57P", WEIR_EPEER}, {"40", WEIR_EAGAIN},
        {"55P03", WEIR_EAGAIN},    {"53", WEIR_EAGAIN}, {"57014", WEIR_EAGAIN},
        {"42501", WEIR_EPERM},     {"28", WEIR_EPERM},  {"23505", WEIR_ECONFLICT},
        {"23503", WEIR_ECONFLICT},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(state, kinds[i].prefix, strlen(kinds[i].prefix)) == 0) {
            return kinds[i].code;
        }
    }
    return WEIR_EDB;
}

/* Length of the first line of a message. */
static int first_line(const char *text)
{
    return (int)strcspn(text, "\n");
}

static int login_failed(PGconn *pq, struct weir_error *error)
{
    const char *message = PQerrorMessage(pq);
    const bool refused = strstr(message, "authentication failed") != NULL ||
                         strstr(message, "no pg_hba.conf entry") != NULL;
    const char *host = PQhost(pq);
    return weir_fail(error, refused ? WEIR_EPERM : WEIR_EPEER,
                     "cannot connect to PostgreSQL at %s: %.*s",
                     host != NULL && host[0] != '\0' ? host : "the default address",
                     first_line(message), message);
}

static int log_in(PGconn *pq, const struct connection_options *options, struct weir_error *error)
{
    if (PQstatus(pq) != CONNECTION_OK) {
        return login_failed(pq, error);
    }
    (void)PQsetNoticeProcessor(pq, ignore_notice, NULL);
    struct connection session = {.pq = pq};
    const int version = PQserverVersion(pq);
    if (version < 150000) {
        return weir_fail(error, WEIR_EVERSION,
                         "PostgreSQL %d is too old: weir needs version 15 or newer",
                         version / 10000);
    }
    if (options->role != NULL) {
        char *name = PQescapeIdentifier(pq, options->role, strlen(options->role));
        if (name == NULL) {
            return weir_fail(error, WEIR_EINVAL, "role name: %s", PQerrorMessage(pq));
        }
        char sql[160];
        (void)snprintf(sql, sizeof(sql), "SET ROLE %s", name);
        PQfreemem(name);
        const int err = connection_run(&session, sql, error);
        if (err != WEIR_OK) {
            return err;
        }
    }
    return connection_run(&session,
                          "SET search_path = pg_catalog, weir, pg_temp; SET timezone = 'UTC'",
                          error);
}

int connection_open(const struct connection_options *options, struct connection **out,
                    struct weir_error *error)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    const int64_t wait_us =
        options->connect_timeout_us > 0 ? options->connect_timeout_us : DEFAULT_CONNECT_TIMEOUT_US;
    char timeout[24];
    (void)snprintf(timeout, sizeof(timeout), "%lld",
                   (long long)((wait_us + WEIR_US_PER_S - 1) / WEIR_US_PER_S));
    const char *const words[SETTINGS_COUNT] = {
        "connect_timeout", "client_encoding",  "fallback_application_name",
        "dbname",          "application_name", NULL,
    };
    const char *const values[SETTINGS_COUNT] = {
        timeout, "UTF8", "weir", options->conninfo, options->application_name, NULL,
    };
    connection->pq = PQconnectdbParams(words, values, 1);
    const int err = connection->pq == NULL ? weir_fail(error, WEIR_ENOMEM, "out of memory")
                                           : log_in(connection->pq, options, error);
    if (err != WEIR_OK) {
        connection_close(connection);
        return err;
    }
    *out = connection;
    return WEIR_OK;
}

void connection_close(struct connection *connection)
{
    if (connection != NULL) {
        PQfinish(connection->pq);
        free(connection);
    }
}

int connection_run(struct connection *connection, const char *sql, struct weir_error *error)
{
    PGresult *result = PQexec(connection->pq, sql);
    const int err = connection_check(connection, result, "statement", error);
    if (err == WEIR_OK) {
        PQclear(result);
    }
    return err;
}

int connection_value(struct connection *connection, const char *sql, char *text, size_t size,
                     struct weir_error *error)
{
    PGresult *rows = NULL;
    const int err = connection_query(connection, sql, NULL, 0, &rows, error);
    if (err == WEIR_OK) {
        const bool found = PQntuples(rows) > 0 && PQnfields(rows) > 0;
        (void)snprintf(text, size, "%s", found ? PQgetvalue(rows, 0, 0) : "");
        PQclear(rows);
    }
    return err;
}

int connection_listen(struct connection *connection, const char *channel, struct weir_error *error)
{
    char *name = PQescapeIdentifier(connection->pq, channel, strlen(channel));
    if (name == NULL) {
        return weir_fail(error, WEIR_EINVAL, "channel: %s", PQerrorMessage(connection->pq));
    }
    char sql[160];
    (void)snprintf(sql, sizeof(sql), "LISTEN %s", name);
    PQfreemem(name);
    return connection_run(connection, sql, error);
}

int connection_socket(const struct connection *connection)
{
    return PQsocket(connection->pq);
}

int connection_notification(struct connection *connection, char *text, size_t size)
{
    if (PQconsumeInput(connection->pq) == 0) {
        return WEIR_EPEER;
    }
    PGnotify *notify = PQnotifies(connection->pq);
    if (notify == NULL) {
        return WEIR_ENOENT;
    }
    (void)snprintf(text, size, "%s", notify->extra);
    PQfreemem(notify);
    return WEIR_OK;
}

struct pg_conn *connection_pq(const struct connection *connection)
{
    return connection->pq;
}

int connection_check(struct connection *connection, struct pg_result *result, const char *what,
                     struct weir_error *error)
{
    const ExecStatusType status = PQresultStatus(result); /* of NULL: a fatal error */
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE ||
        status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
        return WEIR_OK;
    }
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    int code = WEIR_EDB;
    if (PQstatus(connection->pq) != CONNECTION_OK) {
        code = WEIR_EPEER;
    } else if (state != NULL) {
        code = code_of_sqlstate(state);
    }
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    if (primary == NULL) {
        primary = PQerrorMessage(connection->pq);
    }
    (void)weir_fail(error, code, "%s: %.*s%s%.*s", what, first_line(primary), primary,
                    context != NULL ? "; " : "", context != NULL ? first_line(context) : 0,
                    context != NULL ? context : "");
    PQclear(result);
    return code;
}

int connection_query(struct connection *connection, const char *sql, const char *const *values,
                     int count, struct pg_result **out, struct weir_error *error)
{
    PGresult *result = PQexecParams(connection->pq, sql, count, NULL, values, NULL, NULL, 0);
    const int err = connection_check(connection, result, "query", error);
    if (err != WEIR_OK) {
        return err;
    }
    if (out != NULL) {
        *out = result;
    } else {
        PQclear(result);
    }
    return WEIR_OK;
}
