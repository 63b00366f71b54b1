/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/option_value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t size;
};

static const struct unit span_units[] = {{"us", 1},
                                         {"ms", 1000},
                                         {"s", 1000000},
                                         {"min", 60000000},
                                         {"h", UINT64_C(3600000000)},
                                         {"d", UINT64_C(86400000000)}};
static const struct unit size_units[] = {{"B", 1},
                                         {"KiB", 1024},
                                         {"MiB", UINT64_C(1) << 20},
                                         {"GiB", UINT64_C(1) << 30}};
#define SPAN_UNITS (sizeof(span_units) / sizeof(span_units[0]))
#define SIZE_UNITS (sizeof(size_units) / sizeof(size_units[0]))

static void *field_of(const struct weir_option *option, void *options)
{
    return (char *)options + option->offset;
}

static const void *field_in(const struct weir_option *option, const void *options)
{
    return (const char *)options + option->offset;
}

static int want(struct weir_option_fault *fault, const char *what)
{
    (void)snprintf(fault->text, sizeof(fault->text), "want %s", what);
    return WEIR_EFORMAT;
}

static int check_bounds(const struct weir_option *option, double value,
                        struct weir_option_fault *fault)
{
    if (option->min >= option->max || (value >= option->min && value <= option->max)) {
        return WEIR_OK;
    }
    char low[32];
    char high[32];
    weir_option_bound_text(option, option->min, low, sizeof(low));
    weir_option_bound_text(option, option->max, high, sizeof(high));
    (void)snprintf(fault->text, sizeof(fault->text), "want %s .. %s", low, high);
    return WEIR_EFORMAT;
}

static int set_flag(bool *field, const char *text, struct weir_option_fault *fault)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (strcmp(text, yes[i]) == 0) {
            *field = true;
            return WEIR_OK;
        }
        if (strcmp(text, no[i]) == 0) {
            *field = false;
            return WEIR_OK;
        }
    }
    return want(fault, "yes or no");
}

static int set_count(const struct weir_option *option, uint64_t *field, const char *text,
                     struct weir_option_fault *fault)
{
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text)) {
        return want(fault, "a whole number");
    }
    errno = 0;
    const unsigned long long value = strtoull(text, NULL, 10);
    if (errno != 0) {
        return want(fault, "a smaller number");
    }
    const int err = check_bounds(option, (double)value, fault);
    if (err == WEIR_OK) {
        *field = value;
    }
    return err;
}

static int set_real(const struct weir_option *option, double *field, const char *text,
                    struct weir_option_fault *fault)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    const bool times = end[0] == 'x' && end[1] == '\0'; /* "10x" */
    if (end == text || (*end != '\0' && !times) || !isfinite(value) ||
        strspn(text, "0123456789.eE+-x") != strlen(text)) {
        return want(fault, "a number");
    }
    const int err = check_bounds(option, value, fault);
    if (err == WEIR_OK) {
        *field = value;
    }
    return err;
}

/* "1.5 h" with one of these units to a whole number of the smallest; a bare 0 needs no unit. */
static bool read_quantity(const char *text, const struct unit *units, size_t count, uint64_t *out)
{
    const size_t digits = strspn(text, "0123456789.");
    if (digits == 0 || digits > 20) {
        return false;
    }
    char *end = NULL;
    const double number = strtod(text, &end);
    if (end != text + digits) {
        return false;
    }
    const char *unit = end + strspn(end, " ");
    if (*unit == '\0' && !(number > 0.0)) {
        *out = 0;
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(unit, units[i].name) == 0) {
            const double scaled = number * (double)units[i].size;
            if (!(scaled < 0x1p62)) {
                return false;
            }
            *out = (uint64_t)(scaled + 0.5);
            return true;
        }
    }
    return false;
}

static int set_span(const struct weir_option *option, int64_t *field, const char *text,
                    struct weir_option_fault *fault)
{
    uint64_t value = 0;
    if (!read_quantity(text, span_units, SPAN_UNITS, &value)) {
        return want(fault, "a time with us, ms, s, min, h or d");
    }
    const int err = check_bounds(option, (double)value, fault);
    if (err == WEIR_OK) {
        *field = (int64_t)value;
    }
    return err;
}

static int set_size(const struct weir_option *option, uint64_t *field, const char *text,
                    struct weir_option_fault *fault)
{
    uint64_t value = 0;
    if (!read_quantity(text, size_units, SIZE_UNITS, &value)) {
        return want(fault, "a size with B, KiB, MiB or GiB");
    }
    const int err = check_bounds(option, (double)value, fault);
    if (err == WEIR_OK) {
        *field = value;
    }
    return err;
}

/* A line break or an escape sequence in a setting is a mistake, and could not be printed back; nor
 * could what a file takes for a comment. */
static bool is_printable(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        const bool comment = *at == ';' && (at == text || at[-1] == ' ');
        if ((unsigned char)*at < 0x20 || *at == 0x7f || comment) {
            return false;
        }
    }
    return true;
}

static int set_text(char **field, const char *text, struct weir_option_fault *fault)
{
    if (!is_printable(text)) {
        return want(fault, "text without control characters and \" ;\"");
    }
    char *copy = NULL;
    if (text[0] != '\0') {
        copy = strdup(text);
        if (copy == NULL) {
            (void)want(fault, "more memory");
            return WEIR_ENOMEM;
        }
    }
    free(*field);
    *field = copy;
    return WEIR_OK;
}

static int set_choice(const struct weir_option *option, int *field, const char *text,
                      struct weir_option_fault *fault)
{
    int index = 0;
    for (const char *at = option->choices; *at != '\0'; index++) {
        const size_t size = strcspn(at, "|");
        if (size > 0 && strlen(text) == size && memcmp(at, text, size) == 0) {
            *field = index;
            return WEIR_OK;
        }
        at += size;
        at += *at == '|' ? 1 : 0;
    }
    return want(fault, option->choices);
}

static int append_entry(struct weir_text_list *list, const char *text, size_t size,
                        struct weir_option_fault *fault)
{
    if (text[0] == ';') {
        return want(fault, "words that do not begin a comment");
    }
    char *entry = strndup(text, size);
    if (entry == NULL) {
        (void)want(fault, "more memory");
        return WEIR_ENOMEM;
    }
    char **grown = (char **)realloc((void *)list->at, (list->count + 1) * sizeof(*grown));
    if (grown == NULL) {
        free(entry);
        (void)want(fault, "more memory");
        return WEIR_ENOMEM;
    }
    grown[list->count] = entry;
    list->at = grown;
    list->count++;
    return WEIR_OK;
}

int weir_option_value_append(const struct weir_option *option, void *options, const char *text,
                             struct weir_option_fault *fault)
{
    struct weir_text_list *list = (struct weir_text_list *)field_of(option, options);
    if (!is_printable(text) || text[0] == '\0' || strchr(text, '"') != NULL) {
        return want(fault, "text without control characters and quotes");
    }
    return append_entry(list, text, strlen(text), fault);
}

/* Words end at blanks; "two words" in double quotes are one. */
static int set_list(struct weir_text_list *list, const char *text, struct weir_option_fault *fault)
{
    const char *at = text + strspn(text, " ");
    if (!is_printable(at)) {
        return want(fault, "words without control characters and \" ;\"");
    }
    while (*at != '\0') {
        const bool quoted = *at == '"';
        at += quoted ? 1 : 0;
        const size_t size = strcspn(at, quoted ? "\"" : " \"");
        const char stop = at[size];
        if (quoted ? (stop != '"' || size == 0) : stop == '"') {
            return want(fault, "words, or \"several words\" in quotes");
        }
        const int err = append_entry(list, at, size, fault);
        if (err != WEIR_OK) {
            return err;
        }
        at += size + (quoted ? 1 : 0);
        at += strspn(at, " ");
    }
    return WEIR_OK;
}

int weir_option_value_set(const struct weir_option *option, void *options, const char *text,
                          struct weir_option_fault *fault)
{
    void *field = field_of(option, options);
    switch (option->type) {
    case WEIR_OPTION_FLAG:
        return set_flag((bool *)field, text, fault);
    case WEIR_OPTION_COUNT:
        return set_count(option, (uint64_t *)field, text, fault);
    case WEIR_OPTION_REAL:
        return set_real(option, (double *)field, text, fault);
    case WEIR_OPTION_SPAN:
        return set_span(option, (int64_t *)field, text, fault);
    case WEIR_OPTION_SIZE:
        return set_size(option, (uint64_t *)field, text, fault);
    case WEIR_OPTION_TEXT:
        return set_text((char **)field, text, fault);
    case WEIR_OPTION_CHOICE:
        return set_choice(option, (int *)field, text, fault);
    case WEIR_OPTION_LIST:
        return set_list((struct weir_text_list *)field, text, fault);
    }
    return want(fault, "a known type of option");
}

void weir_option_value_clear(const struct weir_option *option, void *options)
{
    if (option->type == WEIR_OPTION_TEXT) {
        char **text = (char **)field_of(option, options);
        free(*text);
        *text = NULL;
    } else if (option->type == WEIR_OPTION_LIST) {
        struct weir_text_list *list = (struct weir_text_list *)field_of(option, options);
        for (size_t i = 0; i < list->count; i++) {
            free(list->at[i]);
        }
        free((void *)list->at);
        *list = (struct weir_text_list){0};
    }
}

/* In the largest unit that leaves a whole number. */
static void quantity_text(uint64_t value, const struct unit *units, size_t count, char *out,
                          size_t size)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        if (value != 0 && value % units[i].size == 0) {
            best = i;
        }
    }
    (void)snprintf(out, size, "%" PRIu64 " %s", value / units[best].size, units[best].name);
}

/* Few digits where they suffice, all seventeen where they do not. */
static void real_text(double value, char *out, size_t size)
{
    (void)snprintf(out, size, "%.15g", value);
    if (strtod(out, NULL) < value || strtod(out, NULL) > value) {
        (void)snprintf(out, size, "%.17g", value);
    }
}

void weir_option_bound_text(const struct weir_option *option, double bound, char *out, size_t size)
{
    if (option->type == WEIR_OPTION_SPAN) {
        quantity_text((uint64_t)bound, span_units, SPAN_UNITS, out, size);
    } else if (option->type == WEIR_OPTION_SIZE) {
        quantity_text((uint64_t)bound, size_units, SIZE_UNITS, out, size);
    } else {
        real_text(bound, out, size);
    }
}

static void print_choice(const struct weir_option *option, int index, FILE *out)
{
    const char *at = option->choices;
    for (int i = 0; i < index && *at != '\0'; i++) {
        at += strcspn(at, "|");
        at += *at == '|' ? 1 : 0;
    }
    (void)fprintf(out, "%.*s", (int)strcspn(at, "|"), at);
}

void weir_option_value_print(const struct weir_option *option, const void *options, FILE *out)
{
    const void *field = field_in(option, options);
    char text[64] = "";
    switch (option->type) {
    case WEIR_OPTION_FLAG:
        (void)fputs(*(const bool *)field ? "yes" : "no", out);
        break;
    case WEIR_OPTION_COUNT:
        (void)fprintf(out, "%" PRIu64, *(const uint64_t *)field);
        break;
    case WEIR_OPTION_REAL:
        real_text(*(const double *)field, text, sizeof(text));
        break;
    case WEIR_OPTION_SPAN:
        quantity_text((uint64_t) * (const int64_t *)field, span_units, SPAN_UNITS, text,
                      sizeof(text));
        break;
    case WEIR_OPTION_SIZE:
        quantity_text(*(const uint64_t *)field, size_units, SIZE_UNITS, text, sizeof(text));
        break;
    case WEIR_OPTION_TEXT:
        if (*(const char *const *)field != NULL) {
            (void)fputs(*(const char *const *)field, out);
        }
        break;
    case WEIR_OPTION_CHOICE:
        print_choice(option, *(const int *)field, out);
        break;
    case WEIR_OPTION_LIST:
        break;
    }
    (void)fputs(text, out);
}
