/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct limits_row limits_rows[LIMITS_COUNT] = {
#define X(constant, name, least, usual, used, hit, policy)                                         \
    [constant] = {name, least, usual, used, hit, policy},
    LIMITS_TABLE(X)
#undef X
};

static int refuse_name(const char *word, struct weir_error *error)
{
    char names[120] = "";
    size_t used = 0;
    for (size_t i = 0; i < LIMITS_COUNT; i++) {
        const int size = snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
                                  limits_rows[i].name);
        used += size > 0 ? (size_t)size : 0;
    }
    return weir_fail(error, WEIR_EINVAL,
                     "--simulate-limit: want NAME=VALUE, NAME one of %s, got %.40s", names, word);
}

static int parse_word(const char *word, struct limits *out, struct weir_error *error)
{
    const size_t size = strcspn(word, "=");
    size_t row = 0;
    while (row < LIMITS_COUNT && (strlen(limits_rows[row].name) != size ||
                                  memcmp(limits_rows[row].name, word, size) != 0)) {
        row++;
    }
    if (row == LIMITS_COUNT || word[size] == '\0') {
        return refuse_name(word, error);
    }
    const char *digits = word + size + 1;
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(digits, &end, 10);
    if (errno != 0 || end == digits || *end != '\0' || digits[0] == '-' ||
        value < limits_rows[row].least) {
        return weir_fail(error, WEIR_EINVAL,
                         "--simulate-limit %s: want a number from %" PRIu64 ", got %.40s",
                         limits_rows[row].name, limits_rows[row].least, digits);
    }
    out->value[row] = value;
    return WEIR_OK;
}

int limits_parse(const struct weir_text_list *words, struct limits *out, struct weir_error *error)
{
    struct limits parsed = {0};
    for (size_t i = 0; i < words->count; i++) {
        const int code = parse_word(words->at[i], &parsed, error);
        if (code != WEIR_OK) {
            return code;
        }
    }
    *out = parsed;
    return WEIR_OK;
}

uint64_t limits_or(const struct limits *limits, enum limits_name name, uint64_t usual)
{
    return limits->value[name] != 0 ? limits->value[name] : usual;
}
