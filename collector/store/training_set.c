/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/training_set.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <string.h>

#include "common/base/buffer.h"

#include "collector/store/copy_decoder.h"
#include "collector/store/labels.h"
#include "collector/store/row_text.h"

struct reading {
    training_set_fn *each;
    void *context;
    bool immediate;
    uint64_t skipped;
};

static bool take_flow(const struct stored_flow *flow, void *context)
{
    struct reading *reading = context;
    const struct weir_kdd_counts *counts =
        reading->immediate ? &flow->record.immediate : &flow->row.frozen;
    if (!flow->record.has_vector || counts->count == 0) {
        reading->skipped++;
        return true;
    }
    return reading->each(flow, counts, reading->context);
}

/* The schema of what one sensor knows has the statistics, and its own windows. */
static bool is_of_sensor(const struct training_set_query *query)
{
    return strcmp(query->schema->name, "sensor") == 0;
}

static int add_tail(struct connection *connection, const struct training_set_query *query,
                    struct weir_buffer *sql, struct weir_error *error)
{
    weir_buffer_add_text(sql, "FROM weir.flow f" LABELS_JOIN);
    if (is_of_sensor(query)) {
        weir_buffer_add_text(sql, "LEFT JOIN weir.flow_statistics s ON s.ts = f.ts AND "
                                  "s.sensor_id = f.sensor_id AND s.boot = f.boot AND "
                                  "s.flow_id = f.flow_id ");
    }
    weir_buffer_add_text(sql, "WHERE true");
    if (query->from_us != 0) {
        weir_buffer_add_format(sql, " AND f.ts >= weir.at(%" PRId64 ")", query->from_us);
    }
    if (query->to_us != 0) {
        weir_buffer_add_format(sql, " AND f.ts < weir.at(%" PRId64 ")", query->to_us);
    }
    if (query->unlabelled == NULL) {
        weir_buffer_add_text(sql, " AND l.label IS NOT NULL");
    }
    if (query->stream != NULL) {
        char *name =
            PQescapeLiteral(connection_pq(connection), query->stream, strlen(query->stream));
        if (name == NULL) {
            return weir_fail(error, WEIR_EINVAL, "stream name is not a text for the database");
        }
        weir_buffer_add_format(sql, " AND f.stream = %s", name);
        PQfreemem(name);
    }
    weir_buffer_add_text(sql, " ORDER BY f.stream, f.ts, f.sensor_id, f.boot, f.flow_id");
    weir_buffer_add_u8(sql, 0);
    return sql->failed ? weir_fail(error, WEIR_ENOMEM, "out of memory") : WEIR_OK;
}

/* coalesce(l.label, 'normal'), in a buffer that ends with NUL. */
static int add_label(struct connection *connection, const struct training_set_query *query,
                     struct weir_buffer *sql, struct weir_error *error)
{
    if (query->unlabelled == NULL) {
        weir_buffer_add(sql, "l.label", sizeof("l.label"));
        return WEIR_OK;
    }
    char *label =
        PQescapeLiteral(connection_pq(connection), query->unlabelled, strlen(query->unlabelled));
    if (label == NULL) {
        return weir_fail(error, WEIR_EINVAL, "label is not a text for the database");
    }
    weir_buffer_add_format(sql, "coalesce(l.label, %s)", label);
    weir_buffer_add_u8(sql, 0);
    PQfreemem(label);
    return sql->failed ? weir_fail(error, WEIR_ENOMEM, "out of memory") : WEIR_OK;
}

int training_set_read(struct connection *connection, const struct training_set_query *query,
                      training_set_fn *each, void *context, uint64_t *skipped,
                      struct weir_error *error)
{
    const char *schema = query->schema->name;
    const bool immediate = is_of_sensor(query);
    if (!immediate && strcmp(schema, "kdd41") != 0 && strcmp(schema, "fleet") != 0) {
        return weir_fail(error, WEIR_ESCHEMA, "schema %s cannot be filled from stored flows",
                         schema);
    }
    struct reading reading = {.each = each, .context = context, .immediate = immediate};
    struct weir_buffer tail = {0};
    struct weir_buffer label = {0};
    int err = add_tail(connection, query, &tail, error);
    if (err == WEIR_OK) {
        err = add_label(connection, query, &label, error);
    }
    if (err == WEIR_OK) {
        const struct copy_decoder_query rows = {.tail = (const char *)tail.bytes,
                                                .label = (const char *)label.bytes,
                                                .with_statistics = immediate};
        err = copy_decoder_run(connection, &rows, take_flow, &reading, error);
    }
    if (err == WEIR_OK && skipped != NULL) {
        *skipped = reading.skipped;
    }
    weir_buffer_fini(&tail);
    weir_buffer_fini(&label);
    return err;
}
