/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/encoding.h"

#include <string.h>

#include "common/base/check.h"

int weir_encoding_init(struct weir_encoding *encoding, const struct weir_feature_schema *schema)
{
    if (schema->count > WEIR_FEATURES_MAX) {
        return WEIR_ELIMIT;
    }
    struct weir_encoding made = {.schema = schema};
    size_t next = 0;
    for (size_t i = 0; i < schema->count; i++) {
        const struct weir_feature *feature = &schema->columns[i];
        const size_t categories =
            feature->kind == WEIR_FEATURE_CATEGORY ? weir_feature_categories(feature) : 0;
        const size_t wide = feature->kind == WEIR_FEATURE_CATEGORY ? categories : 1;
        if (wide > WEIR_ENCODED_MAX - next) {
            return WEIR_ELIMIT;
        }
        made.first[i] = (uint16_t)next;
        made.categories[i] = (uint16_t)categories;
        next += wide;
    }
    made.first[schema->count] = (uint16_t)next;
    for (size_t i = schema->count; i > 0; i--) {
        const bool number = schema->columns[i - 1].kind == WEIR_FEATURE_NUMBER;
        made.numbers[i - 1] = number ? (uint16_t)(made.numbers[i] + 1U) : 0;
    }
    made.columns = next;
    *encoding = made;
    return 0;
}

void weir_encoding_apply(const struct weir_encoding *encoding, const float *vector, float *encoded)
{
    for (size_t i = 0; i < encoding->schema->count;) {
        float *at = encoded + encoding->first[i];
        const size_t categories = encoding->categories[i];
        const size_t numbers = encoding->numbers[i];
        if (numbers > 0) {
            memcpy(at, vector + i, numbers * sizeof(*at));
            i += numbers;
            continue;
        }
        memset(at, 0, categories * sizeof(*at));
        /* Outside the range, NaN included: no category. */
        if (vector[i] >= 0.0F && vector[i] < (float)categories) {
            at[(size_t)vector[i]] = 1.0F;
        }
        i++;
    }
}

size_t weir_encoding_origin(const struct weir_encoding *encoding, size_t encoded_column,
                            int *category)
{
    weir_check(encoded_column < encoding->columns);
    size_t i = 0;
    while (encoded_column >= encoding->first[i + 1]) {
        i++;
    }
    const bool number = encoding->schema->columns[i].kind == WEIR_FEATURE_NUMBER;
    *category = number ? -1 : (int)(encoded_column - encoding->first[i]);
    return i;
}
