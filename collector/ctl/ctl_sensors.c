/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_sensors.h"

#include <stdio.h>

#include "common/base/table_writer.h"

#include "proto/keys.h"

#include "collector/store/sensors.h"

struct sensors_options {
    struct ctl_session_options session;
};

static const struct weir_option rows[] = {
    CTL_COMMAND_DATABASE_ROWS,
    CTL_COMMAND_FORMAT_ROW,
};

static const struct weir_option_table table = {
    .program = "weirctl sensors",
    .summary = "weirctl sensors - list the enrolled sensors and how they are",
    .usage = "[OPTION...]",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue =
        "model is the version that the sensor scores with; model_refusal says why it did not take\n"
        "the last one offered.\n"
        "\n" CTL_COMMAND_PASSWORDS "\n"
        "Example:\n"
        "  weirctl sensors --format csv\n",
};

static void on_sensor(const struct sensors_row *row, void *context)
{
    struct weir_table_writer *writer = context;
    char public_z85[WEIR_CURVE_TEXT_SIZE];
    char fingerprint[WEIR_FINGERPRINT_SIZE] = "";
    weir_curve_text(row->public_key, public_z85);
    (void)weir_curve_fingerprint(public_z85, fingerprint);
    weir_table_writer_add_text(writer, row->name);
    weir_table_writer_add_text(writer, row->branch);
    weir_table_writer_add_text(writer, fingerprint);
    weir_table_writer_add_text(writer, row->revoked ? "revoked" : "enrolled");
    weir_table_writer_add_time(writer, row->enrolled_us);
    if (row->last_seen_us == 0) {
        weir_table_writer_add_null(writer);
    } else {
        weir_table_writer_add_time(writer, row->last_seen_us);
    }
    if (row->model_version == 0) {
        weir_table_writer_add_null(writer);
    } else {
        weir_table_writer_add_count(writer, row->model_version);
    }
    if (row->model_refusal[0] == '\0') {
        weir_table_writer_add_null(writer);
    } else {
        weir_table_writer_add_text(writer, row->model_refusal);
    }
    weir_table_writer_end_row(writer);
}

static int list(struct connection *connection, int format, struct weir_error *error)
{
    static const struct weir_column columns[] = {
        {.name = "sensor", .type = WEIR_COLUMN_TEXT},
        {.name = "branch", .type = WEIR_COLUMN_TEXT},
        {.name = "fingerprint", .type = WEIR_COLUMN_TEXT},
        {.name = "state", .type = WEIR_COLUMN_TEXT},
        {.name = "enrolled", .type = WEIR_COLUMN_TIME},
        {.name = "last_seen", .type = WEIR_COLUMN_TIME},
        {.name = "model", .type = WEIR_COLUMN_COUNT},
        {.name = "model_refusal", .type = WEIR_COLUMN_TEXT},
    };
    struct weir_table_writer *writer = NULL;
    int err = ctl_command_written(weir_table_writer_new((enum weir_table_format)format, columns,
                                                        sizeof(columns) / sizeof(columns[0]),
                                                        stdout, &writer),
                                  error);
    if (err != WEIR_OK) {
        return err;
    }
    err = sensors_list(connection, on_sensor, writer, error);
    const int written = weir_table_writer_finish(writer);
    return err != WEIR_OK ? err : ctl_command_written(written, error);
}

static int run(void *context, const struct weir_command_line *line, struct weir_error *error)
{
    const struct sensors_options *options = context;
    struct connection *connection = NULL;
    if (line->operand_count != 0) {
        return ctl_command_usage(&table, error);
    }
    int err = ctl_command_open(&options->session, &connection, error);
    if (err == WEIR_OK) {
        err = list(connection, options->session.format, error);
    }
    connection_close(connection);
    return err;
}

const struct ctl_command ctl_sensors_command = {
    .name = "sensors",
    .summary = "list the enrolled sensors and how they are",
    .table = &table,
    .options_size = sizeof(struct sensors_options),
    .run = run,
};
