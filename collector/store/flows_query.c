/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/flows_query.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"

#include "common/flow/address.h"
#include "common/flow/app.h"

#include "collector/store/copy_decoder.h"
#include "collector/store/labels.h"
#include "collector/store/row_text.h"

struct clause { /* the text after SELECT ..., being written */
    struct connection *connection;
    struct weir_buffer sql;
    int err;
    struct weir_error *error;
};

/* Appends before, value as an SQL literal, after. */
static void add_literal(struct clause *clause, const char *before, const char *value,
                        const char *after)
{
    char *literal = PQescapeLiteral(connection_pq(clause->connection), value, strlen(value));
    if (literal == NULL) {
        clause->err =
            weir_fail(clause->error, WEIR_EINVAL, "%s is not a text for the database", value);
        return;
    }
    weir_buffer_add_text(&clause->sql, before);
    weir_buffer_add_text(&clause->sql, literal);
    weir_buffer_add_text(&clause->sql, after);
    PQfreemem(literal);
}

/* "10.0.0.1" or "10.0.0.0/8" */
static bool is_network(const char *text)
{
    char address[WEIR_ADDRESS_TEXT_SIZE + 1] = {0};
    const size_t length = strcspn(text, "/");
    struct weir_address parsed;
    if (length >= sizeof(address)) {
        return false;
    }
    memcpy(address, text, length);
    if (weir_address_parse(address, &parsed) != WEIR_OK) {
        return false;
    }
    const char *prefix = text + length;
    return prefix[0] == '\0' ||
           (prefix[1] != '\0' && strspn(prefix + 1, "0123456789") == strlen(prefix + 1) &&
            strlen(prefix) <= 4);
}

static void add_network(struct clause *clause, const char *before, const char *value,
                        const char *after)
{
    if (!is_network(value)) {
        clause->err =
            weir_fail(clause->error, WEIR_EINVAL,
                      "%s is not an address or prefix (10.0.0.1, 10.0.0.0/8, fe80::1)", value);
        return;
    }
    add_literal(clause, before, value, after);
}

static void add_app(struct clause *clause, const char *name)
{
    enum weir_app app = WEIR_APP_NONE;
    if (!weir_app_parse(name, &app)) {
        clause->err =
            weir_fail(clause->error, WEIR_EINVAL,
                      "%.60s is no application (tls, ssh, http, dns, ..., unknown)", name);
        return;
    }
    weir_buffer_add_format(&clause->sql, " AND f.app = %d", (int)app);
}

static void add_text_filters(struct clause *clause, const struct flows_query *query)
{
    if (query->stream != NULL) {
        add_literal(clause, " AND f.stream = ", query->stream, "");
    }
    if (query->sensor != NULL) {
        add_literal(clause, " AND f.sensor_id = (SELECT s.id FROM weir.sensor s WHERE s.name = ",
                    query->sensor, ")");
    }
    if (query->host != NULL) {
        add_network(clause, " AND (f.orig_h <<= ", query->host, "::inet");
        add_network(clause, " OR f.resp_h <<= ", query->host, "::inet)");
    }
    if (query->orig != NULL) {
        add_network(clause, " AND f.orig_h <<= ", query->orig, "::inet");
    }
    if (query->resp != NULL) {
        add_network(clause, " AND f.resp_h <<= ", query->resp, "::inet");
    }
    if (query->app != NULL) {
        add_app(clause, query->app);
    }
    if (query->label != NULL) {
        add_literal(clause, " AND coalesce(l.label, '') = ", query->label, "");
    }
}

static void add_filters(struct clause *clause, const struct flows_query *query)
{
    struct weir_buffer *sql = &clause->sql;
    weir_buffer_add_text(sql, "WHERE true");
    if (query->from_us != 0) {
        weir_buffer_add_format(sql, " AND f.ts >= weir.at(%" PRId64 ")", query->from_us);
    }
    if (query->to_us != 0) {
        weir_buffer_add_format(sql, " AND f.ts < weir.at(%" PRId64 ")", query->to_us);
    }
    if (query->port != 0) {
        weir_buffer_add_format(sql, " AND f.resp_p = %d", query->port);
    }
    if (query->proto != 0) {
        weir_buffer_add_format(sql, " AND f.proto = %d", query->proto);
    }
    if (query->flagged) {
        weir_buffer_add_text(sql, " AND (f.sensor_flagged OR f.fleet_flagged)");
    }
    if (query->min_score > 0) {
        weir_buffer_add_format(sql, " AND greatest(f.sensor_score, f.fleet_score) >= %.9g::real",
                               query->min_score);
    }
    if (query->flow_id != 0) {
        weir_buffer_add_format(sql, " AND f.flow_id = %" PRId64, (int64_t)query->flow_id);
    }
    add_text_filters(clause, query);
}

/* FROM ... WHERE ..., without order and limit. */
static void add_from(struct clause *clause, const struct flows_query *query)
{
    weir_buffer_add_text(&clause->sql, "FROM weir.flow f ");
    if (query->with_label || query->label != NULL) {
        weir_buffer_add_text(&clause->sql, LABELS_JOIN);
    }
    add_filters(clause, query);
}

static int finish(struct clause *clause)
{
    weir_buffer_add_u8(&clause->sql, 0);
    if (clause->err == WEIR_OK && clause->sql.failed) {
        clause->err = weir_fail(clause->error, WEIR_ENOMEM, "out of memory");
    }
    return clause->err;
}

int flows_query_run(struct connection *connection, const struct flows_query *query,
                    stored_flow_fn *each, void *context, struct weir_error *error)
{
    struct clause clause = {.connection = connection, .error = error};
    const char *way = query->oldest_first ? "" : " DESC";
    add_from(&clause, query);
    weir_buffer_add_format(&clause.sql, " ORDER BY f.ts%s, f.sensor_id%s, f.boot%s, f.flow_id%s",
                           way, way, way, way);
    if (query->limit != 0) {
        weir_buffer_add_format(&clause.sql, " LIMIT %" PRIu64, query->limit);
    }
    int err = finish(&clause);
    if (err == WEIR_OK) {
        const bool labelled = query->with_label || query->label != NULL;
        const struct copy_decoder_query rows = {.tail = (const char *)clause.sql.bytes,
                                                .label = labelled ? "l.label" : NULL};
        err = copy_decoder_run(connection, &rows, each, context, error);
    }
    weir_buffer_fini(&clause.sql);
    return err;
}

int flows_query_count(struct connection *connection, const struct flows_query *query,
                      uint64_t *count, struct weir_error *error)
{
    struct clause clause = {.connection = connection, .error = error};
    weir_buffer_add_text(&clause.sql, "SELECT count(*) ");
    add_from(&clause, query);
    int err = finish(&clause);
    PGresult *rows = NULL;
    if (err == WEIR_OK) {
        err = connection_query(connection, (const char *)clause.sql.bytes, NULL, 0, &rows, error);
    }
    if (err == WEIR_OK) {
        *count = (uint64_t)row_text_integer(rows, 0, 0);
        PQclear(rows);
    }
    weir_buffer_fini(&clause.sql);
    return err;
}
