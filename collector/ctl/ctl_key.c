/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_key.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/table_writer.h"

#include "proto/keys.h"

#define PATH_SIZE 4096

struct key_options {
    struct ctl_session_options session;
};

static const struct weir_option rows[] = {
    CTL_COMMAND_FORMAT_ROW,
};

static const struct weir_option_table table = {
    .program = "weirctl key",
    .summary = "weirctl key - make key pairs, and look at them",
    .usage = "collector|sensor|signing|show FILE [OPTION...]",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue =
        "collector  makes the pair by which sensors know their collector: FILE for the collector\n"
        "           (mode 0600), FILE.pub for every sensor (0644)\n"
        "sensor     makes a sensor's pair likewise; `weirctl enrol --write-key` also enrols it\n"
        "signing    makes the Ed25519 pair that signs models: FILE stays with whoever signs,\n"
        "           away from the collector; FILE.pub goes to every sensor\n"
        "show       prints the public half and its fingerprint; no secret is ever printed\n"
        "\n"
        "No file is replaced. The database is not needed.\n"
        "\n"
        "Examples:\n"
        "  weirctl key collector /etc/weir/collector.key\n"
        "  weirctl key signing ~/weir-signing.key\n"
        "  weirctl key show /etc/weir/collector.key.pub\n",
};

static int print_key(int format, const char *kind, const char *public_text, const char *fingerprint,
                     struct weir_error *error)
{
    static const struct weir_column columns[] = {
        {.name = "kind", .type = WEIR_COLUMN_TEXT},
        {.name = "fingerprint", .type = WEIR_COLUMN_TEXT},
        {.name = "public_key", .type = WEIR_COLUMN_TEXT},
    };
    struct weir_table_writer *writer = NULL;
    int err = weir_table_writer_new((enum weir_table_format)format, columns, 3, stdout, &writer);
    if (err == WEIR_OK) {
        weir_table_writer_add_text(writer, kind);
        weir_table_writer_add_text(writer, fingerprint);
        weir_table_writer_add_text(writer, public_text);
        weir_table_writer_end_row(writer);
        err = weir_table_writer_finish(writer);
    }
    return ctl_command_written(err, error);
}

static int print_curve(int format, const struct weir_curve_key *key, struct weir_error *error)
{
    char fingerprint[WEIR_FINGERPRINT_SIZE];
    if (!weir_curve_fingerprint(key->public_z85, fingerprint)) {
        return weir_fail(error, WEIR_EFORMAT, "the file holds no CURVE key");
    }
    return print_key(format, "curve", key->public_z85, fingerprint, error);
}

static int print_sign(int format, const struct weir_sign_key *key, struct weir_error *error)
{
    char fingerprint[WEIR_FINGERPRINT_SIZE];
    char text[WEIR_SIGN_TEXT_SIZE];
    for (size_t i = 0; i < WEIR_SIGN_PUBLIC_SIZE; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", key->public_key[i]);
    }
    weir_sign_fingerprint(key->public_key, fingerprint);
    return print_key(format, "signing", text, fingerprint, error);
}

/* The public half goes first: when its file is there already, no secret has been written. */
static int make_curve(const char *path, const char *public_path, int format,
                      struct weir_error *error)
{
    struct weir_curve_key key = {0};
    int err = weir_curve_key_init(&key);
    if (err != WEIR_OK) {
        return weir_fail(error, err, "the system gives no key");
    }
    err = weir_curve_key_save(&key, public_path, true, error);
    if (err == WEIR_OK) {
        err = weir_curve_key_save(&key, path, false, error);
        if (err != WEIR_OK) {
            (void)unlink(public_path);
        }
    }
    if (err == WEIR_OK) {
        err = print_curve(format, &key, error);
    }
    weir_curve_key_fini(&key);
    return err;
}

static int make_sign(const char *path, const char *public_path, int format,
                     struct weir_error *error)
{
    struct weir_sign_key key = {0};
    int err = weir_sign_key_init(&key);
    if (err != WEIR_OK) {
        return weir_fail(error, err, "the system gives no key");
    }
    err = weir_sign_key_save(&key, public_path, true, error);
    if (err == WEIR_OK) {
        err = weir_sign_key_save(&key, path, false, error);
        if (err != WEIR_OK) {
            (void)unlink(public_path);
        }
    }
    if (err == WEIR_OK) {
        err = print_sign(format, &key, error);
    }
    weir_sign_key_fini(&key);
    return err;
}

static int show(const char *path, int format, struct weir_error *error)
{
    struct weir_curve_key curve = {0};
    struct weir_sign_key sign = {0};
    int err = weir_curve_key_load(path, &curve, error);
    if (err == WEIR_OK) {
        err = print_curve(format, &curve, error);
    } else if (err == WEIR_EFORMAT) {
        err = weir_sign_key_load(path, &sign, error);
        err = err == WEIR_OK ? print_sign(format, &sign, error) : err;
    }
    weir_curve_key_fini(&curve);
    weir_sign_key_fini(&sign);
    return err == WEIR_ENOENT ? WEIR_EIO : err;
}

static int run(void *context, const struct weir_command_line *line, struct weir_error *error)
{
    const struct key_options *options = context;
    const int format = options->session.format;
    if (line->operand_count != 2) {
        return ctl_command_usage(&table, error);
    }
    const char *word = line->operands[0];
    const char *path = line->operands[1];
    char public_path[PATH_SIZE];
    if ((size_t)snprintf(public_path, sizeof(public_path), "%s.pub", path) >= sizeof(public_path)) {
        return weir_fail(error, WEIR_EINVAL, "the path of the key file is too long");
    }
    if (strcmp(word, "show") == 0) {
        return show(path, format, error);
    }
    if (strcmp(word, "signing") == 0) {
        return make_sign(path, public_path, format, error);
    }
    if (strcmp(word, "collector") == 0 || strcmp(word, "sensor") == 0) {
        return make_curve(path, public_path, format, error);
    }
    return ctl_command_usage(&table, error);
}

const struct ctl_command ctl_key_command = {
    .name = "key",
    .summary = "make key pairs of the collector, of a sensor, of who signs models",
    .table = &table,
    .options_size = sizeof(struct key_options),
    .run = run,
};
