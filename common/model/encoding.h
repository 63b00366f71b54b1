/* SPDX-License-Identifier: Apache-2.0
 *
 * encoding: how a feature vector of a schema becomes the numbers that trees are trained on.
 *
 * A number keeps its place as one column; a category becomes one column per category (one-hot),
 * all zero for an unknown value. Training and scoring share this layout and nothing else decides
 * which encoded column means what.
 *
 * Shape:   vector float[schema->count] -> encoded float[columns].
 * Owns:    nothing; schema must outlive it.
 * Source:  specification 1.12.
 */
#ifndef WEIR_COMMON_MODEL_ENCODING_H
#define WEIR_COMMON_MODEL_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/feature_schema.h"

/* Most encoded columns of any schema: bounds the stack of a scorer. */
#define WEIR_ENCODED_MAX 512

struct weir_encoding {
    const struct weir_feature_schema *schema;
    uint16_t
        first[WEIR_FEATURES_MAX + 1]; /* first encoded column of a schema column; last: total */
    uint16_t categories[WEIR_FEATURES_MAX];  /* 0 for a number */
    uint16_t numbers[WEIR_FEATURES_MAX + 1]; /* columns from here on that are numbers */
    size_t columns;                          /* of the encoded vector */
};

/* WEIR_ELIMIT when the schema has more than WEIR_FEATURES_MAX columns or needs more than
 * WEIR_ENCODED_MAX. */
WEIR_MUST_CHECK int weir_encoding_init(struct weir_encoding *encoding,
                                       const struct weir_feature_schema *schema);

/* Fills encoded[encoding->columns]. */
void weir_encoding_apply(const struct weir_encoding *encoding, const float *vector, float *encoded);

/* The schema column behind an encoded one; *category is -1 for a number. */
size_t weir_encoding_origin(const struct weir_encoding *encoding, size_t encoded_column,
                            int *category);

#endif
