/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/label_import.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/flow/flow_record.h"

#include "collector/store/row_text.h"

#define SEND_BYTES (64U * 1024U)

static int out_of_memory(struct weir_error *error)
{
    return weir_fail(error, WEIR_ENOMEM, "out of memory");
}

static void end(struct label_import *import)
{
    weir_buffer_fini(&import->lines);
    *import = (struct label_import){0};
}

/* A session may import twice, so the table of the first time may still be there. */
static const char table_sql[] =
    "DROP TABLE IF EXISTS pg_temp.label_import; "
    "CREATE TEMPORARY TABLE label_import (n bigint, start_us bigint, proto smallint, "
    "orig_h inet, orig_p integer, resp_h inet, resp_p integer, label text) ON COMMIT DROP";

int label_import_begin(struct label_import *import, struct connection *connection,
                       struct weir_error *error)
{
    *import = (struct label_import){.connection = connection};
    int err = connection_run(connection, "BEGIN", error);
    if (err == WEIR_OK) {
        err = connection_run(connection, table_sql, error);
    }
    if (err == WEIR_OK) {
        PGresult *result =
            PQexec(connection_pq(connection), "COPY pg_temp.label_import FROM STDIN");
        err = connection_check(connection, result, "labels", error);
        if (err == WEIR_OK) {
            PQclear(result);
        }
    }
    if (err != WEIR_OK) {
        label_import_cancel(import);
    }
    return err;
}

static int send_lines(struct label_import *import, struct weir_error *error)
{
    if (import->lines.failed) {
        return out_of_memory(error);
    }
    PGconn *pq = connection_pq(import->connection);
    if (import->lines.size > 0 &&
        PQputCopyData(pq, (const char *)import->lines.bytes, (int)import->lines.size) != 1) {
        return weir_fail(error, WEIR_EPEER, "labels: %s", PQerrorMessage(pq));
    }
    weir_buffer_reset(&import->lines);
    return WEIR_OK;
}

/* COPY's text format gives tab, newline and backslash a meaning of their own. */
static void add_escaped(struct weir_buffer *lines, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        switch (*at) {
        case '\t':
            weir_buffer_add_text(lines, "\\t");
            break;
        case '\n':
            weir_buffer_add_text(lines, "\\n");
            break;
        case '\r':
            weir_buffer_add_text(lines, "\\r");
            break;
        case '\\':
            weir_buffer_add_text(lines, "\\\\");
            break;
        default:
            weir_buffer_add_u8(lines, (uint8_t)*at);
            break;
        }
    }
}

int label_import_add(struct label_import *import, const struct label_import_row *row,
                     struct weir_error *error)
{
    struct weir_buffer *lines = &import->lines;
    const bool of_ipv6 = strchr(row->orig, ':') != NULL;
    const int proto = row->proto == WEIR_PROTO_ICMP && of_ipv6 ? WEIR_PROTO_ICMPV6 : row->proto;
    import->count++;
    weir_buffer_add_format(lines, "%" PRIu64 "\t%" PRId64 "\t%d\t", import->count, row->start_us,
                           proto);
    add_escaped(lines, row->orig);
    weir_buffer_add_format(lines, "\t%u\t", row->orig_p);
    add_escaped(lines, row->resp);
    weir_buffer_add_format(lines, "\t%u\t", row->resp_p);
    add_escaped(lines, row->label);
    weir_buffer_add_u8(lines, '\n');
    return lines->size < SEND_BYTES ? WEIR_OK : send_lines(import, error);
}

static int end_copy(struct label_import *import, struct weir_error *error)
{
    int err = send_lines(import, error);
    PGconn *pq = connection_pq(import->connection);
    if (PQputCopyEnd(pq, err == WEIR_OK ? NULL : "cancelled") != 1 && err == WEIR_OK) {
        err = weir_fail(error, WEIR_EPEER, "labels: %s", PQerrorMessage(pq));
    }
    for (PGresult *result = PQgetResult(pq); result != NULL; result = PQgetResult(pq)) {
        const int checked = err == WEIR_OK
                                ? connection_check(import->connection, result, "labels", error)
                                : WEIR_OK;
        if (checked == WEIR_OK) {
            PQclear(result); /* else connection_check has cleared it */
        }
        err = err == WEIR_OK ? checked : err;
    }
    return err;
}

/* A table that has just been filled has no statistics, and a nested loop over 200,000 rows, chosen
 * for want of them, would not end. The bounds of the list come first as parameters, so that only
 * its days are read. Equal pairs are joined by hashing; the time is then a filter. */
static const char match_sql[] =
    "CREATE TEMPORARY TABLE label_match ON COMMIT DROP AS "
    "SELECT i.n, i.label, f.sensor_id, f.boot, f.flow_id, "
    "row_number() OVER (PARTITION BY f.sensor_id, f.boot, f.flow_id "
    "ORDER BY abs(weir.micros(f.ts) - i.start_us), i.n) = 1 AS nearest "
    "FROM pg_temp.label_import i JOIN weir.flow f ON f.proto = i.proto AND f.orig_h = i.orig_h "
    "AND f.orig_p = i.orig_p AND f.resp_h = i.resp_h AND f.resp_p = i.resp_p "
    "WHERE f.ts BETWEEN weir.at((SELECT min(x.start_us) FROM pg_temp.label_import x) - 1000000) "
    "AND weir.at((SELECT max(x.start_us) FROM pg_temp.label_import x) + 1000000) "
    "AND abs(weir.micros(f.ts) - i.start_us) <= 1000000 ";

static const char insert_sql[] =
    "INSERT INTO weir.label (label, who, why, sensor_id, boot, flow_id) "
    "SELECT m.label, coalesce($1, session_user), $2, m.sensor_id, m.boot, m.flow_id "
    "FROM pg_temp.label_match m LEFT JOIN (SELECT DISTINCT ON (x.sensor_id, x.boot, x.flow_id) "
    "x.sensor_id, x.boot, x.flow_id, x.label FROM weir.label x WHERE x.flow_id IS NOT NULL "
    "AND x.retracted_at IS NULL ORDER BY x.sensor_id, x.boot, x.flow_id, x.id DESC) l "
    "USING (sensor_id, boot, flow_id) WHERE m.nearest AND l.label IS DISTINCT FROM m.label";

/* CREATE TABLE AS takes no parameters, so the stream is a literal. */
static int match(struct label_import *import, const char *stream, struct weir_error *error)
{
    struct connection *connection = import->connection;
    struct weir_buffer sql = {0};
    int err = WEIR_OK;
    weir_buffer_add_text(&sql, "SET LOCAL enable_nestloop = off; ");
    weir_buffer_add_text(&sql, match_sql);
    if (stream != NULL) {
        char *literal = PQescapeLiteral(connection_pq(connection), stream, strlen(stream));
        if (literal == NULL) {
            err = weir_fail(error, WEIR_EINVAL, "stream %s is not a text for the database", stream);
        } else {
            weir_buffer_add_format(&sql, "AND f.stream = %s", literal);
            PQfreemem(literal);
        }
    }
    weir_buffer_add_u8(&sql, 0);
    if (err == WEIR_OK) {
        err = sql.failed ? out_of_memory(error)
                         : connection_run(connection, (const char *)sql.bytes, error);
    }
    weir_buffer_fini(&sql);
    return err;
}

static int insert(struct label_import *import, const struct label_import_terms *terms,
                  struct label_import_result *result, struct weir_error *error)
{
    const char *const values[] = {terms->who, terms->why};
    PGresult *rows = NULL;
    int err = connection_query(import->connection,
                               "SELECT count(DISTINCT n), count(*) FILTER (WHERE nearest) "
                               "FROM pg_temp.label_match",
                               NULL, 0, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    struct label_import_result found = {
        .rows = import->count,
        .matched = (uint64_t)row_text_integer(rows, 0, 0),
        .flows = (uint64_t)row_text_integer(rows, 0, 1),
    };
    PQclear(rows);
    err = connection_query(import->connection, insert_sql, values, 2, &rows, error);
    if (err == WEIR_OK) {
        found.labelled = strtoull(PQcmdTuples(rows), NULL, 10);
        PQclear(rows);
        *result = found;
    }
    return err;
}

int label_import_finish(struct label_import *import, const struct label_import_terms *terms,
                        struct label_import_result *result, struct weir_error *error)
{
    struct label_import_result found = {0};
    int err = end_copy(import, error);
    if (err == WEIR_EDB) {
        err = WEIR_EFORMAT; /* the statement is right, so a value is not */
    }
    if (err == WEIR_OK) {
        err = connection_run(import->connection, "ANALYZE pg_temp.label_import", error);
    }
    if (err == WEIR_OK) {
        err = match(import, terms->stream, error);
    }
    if (err == WEIR_OK) {
        err = insert(import, terms, &found, error);
    }
    if (err == WEIR_OK) {
        err = connection_run(import->connection, "COMMIT", error);
    }
    if (err == WEIR_OK) {
        *result = found;
        end(import);
        return WEIR_OK;
    }
    label_import_cancel(import);
    return err;
}

void label_import_cancel(struct label_import *import)
{
    if (import->connection == NULL) {
        return;
    }
    PGconn *pq = connection_pq(import->connection);
    if (PQputCopyEnd(pq, "cancelled") == 1) { /* fails when no COPY is under way */
        for (PGresult *result = PQgetResult(pq); result != NULL; result = PQgetResult(pq)) {
            PQclear(result);
        }
    }
    /* A session that is lost has rolled back by itself. */
    const int err = connection_run(import->connection, "ROLLBACK", NULL);
    (void)err;
    end(import);
}
