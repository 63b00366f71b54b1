/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/option_value.h"

#define COMPARED_MAX 64U /* longer names are compared by their beginning */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance: how many letters to add, drop or change. */
static size_t distance(const char *a, const char *b)
{
    const size_t a_size = strnlen(a, COMPARED_MAX);
    const size_t b_size = strnlen(b, COMPARED_MAX);
    size_t row[COMPARED_MAX + 1] = {0};
    for (size_t j = 0; j <= b_size; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = smaller(changed, smaller(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_size];
}

/* Half of the letters may be wrong, no more: a wild guess helps nobody. */
static size_t limit_of(const char *name)
{
    return strnlen(name, COMPARED_MAX) / 2 + 1;
}

void weir_option_long_name(const struct weir_option *option, char name[WEIR_OPTION_NAME_BYTES])
{
    const char *from = option->flag != NULL ? option->flag : option->key;
    size_t size = 0;
    for (; size < WEIR_OPTION_NAME_BYTES - 1 && from[size] != '\0'; size++) {
        const char letter = from[size];
        name[size] = letter == '.' || letter == '_' ? '-' : letter;
    }
    name[size] = '\0';
}

size_t weir_option_find_key(const struct weir_option_table *table, const char *key)
{
    size_t row = 0;
    while (row < table->count && strcmp(table->rows[row].key, key) != 0) {
        row++;
    }
    return row;
}

const char *weir_option_nearest_key(const struct weir_option_table *table, const char *key)
{
    const char *nearest = NULL;
    size_t best = limit_of(key);
    for (size_t i = 0; i < table->count; i++) {
        const char *known = table->rows[i].key;
        /* The right name in the wrong section is the commonest mistake. */
        const char *name = strchr(known, '.');
        const char *wanted = strrchr(key, '.');
        const bool moved = name != NULL && strcmp(name + 1, wanted != NULL ? wanted + 1 : key) == 0;
        const size_t far = moved ? 0 : distance(known, key);
        if (far < best) {
            best = far;
            nearest = known;
        }
    }
    return nearest;
}

size_t weir_option_nearest_flag(const struct weir_option_table *table, const char *name)
{
    size_t nearest = table->count;
    size_t best = limit_of(name);
    for (size_t i = 0; i < table->count; i++) {
        char known[WEIR_OPTION_NAME_BYTES] = "";
        weir_option_long_name(&table->rows[i], known);
        const size_t far = distance(known, name);
        if (far < best) {
            best = far;
            nearest = i;
        }
    }
    return nearest;
}

const char *weir_option_quote(const char *text, char quoted[WEIR_OPTION_QUOTE_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;
    for (const char *at = text; *at != '\0'; at++) {
        const unsigned char byte = (unsigned char)*at;
        if (used + 8 > WEIR_OPTION_QUOTE_BYTES) { /* \xNN and "..." and NUL */
            memcpy(quoted + used, "...", 3);
            used += 3;
            break;
        }
        if (byte >= 0x20 && byte < 0x7f) {
            quoted[used++] = *at;
            continue;
        }
        quoted[used++] = '\\';
        quoted[used++] = 'x';
        quoted[used++] = digits[byte >> 4];
        quoted[used++] = digits[byte & 15];
    }
    quoted[used] = '\0';
    if (used == 0) {
        memcpy(quoted, "nothing", sizeof("nothing"));
    }
    return quoted;
}
