/* SPDX-License-Identifier: Apache-2.0
 *
 * sample_set: feature vectors of one schema with their labels, in memory.
 *
 * Shape:   features: rows x schema->count, row-major; labels: one per row.
 * Owns:    its arrays; sample_set_fini() frees them. The schema is borrowed.
 * Errors:  WEIR_ENOMEM; a data set stays whole when adding to it fails.
 */
#ifndef WEIR_COLLECTOR_LEARN_SAMPLE_SET_H
#define WEIR_COLLECTOR_LEARN_SAMPLE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/feature_schema.h"

enum sample_set_label {
    SAMPLE_SET_NORMAL = 0,
    SAMPLE_SET_ATTACK = 1,
    SAMPLE_SET_UNLABELLED = 2,
};

struct sample_set {
    const struct weir_feature_schema *schema;
    float *features;
    uint8_t *labels; /* enum sample_set_label */
    size_t rows, capacity;
    size_t per_label[3];         /* rows of each label */
    uint64_t unknown_categories; /* values that the schema does not know, read as -1 */
};

void sample_set_init(struct sample_set *set, const struct weir_feature_schema *schema);
void sample_set_fini(struct sample_set *set);

/* Adds one row; vector is float[schema->count]. */
WEIR_MUST_CHECK int sample_set_add(struct sample_set *set, const float *vector,
                                   enum sample_set_label label);

/* "normal" (with or without a full stop) is NORMAL, "" is UNLABELLED, any other text ATTACK. */
enum sample_set_label sample_set_label_of(const char *text);

static inline const float *sample_set_row(const struct sample_set *set, size_t row)
{
    return set->features + row * set->schema->count;
}

#endif
