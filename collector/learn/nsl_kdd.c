/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/nsl_kdd.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIELDS_MAX      64     /* columns of a line; more are refused */
#define LINE_BYTES_MAX  65536U /* and longer lines too */
#define PLAIN_COLUMNS   41U
#define ROLE_LABEL      (-1)
#define ROLE_DIFFICULTY (-2)

struct reader {
    const char *name;
    uint64_t line;
    struct sample_set *set;
    int roles[FIELDS_MAX]; /* schema column of a field, or ROLE_* */
    size_t fields;         /* of every line; 0 = not known yet */
    struct weir_error *error;
};

/* Cuts line at its commas, in place. Returns the number of fields, FIELDS_MAX + 1 when too many. */
static size_t cut_fields(char *line, char *fields[FIELDS_MAX])
{
    size_t count = 0;
    for (char *rest = line; rest != NULL;) {
        if (count == FIELDS_MAX) {
            return FIELDS_MAX + 1;
        }
        char *field = strsep(&rest, ",");
        field += strspn(field, " \t\"'");
        size_t length = strlen(field);
        while (length > 0 && strchr(" \t\"'", field[length - 1]) != NULL) {
            length--;
        }
        field[length] = '\0';
        fields[count++] = field;
    }
    return count;
}

static bool is_header(const struct reader *reader, char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (weir_feature_schema_index(reader->set->schema, fields[i]) >= 0) {
            return true;
        }
    }
    return false;
}

/* Gives every field of the header its role: the first unknown name is the label. */
static int take_header(struct reader *reader, char *const *fields, size_t count)
{
    bool seen[WEIR_FEATURES_MAX] = {false};
    bool labelled = false;
    for (size_t i = 0; i < count; i++) {
        const int column = weir_feature_schema_index(reader->set->schema, fields[i]);
        reader->roles[i] = column;
        if (column >= 0) {
            seen[column] = true;
        } else if (!labelled && strncasecmp(fields[i], "difficulty", 10) != 0) {
            reader->roles[i] = ROLE_LABEL;
            labelled = true;
        } else {
            reader->roles[i] = ROLE_DIFFICULTY;
        }
    }
    for (size_t i = 0; i < reader->set->schema->count; i++) {
        if (!seen[i]) {
            return weir_fail(reader->error, WEIR_EFORMAT, "%s:%llu: the header lacks column %s",
                             reader->name, (unsigned long long)reader->line,
                             reader->set->schema->columns[i].name);
        }
    }
    reader->fields = count;
    return 0;
}

static int take_layout(struct reader *reader, size_t count)
{
    if (count < PLAIN_COLUMNS || count > PLAIN_COLUMNS + 2) {
        return weir_fail(reader->error, WEIR_EFORMAT,
                         "%s:%llu: want 41 columns, 42 with a label, 43 with a difficulty, got %zu",
                         reader->name, (unsigned long long)reader->line, count);
    }
    for (size_t i = 0; i < PLAIN_COLUMNS; i++) {
        reader->roles[i] = (int)i;
    }
    reader->roles[PLAIN_COLUMNS] = ROLE_LABEL;
    reader->roles[PLAIN_COLUMNS + 1] = ROLE_DIFFICULTY;
    reader->fields = count;
    return 0;
}

static bool parse_number(const char *text, float *out)
{
    char *end = NULL;
    const size_t length = strlen(text);
    if (length == 0 || strspn(text, "0123456789+-.eE") != length) {
        return false; /* strtof would also take "nan", "inf" and hexadecimal */
    }
    const float value = strtof(text, &end);
    if (*end != '\0' || !isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}

static float parse_category(const struct weir_feature *feature, const char *text)
{
    const char *known = NULL;
    for (size_t i = 0; (known = feature->category(i)) != NULL; i++) {
        if (strcasecmp(known, text) == 0) {
            return (float)i;
        }
    }
    return -1.0F;
}

static int take_row(struct reader *reader, char *const *fields, size_t count)
{
    const struct weir_feature_schema *schema = reader->set->schema;
    const unsigned long long line = (unsigned long long)reader->line;
    float vector[WEIR_FEATURES_MAX];
    const char *label = "";
    uint64_t unknown = 0;
    if (count != reader->fields) {
        return weir_fail(reader->error, WEIR_EFORMAT, "%s:%llu: want %zu columns, got %zu",
                         reader->name, line, reader->fields, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (reader->roles[i] == ROLE_LABEL) {
            label = fields[i];
        }
        if (reader->roles[i] < 0) {
            continue;
        }
        const size_t column = (size_t)reader->roles[i];
        const struct weir_feature *feature = &schema->columns[column];
        if (feature->kind == WEIR_FEATURE_CATEGORY) {
            vector[column] = parse_category(feature, fields[i]);
            unknown += vector[column] < 0.0F ? 1 : 0;
        } else if (!parse_number(fields[i], &vector[column])) {
            return weir_fail(reader->error, WEIR_EFORMAT,
                             "%s:%llu: column %s: want a number, got `%.40s`", reader->name, line,
                             feature->name, fields[i]);
        }
    }
    const int err = sample_set_add(reader->set, vector, sample_set_label_of(label));
    if (err != 0) {
        return weir_fail(reader->error, err, "%s:%llu: out of memory", reader->name, line);
    }
    reader->set->unknown_categories += unknown;
    return 0;
}

/* Takes one line. WEIR_EFORMAT when it is no row. *taken: it was one. */
static int take_line(struct reader *reader, char *line, size_t length, bool *taken)
{
    char *fields[FIELDS_MAX];
    *taken = false;
    if (length > LINE_BYTES_MAX || strlen(line) != length) {
        return weir_fail(reader->error, WEIR_EFORMAT,
                         "%s:%llu: a line of %zu bytes or with a NUL in it is no row", reader->name,
                         (unsigned long long)reader->line, length);
    }
    line[strcspn(line, "\r\n")] = '\0';
    if (line[strspn(line, " \t")] == '\0') {
        return 0;
    }
    const size_t count = cut_fields(line, fields);
    if (count > FIELDS_MAX) {
        return weir_fail(reader->error, WEIR_EFORMAT, "%s:%llu: more than %d columns", reader->name,
                         (unsigned long long)reader->line, FIELDS_MAX);
    }
    if (reader->fields == 0) {
        if (is_header(reader, fields, count)) {
            return take_header(reader, fields, count);
        }
        const int err = take_layout(reader, count);
        if (err != 0) {
            return err;
        }
    }
    const int err = take_row(reader, fields, count);
    *taken = err == 0;
    return err;
}

int nsl_kdd_read(FILE *file, const char *name, bool skip_bad, struct sample_set *set,
                 struct nsl_kdd_counters *counters, struct weir_error *error)
{
    struct reader reader = {.name = name, .set = set, .error = error};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = 0;
    int err = 0;
    while (err == 0 && (length = getline(&line, &capacity, file)) >= 0) {
        bool taken = false;
        reader.line++;
        err = take_line(&reader, line, (size_t)length, &taken);
        counters->rows += taken ? 1 : 0;
        /* Without a layout nothing after this line could be read either. */
        if (err == WEIR_EFORMAT && skip_bad && reader.fields != 0) {
            counters->refused++;
            err = 0;
        }
    }
    if (err == 0 && ferror(file) != 0) {
        err = weir_fail(error, WEIR_EIO, "%s: %s", name, strerror(errno));
    }
    free(line);
    return err;
}

int nsl_kdd_load(const char *path, bool skip_bad, struct sample_set *set,
                 struct nsl_kdd_counters *counters, struct weir_error *error)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(errno));
    }
    const int err = nsl_kdd_read(file, path, skip_bad, set, counters, error);
    (void)fclose(file);
    return err;
}
