/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/label_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/flow/address.h"

#include "collector/ctl/ctl_command.h"

#define FIELDS     8
#define LABEL_SIZE 64

static const char header[] = "start_us\tproto\torig_h\torig_p\tresp_h\tresp_p\tbranch\tlabel";

/* Cuts line into its fields; false when it does not have eight. */
static bool cut(char *line, char *fields[FIELDS])
{
    size_t count = 0;
    for (char *at = line; at != NULL; count++) {
        char *tab = strchr(at, '\t');
        if (count == FIELDS) {
            return false;
        }
        fields[count] = at;
        at = NULL;
        if (tab != NULL) {
            *tab = '\0';
            at = tab + 1;
        }
    }
    return count == FIELDS;
}

static bool parse_number(const char *text, int64_t most, int64_t *out)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0') {
        return false;
    }
    *out = strtoll(text, NULL, 10);
    return *out <= most;
}

/* Gives the name of the field that is wrong, or NULL. */
static const char *parse_line(char *const fields[FIELDS], struct label_import_row *row)
{
    struct weir_address address;
    int64_t orig_p = 0;
    int64_t resp_p = 0;
    if (!parse_number(fields[0], INT64_C(4102444800000000), &row->start_us)) {
        return "start_us";
    }
    if (ctl_command_proto(fields[1], -1, &row->proto, NULL) != WEIR_OK) {
        return "proto";
    }
    if (weir_address_parse(fields[2], &address) != WEIR_OK) {
        return "orig_h";
    }
    if (!parse_number(fields[3], 65535, &orig_p)) {
        return "orig_p";
    }
    if (weir_address_parse(fields[4], &address) != WEIR_OK) {
        return "resp_h";
    }
    if (!parse_number(fields[5], 65535, &resp_p)) {
        return "resp_p";
    }
    if (fields[7][0] == '\0' || strlen(fields[7]) > LABEL_SIZE) {
        return "label";
    }
    row->orig = fields[2];
    row->orig_p = (uint16_t)orig_p;
    row->resp = fields[4];
    row->resp_p = (uint16_t)resp_p;
    row->label = fields[7];
    return NULL;
}

static int take_line(const char *path, uint64_t number, char *line, struct label_import *import,
                     struct weir_error *error)
{
    char *fields[FIELDS];
    struct label_import_row row = {0};
    if (!cut(line, fields)) {
        return weir_fail(error, WEIR_EFORMAT, "%s:%llu: want 8 fields between tabs", path,
                         (unsigned long long)number);
    }
    const char *wrong = parse_line(fields, &row);
    if (wrong != NULL) {
        return weir_fail(error, WEIR_EFORMAT, "%s:%llu: %s is not right", path,
                         (unsigned long long)number, wrong);
    }
    return label_import_add(import, &row, error);
}

static int read_lines(FILE *in, const char *path, struct label_import *import,
                      struct weir_error *error)
{
    char *line = NULL;
    size_t capacity = 0;
    int err = WEIR_OK;
    for (uint64_t number = 1; err == WEIR_OK; number++) {
        const ssize_t length = getline(&line, &capacity, in);
        if (length < 0) {
            break;
        }
        line[strcspn(line, "\r\n")] = '\0';
        if (number > 1) {
            err = take_line(path, number, line, import, error);
        } else if (strcmp(line, header) != 0) {
            err = weir_fail(error, WEIR_EFORMAT,
                            "%s:1: want the names start_us proto orig_h orig_p resp_h resp_p "
                            "branch label between tabs",
                            path);
        }
    }
    free(line);
    if (err == WEIR_OK && ferror(in) != 0) {
        return weir_fail(error, WEIR_EIO, "%s: cannot be read", path);
    }
    return err;
}

int label_file_load(const char *path, struct label_import *import, struct weir_error *error)
{
    const bool piped = strcmp(path, "-") == 0;
    FILE *in = piped ? stdin : fopen(path, "r");
    if (in == NULL) {
        return weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(errno));
    }
    const int err = read_lines(in, path, import, error);
    if (!piped) {
        (void)fclose(in);
    }
    return err;
}
