/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_models.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/table_writer.h"

#include "proto/model_artifact.h"

#include "collector/ctl/model_choice.h"
#include "collector/ctl/score_check.h"
#include "collector/store/models.h"

#define VALUE_SIZE 128

struct models_options {
    struct ctl_session_options session;
    char *stream;
};

static const struct weir_option rows[] = {
    CTL_COMMAND_DATABASE_ROWS,
    CTL_COMMAND_FORMAT_ROW,
    {.key = "rescore.stream",
     .flag = "stream",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct models_options, stream),
     .value = "NAME",
     .help = "rescore: flows of this stream alone (live, or the name of a replay)"},
};

static const struct weir_option_table table = {
    .program = "weirctl models",
    .summary = "weirctl models - list the registered models, look at one, take one out, try one",
    .usage =
        "[list | show NAME|VERSION | export NAME|VERSION FILE | rescore NAME|VERSION] [OPTION...]",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue =
        "list    every model with its figures on held-out rows and where it scores now\n"
        "show    the whole manifest, the signatures and every figure of one model\n"
        "export  writes the artefact to a new FILE, to be signed elsewhere (`weirctl model sign`)\n"
        "rescore scores the stored flows that this model scored once more, as training reads\n"
        "        them; a score that is not the same bit for bit makes it fail\n"
        "\n"
        "A name stands for its newest version.\n"
        "\n" CTL_COMMAND_PASSWORDS "\n"
        "Examples:\n"
        "  weirctl models\n"
        "  weirctl models show branch-sensor --format json\n"
        "  weirctl models export 7 model-7.weir\n"
        "  weirctl models rescore 7 --stream live\n",
};

struct catalogue { /* what models_list gave, while the figures of each are asked for */
    struct models_row *at;
    size_t count;
    int err;
};

static void on_model(const struct models_row *row, void *context)
{
    struct catalogue *catalogue = context;
    struct models_row *grown = catalogue->err == WEIR_OK
                                   ? realloc(catalogue->at, (catalogue->count + 1) * sizeof(*grown))
                                   : NULL;
    if (grown == NULL) {
        catalogue->err = WEIR_ENOMEM;
        return;
    }
    catalogue->at = grown;
    catalogue->at[catalogue->count++] = *row;
}

struct figures { /* on held-out rows; NaN = not measured */
    double f1, roc_auc, false_positive_rate;
};

static void on_figure(const struct models_metric *metric, void *context)
{
    struct figures *figures = context;
    if (strcmp(metric->part, "held_out") != 0) {
        return;
    }
    if (strcmp(metric->metric, "f1") == 0) {
        figures->f1 = metric->value;
    } else if (strcmp(metric->metric, "roc_auc") == 0) {
        figures->roc_auc = metric->value;
    } else if (strcmp(metric->metric, "false_positive_rate") == 0) {
        figures->false_positive_rate = metric->value;
    }
}

static void add_row(struct weir_table_writer *writer, const struct models_row *row,
                    const struct figures *figures)
{
    const bool both = row->active_sensor && row->active_fleet;
    weir_table_writer_add_count(writer, row->version);
    weir_table_writer_add_text(writer, row->name);
    weir_table_writer_add_text(writer, row->kind);
    weir_table_writer_add_text(writer, row->schema_name);
    weir_table_writer_add_count(writer, row->training_rows);
    weir_table_writer_add_time(writer, row->created_us);
    weir_table_writer_add_real(writer, row->threshold);
    weir_table_writer_add_real(writer, figures->f1);
    weir_table_writer_add_real(writer, figures->roc_auc);
    weir_table_writer_add_real(writer, figures->false_positive_rate);
    weir_table_writer_add_text(writer, both                 ? "sensors, fleet"
                                       : row->active_sensor ? "sensors"
                                       : row->active_fleet  ? "fleet"
                                                            : "");
    weir_table_writer_end_row(writer);
}

static int write_catalogue(struct connection *connection, const struct catalogue *catalogue,
                           int format, struct weir_error *error)
{
    static const struct weir_column columns[] = {
        {.name = "version", .type = WEIR_COLUMN_COUNT},
        {.name = "name", .type = WEIR_COLUMN_TEXT},
        {.name = "kind", .type = WEIR_COLUMN_TEXT},
        {.name = "schema", .type = WEIR_COLUMN_TEXT},
        {.name = "rows", .type = WEIR_COLUMN_COUNT},
        {.name = "created", .type = WEIR_COLUMN_TIME},
        {.name = "threshold", .type = WEIR_COLUMN_REAL, .decimals = 4},
        {.name = "held_out_f1", .type = WEIR_COLUMN_REAL, .decimals = 4},
        {.name = "held_out_roc_auc", .type = WEIR_COLUMN_REAL, .decimals = 4},
        {.name = "held_out_fpr", .type = WEIR_COLUMN_REAL, .decimals = 4},
        {.name = "active", .type = WEIR_COLUMN_TEXT},
    };
    struct weir_table_writer *writer = NULL;
    int err = weir_table_writer_new((enum weir_table_format)format, columns,
                                    sizeof(columns) / sizeof(columns[0]), stdout, &writer);
    if (err != WEIR_OK) {
        return ctl_command_written(err, error);
    }
    for (size_t i = 0; i < catalogue->count && err == WEIR_OK; i++) {
        struct figures figures = {(double)NAN, (double)NAN, (double)NAN};
        err = models_metrics(connection, catalogue->at[i].version, on_figure, &figures, error);
        if (err == WEIR_OK) {
            add_row(writer, &catalogue->at[i], &figures);
        }
    }
    const int written = weir_table_writer_finish(writer);
    return err != WEIR_OK ? err : ctl_command_written(written, error);
}

static int list(struct connection *connection, int format, struct weir_error *error)
{
    struct catalogue catalogue = {0};
    int err = models_list(connection, on_model, &catalogue, error);
    if (err == WEIR_OK && catalogue.err != WEIR_OK) {
        err = weir_fail(error, catalogue.err, "out of memory");
    }
    if (err == WEIR_OK) {
        err = write_catalogue(connection, &catalogue, format, error);
    }
    free(catalogue.at);
    return err;
}

/* One line of show. */
static void add_field(struct weir_table_writer *writer, const char *part, const char *name,
                      const char *value)
{
    weir_table_writer_add_text(writer, part);
    weir_table_writer_add_text(writer, name);
    weir_table_writer_add_text(writer, value);
    weir_table_writer_end_row(writer);
}

static void add_count(struct weir_table_writer *writer, const char *name, uint64_t value)
{
    char text[VALUE_SIZE];
    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    add_field(writer, "manifest", name, text);
}

static void add_time(struct weir_table_writer *writer, const char *name, int64_t time_us,
                     const char *absent)
{
    char text[28];
    weir_wall_text(time_us, text);
    add_field(writer, "manifest", name, time_us == 0 ? absent : text);
}

static void add_hash(struct weir_table_writer *writer, const char *name, const uint8_t *bytes,
                     size_t size)
{
    char text[2 * WEIR_MODEL_DIGEST_SIZE + 1] = "";
    for (size_t i = 0; i < size; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    add_field(writer, "manifest", name, text);
}

static void add_manifest(struct weir_table_writer *writer,
                         const struct weir_model_artifact *artifact)
{
    const struct weir_model_manifest *manifest = &artifact->manifest;
    char text[VALUE_SIZE];
    add_field(writer, "manifest", "name", manifest->name);
    add_count(writer, "version", manifest->version);
    add_field(writer, "manifest", "kind", manifest->kind);
    add_field(writer, "manifest", "schema", manifest->schema.name);
    (void)snprintf(text, sizeof(text), "%016" PRIx64, manifest->schema.hash);
    add_field(writer, "manifest", "schema_hash", text);
    add_time(writer, "created", manifest->created_us, "");
    add_time(writer, "expires", manifest->expires_us, "never");
    add_field(writer, "manifest", "min_sensor_version",
              manifest->min_sensor_version[0] != '\0' ? manifest->min_sensor_version : "any");
    add_time(writer, "trained_from", manifest->trained_from_us, "files");
    add_time(writer, "trained_to", manifest->trained_to_us, "files");
    add_hash(writer, "training_digest", manifest->training_digest, WEIR_MODEL_DIGEST_SIZE);
    (void)snprintf(text, sizeof(text), "%.6g", manifest->threshold);
    add_field(writer, "manifest", "threshold", text);
    add_count(writer, "payload_bytes", manifest->payload_size);
    add_hash(writer, "payload_hash", manifest->payload_hash, WEIR_MODEL_DIGEST_SIZE);
    add_count(writer, "golden_vectors", artifact->golden_rows);
    for (size_t i = 0; i < artifact->signature_count; i++) {
        char fingerprint[WEIR_FINGERPRINT_SIZE];
        weir_sign_fingerprint(artifact->signatures[i].public_key, fingerprint);
        add_field(writer, "manifest", "signed_by", fingerprint);
    }
    if (artifact->signature_count == 0) {
        add_field(writer, "manifest", "signed_by", "nobody");
    }
}

static void on_metric(const struct models_metric *metric, void *context)
{
    char text[VALUE_SIZE];
    if (isfinite(metric->low) && isfinite(metric->high)) {
        (void)snprintf(text, sizeof(text), "%.6g (%.6g .. %.6g)", metric->value, metric->low,
                       metric->high);
    } else {
        (void)snprintf(text, sizeof(text), "%.6g", metric->value);
    }
    add_field(context, metric->part, metric->metric, text);
}

static int show(struct connection *connection, const char *word, int format,
                struct weir_error *error)
{
    static const struct weir_column columns[] = {
        {.name = "part", .type = WEIR_COLUMN_TEXT},
        {.name = "name", .type = WEIR_COLUMN_TEXT},
        {.name = "value", .type = WEIR_COLUMN_TEXT},
    };
    struct model_choice choice;
    struct weir_table_writer *writer = NULL;
    int err = model_choice_init(&choice, connection, word, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = ctl_command_written(weir_table_writer_new((enum weir_table_format)format, columns, 3,
                                                    stdout, &writer),
                              error);
    if (err == WEIR_OK) {
        add_manifest(writer, &choice.artifact);
        err = models_metrics(connection, choice.version, on_metric, writer, error);
        const int written = weir_table_writer_finish(writer);
        err = err != WEIR_OK ? err : ctl_command_written(written, error);
    }
    model_choice_fini(&choice);
    return err;
}

static int export_file(struct connection *connection, const char *word, const char *path,
                       struct weir_error *error)
{
    struct model_choice choice;
    int err = model_choice_init(&choice, connection, word, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = weir_model_artifact_save(&choice.artifact, path, error);
    if (err == WEIR_OK) {
        (void)fprintf(stderr, "weirctl models: wrote model %" PRIu64 " to %s\n", choice.version,
                      path);
    }
    model_choice_fini(&choice);
    return err;
}

static int write_check(const struct model_choice *choice, const struct score_check *check,
                       int format, struct weir_error *error)
{
    static const struct weir_column columns[] = {
        {.name = "model", .type = WEIR_COLUMN_TEXT},
        {.name = "version", .type = WEIR_COLUMN_COUNT},
        {.name = "schema", .type = WEIR_COLUMN_TEXT},
        {.name = "scored", .type = WEIR_COLUMN_COUNT},
        {.name = "same", .type = WEIR_COLUMN_COUNT},
        {.name = "different", .type = WEIR_COLUMN_COUNT},
        {.name = "greatest_difference", .type = WEIR_COLUMN_REAL, .decimals = 9},
        {.name = "without_window", .type = WEIR_COLUMN_COUNT},
    };
    struct weir_table_writer *writer = NULL;
    const int err = weir_table_writer_new((enum weir_table_format)format, columns,
                                          sizeof(columns) / sizeof(columns[0]), stdout, &writer);
    if (err != WEIR_OK) {
        return ctl_command_written(err, error);
    }
    weir_table_writer_add_text(writer, choice->artifact.manifest.name);
    weir_table_writer_add_count(writer, choice->version);
    weir_table_writer_add_text(writer, choice->artifact.manifest.schema.name);
    weir_table_writer_add_count(writer, check->scored);
    weir_table_writer_add_count(writer, check->same);
    weir_table_writer_add_count(writer, check->different);
    weir_table_writer_add_real(writer, check->greatest_difference);
    weir_table_writer_add_count(writer, check->without_window);
    weir_table_writer_end_row(writer);
    return ctl_command_written(weir_table_writer_finish(writer), error);
}

static int rescore(struct connection *connection, const char *word,
                   const struct models_options *options, struct weir_error *error)
{
    struct model_choice choice;
    struct score_check check = {0};
    int err = model_choice_init(&choice, connection, word, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = score_check_run(&choice, connection, options->stream, &check, error);
    if (err == WEIR_OK) {
        err = write_check(&choice, &check, options->session.format, error);
    }
    if (err == WEIR_OK && check.different > 0) {
        err = weir_fail(error, WEIR_ECONFLICT,
                        "%" PRIu64 " of %" PRIu64 " stored scores of model %" PRIu64
                        " are not what the stored flow gives",
                        check.different, check.scored, choice.version);
    }
    model_choice_fini(&choice);
    return err;
}

static int run(void *context, const struct weir_command_line *line, struct weir_error *error)
{
    const struct models_options *options = context;
    const int count = line->operand_count;
    const char *word = count > 0 ? line->operands[0] : "list";
    const bool lists = strcmp(word, "list") == 0 && count <= 1;
    const bool shows = strcmp(word, "show") == 0 && count == 2;
    const bool rescores = strcmp(word, "rescore") == 0 && count == 2;
    if (!lists && !shows && !rescores && (strcmp(word, "export") != 0 || count != 3)) {
        return ctl_command_usage(&table, error);
    }
    struct connection *connection = NULL;
    int err = ctl_command_open(&options->session, &connection, error);
    if (err != WEIR_OK) {
        return err;
    }
    if (lists) {
        err = list(connection, options->session.format, error);
    } else if (shows) {
        err = show(connection, line->operands[1], options->session.format, error);
    } else if (rescores) {
        err = rescore(connection, line->operands[1], options, error);
    } else {
        err = export_file(connection, line->operands[1], line->operands[2], error);
    }
    connection_close(connection);
    return err;
}

const struct ctl_command ctl_models_command = {
    .name = "models",
    .summary = "list the registered models, look at one, take one out, try one",
    .table = &table,
    .options_size = sizeof(struct models_options),
    .run = run,
};
