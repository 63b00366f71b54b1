/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_enrol.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/table_writer.h"

#include "proto/keys.h"

#include "collector/store/sensors.h"

struct enrol_options {
    struct ctl_session_options session;
    char *branch, *public_key, *write_key;
    bool revoke, restore;
};

#define FIELD(name) offsetof(struct enrol_options, name)

static const struct weir_option rows[] = {
    CTL_COMMAND_DATABASE_ROWS,
    CTL_COMMAND_FORMAT_ROW,
    {.key = "sensor.branch",
     .flag = "branch",
     .letter = 'b',
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(branch),
     .value = "BRANCH",
     .help = "office where the sensor stands; made when it is new"},
    {.key = "sensor.public_key",
     .flag = "public-key",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(public_key),
     .value = "Z85",
     .help = "public key that `weir-sensor --make-key FILE` printed (40 characters)"},
    {.key = "sensor.write_key",
     .flag = "write-key",
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(write_key),
     .value = "FILE",
     .help = "make the pair here instead; FILE (mode 0600) is to be carried to the sensor"},
    {.key = "sensor.revoke",
     .flag = "revoke",
     .type = WEIR_OPTION_FLAG,
     .offset = FIELD(revoke),
     .help = "send this sensor away and refuse it from now on; its flows stay"},
    {.key = "sensor.restore",
     .flag = "restore",
     .type = WEIR_OPTION_FLAG,
     .offset = FIELD(restore),
     .help = "let a revoked sensor in again"},
};

static const struct weir_option_table table = {
    .program = "weirctl enrol",
    .summary = "weirctl enrol - say which sensors may send",
    .usage = "NAME --branch=BRANCH --public-key=Z85|--write-key=FILE | NAME --revoke|--restore",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue =
        "A sensor is known by its key, not by its address. Compare the fingerprint printed here\n"
        "with the one that the sensor prints. The better way keeps the secret where it was made:\n"
        "run `weir-sensor --make-key FILE` on the branch host and enrol the public key.\n"
        "\n" CTL_COMMAND_PASSWORDS "\n"
        "Examples:\n"
        "  weirctl enrol paris-1 --branch paris --public-key "
        "'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'\n"
        "  weirctl enrol paris-1 --branch paris --write-key paris-1.key\n"
        "  weirctl enrol paris-1 --revoke\n",
};

static int print_sensor(int format, const char *name, const char *branch,
                        const struct weir_curve_key *key, struct weir_error *error)
{
    static const struct weir_column columns[] = {
        {.name = "sensor", .type = WEIR_COLUMN_TEXT},
        {.name = "branch", .type = WEIR_COLUMN_TEXT},
        {.name = "fingerprint", .type = WEIR_COLUMN_TEXT},
        {.name = "public_key", .type = WEIR_COLUMN_TEXT},
    };
    struct weir_table_writer *writer = NULL;
    int err = weir_table_writer_new((enum weir_table_format)format, columns, 4, stdout, &writer);
    if (err == WEIR_OK) {
        char fingerprint[WEIR_FINGERPRINT_SIZE] = "";
        (void)weir_curve_fingerprint(key->public_z85, fingerprint);
        weir_table_writer_add_text(writer, name);
        weir_table_writer_add_text(writer, branch);
        weir_table_writer_add_text(writer, fingerprint);
        weir_table_writer_add_text(writer, key->public_z85);
        weir_table_writer_end_row(writer);
        err = weir_table_writer_finish(writer);
    }
    return ctl_command_written(err, error);
}

/* The key that is to be enrolled: made and written, or as it was given. */
static int take_key(const struct enrol_options *options, struct weir_curve_key *key,
                    struct weir_error *error)
{
    if (options->write_key != NULL) {
        const int err = weir_curve_key_init(key);
        return err != WEIR_OK ? weir_fail(error, err, "the system gives no key")
                              : weir_curve_key_save(key, options->write_key, false, error);
    }
    if (!weir_curve_text_valid(options->public_key)) {
        return weir_fail(error, WEIR_EINVAL,
                         "--public-key: want the 40 characters (Z85) that `weir-sensor --make-key` "
                         "printed, got %.60s",
                         options->public_key);
    }
    (void)snprintf(key->public_z85, sizeof(key->public_z85), "%s", options->public_key);
    return WEIR_OK;
}

static int check(const struct enrol_options *options, const struct weir_command_line *line,
                 struct weir_error *error)
{
    if (line->operand_count != 1 || (options->revoke && options->restore)) {
        return ctl_command_usage(&table, error);
    }
    const size_t length = strlen(line->operands[0]);
    if (length == 0 || length > SENSORS_NAME_SIZE) {
        return weir_fail(error, WEIR_EINVAL, "a sensor's name has 1 to %d bytes",
                         SENSORS_NAME_SIZE);
    }
    if (options->revoke || options->restore) {
        return WEIR_OK;
    }
    if (options->branch == NULL || options->branch[0] == '\0' ||
        strlen(options->branch) > SENSORS_NAME_SIZE) {
        return weir_fail(error, WEIR_EINVAL,
                         "say with --branch where sensor %s stands (1 to %d bytes)",
                         line->operands[0], SENSORS_NAME_SIZE);
    }
    if ((options->public_key == NULL) == (options->write_key == NULL)) {
        return weir_fail(error, WEIR_EINVAL,
                         "give --public-key with the sensor's key, or --write-key to make one");
    }
    return WEIR_OK;
}

static int enrol(struct connection *connection, const struct enrol_options *options,
                 const char *name, struct weir_error *error)
{
    struct weir_curve_key key = {0};
    uint8_t bytes[SENSORS_KEY_SIZE];
    uint32_t id = 0;
    int err = take_key(options, &key, error);
    if (err == WEIR_OK && !weir_curve_bytes(key.public_z85, bytes)) {
        err = weir_fail(error, WEIR_EFORMAT, "the public key is no Z85 of 32 bytes");
    }
    if (err == WEIR_OK) {
        err = sensors_enrol(connection, name, options->branch, bytes, &id, error);
        if (err != WEIR_OK && options->write_key != NULL) {
            (void)unlink(options->write_key); /* a key that nobody knows is of no use */
        }
    }
    if (err == WEIR_OK) {
        err = print_sensor(options->session.format, name, options->branch, &key, error);
    }
    weir_curve_key_fini(&key);
    return err;
}

static int run(void *context, const struct weir_command_line *line, struct weir_error *error)
{
    const struct enrol_options *options = context;
    struct connection *connection = NULL;
    int err = check(options, line, error);
    if (err == WEIR_OK) {
        err = ctl_command_open(&options->session, &connection, error);
    }
    if (err != WEIR_OK) {
        return err;
    }
    const char *name = line->operands[0];
    if (options->revoke || options->restore) {
        err = sensors_set_revoked(connection, name, options->revoke, error);
        if (err == WEIR_OK) {
            (void)fprintf(stderr, "weirctl enrol: %s is %s\n", name,
                          options->revoke ? "revoked" : "enrolled again");
        }
    } else {
        err = enrol(connection, options, name, error);
    }
    connection_close(connection);
    return err;
}

const struct ctl_command ctl_enrol_command = {
    .name = "enrol",
    .summary = "say which sensors may send",
    .table = &table,
    .options_size = sizeof(struct enrol_options),
    .run = run,
};
