/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/stored_rows.h"

struct sink {
    struct sample_set *set;
    struct stored_rows_found found;
    int err;
};

static bool take_flow(const struct stored_flow *flow, const struct weir_kdd_counts *counts,
                      void *context)
{
    struct sink *sink = context;
    float vector[WEIR_FEATURES_MAX];
    weir_feature_vector_fill(sink->set->schema, &flow->record, counts, vector);
    const int64_t start_us = flow->record.start_us;
    struct stored_rows_found *found = &sink->found;
    found->first_us = start_us < found->first_us ? start_us : found->first_us;
    found->last_us = start_us > found->last_us ? start_us : found->last_us;
    sink->err = sample_set_add(sink->set, vector, sample_set_label_of(flow->label));
    return sink->err == 0;
}

int stored_rows_load(struct connection *connection, const struct training_set_query *query,
                     struct sample_set *set, struct stored_rows_found *found,
                     struct weir_error *error)
{
    struct sink sink = {.set = set, .found = {.first_us = INT64_MAX, .last_us = INT64_MIN}};
    const int err =
        training_set_read(connection, query, take_flow, &sink, &sink.found.skipped, error);
    if (err != 0) {
        return err;
    }
    if (sink.err != 0) {
        return weir_fail(error, sink.err, "stored flows: %zu rows do not fit into memory",
                         set->rows);
    }
    if (set->rows == 0) {
        return weir_fail(error, WEIR_ENOENT,
                         "no labelled flow with the windows of schema %s fits; label flows, widen "
                         "--from and --to, or give --unlabelled normal",
                         set->schema->name);
    }
    *found = sink.found;
    return 0;
}
