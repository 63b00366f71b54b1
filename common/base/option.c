/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/option.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/option_value.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024)

/* One source (a file, a command line) being read over the options. */
struct source {
    const struct weir_option_table *table;
    void *options;
    struct weir_error *error;
    int *first_line; /* per row: the line of this source that set it, 0 = not yet */
    int err;         /* the first failure; the rest of the source is skipped */
};

static int source_init(struct source *source, const struct weir_option_table *table, void *options,
                       struct weir_error *error)
{
    int *first_line = (int *)calloc(table->count + 1, sizeof(*first_line));
    if (first_line == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "%s: out of memory", table->program);
    }
    *source = (struct source){.table = table,
                              .options = options,
                              .error = error,
                              .first_line = first_line};
    return WEIR_OK;
}

/* Puts text into the row's field. The first value a source has for a list replaces the list of the
 * sources before it; later ones add to it. */
static int source_set(struct source *source, size_t row, int line, const char *text,
                      struct weir_option_fault *fault)
{
    const struct weir_option *option = &source->table->rows[row];
    if (option->type == WEIR_OPTION_LIST && source->first_line[row] == 0) {
        weir_option_value_clear(option, source->options);
    }
    if (source->first_line[row] == 0) {
        source->first_line[row] = line;
    }
    return weir_option_value_set(option, source->options, text, fault);
}

int weir_options_init(const struct weir_option_table *table, void *options,
                      struct weir_error *error)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct weir_option *option = &table->rows[i];
        weir_check(strchr(option->key, '.') != NULL);
        if (option->initial == NULL) {
            continue;
        }
        struct weir_option_fault fault;
        const int err = weir_option_value_set(option, options, option->initial, &fault);
        if (err != WEIR_OK) {
            return weir_fail(error, err, "default of %s: %s, got %s", option->key, fault.text,
                             option->initial);
        }
    }
    return WEIR_OK;
}

void weir_options_fini(const struct weir_option_table *table, void *options)
{
    for (size_t i = 0; i < table->count; i++) {
        weir_option_value_clear(&table->rows[i], options);
    }
}

/* The text of a configuration file, handed to inih a line at a time so that lines are counted. */
struct file_source {
    struct source source;
    const char *name;
    const char *next;
    int line;
};

static int file_fail(struct file_source *file, int err, const char *what, const char *detail)
{
    if (file->source.err == WEIR_OK) {
        file->source.err =
            weir_fail(file->source.error, err, "%s:%d: %s%s", file->name, file->line, what, detail);
    }
    return 0;
}

/* fgets for inih. inih would cut a line longer than its buffer and read the rest as a line of its
 * own; such a line is refused instead. */
static char *next_line(char *out, int capacity, void *context)
{
    struct file_source *file = (struct file_source *)context;
    if (file->source.err != WEIR_OK || *file->next == '\0') {
        return NULL;
    }
    const char *end = strchr(file->next, '\n');
    const size_t size = end != NULL ? (size_t)(end - file->next) + 1 : strlen(file->next);
    file->line++;
    if (size + 1 > (size_t)capacity) {
        char limit[32];
        (void)snprintf(limit, sizeof(limit), "%d bytes", capacity - 2);
        (void)file_fail(file, WEIR_EFORMAT, "the line is longer than ", limit);
        return NULL;
    }
    memcpy(out, file->next, size);
    out[size] = '\0';
    file->next += size;
    return out;
}

static int refuse_key(struct file_source *file, const char *key)
{
    char nearest[128] = "";
    const char *near = weir_option_nearest_key(file->source.table, key);
    if (near != NULL) {
        (void)snprintf(nearest, sizeof(nearest), "; did you mean %s?", near);
    }
    if (file->source.err == WEIR_OK) {
        char quoted[WEIR_OPTION_QUOTE_BYTES];
        file->source.err =
            weir_fail(file->source.error, WEIR_EFORMAT, "%s:%d: unknown key %s%s", file->name,
                      file->line, weir_option_quote(key, quoted), nearest);
    }
    return 0;
}

/* inih's callback for each `name = value`: 1 = go on, 0 = counted by inih as an error. */
static int on_pair(void *context, const char *section, const char *name, const char *value)
{
    struct file_source *file = (struct file_source *)context;
    struct source *source = &file->source;
    if (source->err != WEIR_OK) {
        return 0;
    }
    char key[128];
    (void)snprintf(key, sizeof(key), "%s%s%s", section, section[0] != '\0' ? "." : "", name);
    const size_t row = weir_option_find_key(source->table, key);
    if (row == source->table->count) {
        return refuse_key(file, key);
    }
    const struct weir_option *option = &source->table->rows[row];
    if (source->first_line[row] != 0 && option->type != WEIR_OPTION_LIST) {
        source->err = weir_fail(source->error, WEIR_EFORMAT, "%s:%d: %s was set in line %d",
                                file->name, file->line, key, source->first_line[row]);
        return 0;
    }
    struct weir_option_fault fault;
    const int err = source_set(source, row, file->line, value, &fault);
    if (err != WEIR_OK) {
        char quoted[WEIR_OPTION_QUOTE_BYTES];
        source->err = weir_fail(source->error, err, "%s:%d: %s: %s, got %s", file->name, file->line,
                                key, fault.text, weir_option_quote(value, quoted));
        return 0;
    }
    return 1;
}

int weir_options_parse(const struct weir_option_table *table, const char *name, const char *text,
                       void *options, struct weir_error *error)
{
    struct file_source file = {.name = name, .next = text};
    int err = source_init(&file.source, table, options, error);
    if (err != WEIR_OK) {
        return err;
    }
    const int bad_line = ini_parse_stream(next_line, &file, on_pair, &file);
    err = file.source.err;
    if (err == WEIR_OK && bad_line != 0) {
        err =
            weir_fail(error, WEIR_EFORMAT, "%s:%d: want [section] or key = value", name, bad_line);
    }
    free(file.source.first_line);
    return err;
}

static int read_text(const char *path, char **out, struct weir_error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        const int err = errno == ENOENT ? WEIR_ENOENT : errno == EACCES ? WEIR_EPERM : WEIR_EIO;
        return weir_fail(error, err, "%s: cannot be opened: %s", path, weir_err_text(err));
    }
    int err = WEIR_OK;
    char *text = (char *)malloc(FILE_MAX_BYTES + 1);
    if (text == NULL) {
        (void)fclose(file);
        return weir_fail(error, WEIR_ENOMEM, "%s: out of memory", path);
    }
    const size_t size = fread(text, 1, FILE_MAX_BYTES + 1, file);
    if (ferror(file) != 0) {
        err = weir_fail(error, WEIR_EIO, "%s: cannot be read", path);
    } else if (size > FILE_MAX_BYTES) {
        err = weir_fail(error, WEIR_EFORMAT, "%s: longer than 1 MiB", path);
    } else if (memchr(text, '\0', size) != NULL) {
        err = weir_fail(error, WEIR_EFORMAT, "%s: holds a NUL byte, so it is not text", path);
    }
    (void)fclose(file);
    if (err != WEIR_OK) {
        free(text);
        return err;
    }
    text[size] = '\0';
    *out = text;
    return WEIR_OK;
}

int weir_options_load(const struct weir_option_table *table, const char *path, void *options,
                      struct weir_error *error)
{
    char *text = NULL;
    int err = read_text(path, &text, error);
    if (err == WEIR_OK) {
        err = weir_options_parse(table, path, text, options, error);
        free(text);
    }
    return err;
}
