/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/option.h"

static const void *field_of(const struct weir_option *option, const void *options)
{
    return (const char *)options + option->offset;
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_list(const struct weir_text_list *a, const struct weir_text_list *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        same = same_text(a->at[i], b->at[i]);
    }
    return same;
}

static bool same_value(const struct weir_option *option, const void *a, const void *b)
{
    const void *left = field_of(option, a);
    const void *right = field_of(option, b);
    switch (option->type) {
    case WEIR_OPTION_FLAG:
        return *(const bool *)left == *(const bool *)right;
    case WEIR_OPTION_COUNT:
    case WEIR_OPTION_SIZE:
        return *(const uint64_t *)left == *(const uint64_t *)right;
    case WEIR_OPTION_REAL:
        return memcmp(left, right, sizeof(double)) == 0;
    case WEIR_OPTION_SPAN:
        return *(const int64_t *)left == *(const int64_t *)right;
    case WEIR_OPTION_TEXT:
        return same_text(*(const char *const *)left, *(const char *const *)right);
    case WEIR_OPTION_CHOICE:
        return *(const int *)left == *(const int *)right;
    case WEIR_OPTION_LIST:
        return same_list((const struct weir_text_list *)left, (const struct weir_text_list *)right);
    }
    return false;
}

void weir_options_compare(const struct weir_option_table *table, const void *a, const void *b,
                          weir_option_change_fn *on_change, void *context)
{
    for (size_t i = 0; i < table->count; i++) {
        if (!same_value(&table->rows[i], a, b)) {
            on_change(context, &table->rows[i]);
        }
    }
}
