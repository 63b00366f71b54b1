/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/sample_set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/check.h"

#define FIRST_CAPACITY 4096U

void sample_set_init(struct sample_set *set, const struct weir_feature_schema *schema)
{
    *set = (struct sample_set){.schema = schema};
}

void sample_set_fini(struct sample_set *set)
{
    free(set->features);
    free(set->labels);
    *set = (struct sample_set){.schema = set->schema};
}

static int grow(struct sample_set *set)
{
    const size_t capacity = set->capacity == 0 ? FIRST_CAPACITY : set->capacity * 2;
    const size_t row_bytes = set->schema->count * sizeof(float);
    if (capacity > SIZE_MAX / row_bytes) {
        return WEIR_ENOMEM;
    }
    float *features = realloc(set->features, capacity * row_bytes);
    if (features == NULL) {
        return WEIR_ENOMEM;
    }
    set->features = features;
    uint8_t *labels = realloc(set->labels, capacity);
    if (labels == NULL) {
        return WEIR_ENOMEM;
    }
    set->labels = labels;
    set->capacity = capacity;
    return 0;
}

int sample_set_add(struct sample_set *set, const float *vector, enum sample_set_label label)
{
    weir_check(label <= SAMPLE_SET_UNLABELLED);
    if (set->rows == set->capacity) {
        const int err = grow(set);
        if (err != 0) {
            return err;
        }
    }
    const size_t count = set->schema->count;
    memcpy(set->features + set->rows * count, vector, count * sizeof(float));
    set->labels[set->rows] = (uint8_t)label;
    set->per_label[label]++;
    set->rows++;
    return 0;
}

enum sample_set_label sample_set_label_of(const char *text)
{
    if (text[0] == '\0') {
        return SAMPLE_SET_UNLABELLED;
    }
    const bool normal = strcasecmp(text, "normal") == 0 || strcasecmp(text, "normal.") == 0;
    return normal ? SAMPLE_SET_NORMAL : SAMPLE_SET_ATTACK;
}
