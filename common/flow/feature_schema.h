/* SPDX-License-Identifier: Apache-2.0
 *
 * feature_schema: the columns a model may see, as tables.
 *
 * Three schemas: `kdd41` (the NSL-KDD columns), `sensor` (what one sensor knows at the end of a
 * flow: columns 1 to 22, its immediate windows, its packet statistics) and `fleet` (frozen kdd41
 * and what only the collector sees). The hash over a schema's names, kinds and categories travels
 * in records, models and rows; a model of another hash is refused, never coerced.
 *
 * Shape:   a feature vector is float[schema->count]; categorical columns hold the category's index,
 *          -1 for a value the schema does not know. In `sensor` what was not measured is -1 too, as
 *          in the record: statistics, of the whole flow or one by one, and columns 10 to 22 of a
 *          TCP flow whose payload was not read (detail no_inspection or worse). A packet that the
 *          flow did not have has length 0 and time -1 in the sequence of its first sixteen.
 * Source:  specification 1.1, 1.12, 3; architecture 8.
 */
#ifndef WEIR_COMMON_FLOW_FEATURE_SCHEMA_H
#define WEIR_COMMON_FLOW_FEATURE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/flow_record.h"

#define WEIR_FEATURES_MAX 256

enum weir_feature_kind {
    WEIR_FEATURE_NUMBER,
    WEIR_FEATURE_CATEGORY
};

struct weir_feature {
    const char *name;
    enum weir_feature_kind kind;
    const char *unit;                /* "s", "byte", "ratio", ... */
    const char *(*category)(size_t); /* text of category i, NULL past the last; NUMBER: NULL */
    const char *source;              /* section of the specification */
};

struct weir_feature_schema {
    const char *name; /* "kdd41", "sensor", "fleet" */
    const struct weir_feature *columns;
    size_t count;
};

/* NULL when there is no schema of that name. */
const struct weir_feature_schema *weir_feature_schema_find(const char *name);

/* XXH3 over names, kinds and category texts in order. */
uint64_t weir_feature_schema_hash(const struct weir_feature_schema *schema);

/* Number of categories of a column; 0 for NUMBER. */
size_t weir_feature_categories(const struct weir_feature *feature);

/* Index of a column, or -1. Accepts is_hot_login for is_host_login. */
int weir_feature_schema_index(const struct weir_feature_schema *schema, const char *name);

/* Fills vector[schema->count] from a FINAL record. counts: the windows that belong to the schema
 * (frozen for kdd41 and fleet, immediate for sensor); NULL gives zeros. */
void weir_feature_vector_fill(const struct weir_feature_schema *schema,
                              const struct weir_flow_record *record,
                              const struct weir_kdd_counts *counts, float *vector);

#endif
