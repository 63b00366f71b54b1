/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_db.h"

#include <stdio.h>
#include <string.h>

#include "common/base/table_writer.h"

#include "collector/store/flow_days.h"
#include "collector/store/migration.h"

struct db_options {
    struct ctl_session_options session;
    char *migrations;
};

static const struct weir_option rows[] = {
    {.key = "database.database",
     .flag = "database",
     .letter = 'd',
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct db_options, session.database),
     .value = "CONNINFO",
     .help = "PostgreSQL, in libpq's words; without it PGHOST, PGSERVICE and so on"},
    {.key = "database.role",
     .flag = "role",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct db_options, session.role),
     .value = "ROLE",
     .help = "role to take after login; without it the login itself acts"},
    {.key = "database.migrations",
     .flag = "migrations",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct db_options, migrations),
     .value = "FOLDER",
     .help = "where the numbered SQL files are, when not where they were installed"},
    CTL_COMMAND_FORMAT_ROW,
};

static const struct weir_option_table table = {
    .program = "weirctl db",
    .summary = "weirctl db - make, bring up to date and look at the database",
    .usage = "init|migrate|status [OPTION...]",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue =
        "init     makes the roles weir_owner, weir_ingest, weir_trainer, weir_console,\n"
        "         weir_analyst and weir_admin (none can log in) and schema weir; doing it twice\n"
        "         does no harm. The login must be a superuser, or may create roles and owns the\n"
        "         database.\n"
        "migrate  applies what a newer weir has added; members of weir_owner may.\n"
        "status   lists each migration, applied or pending, and each day of flows with its size.\n"
        "\n" CTL_COMMAND_PASSWORDS "\n"
        "Examples:\n"
        "  createdb weir && weirctl db init --database dbname=weir\n"
        "  psql weir -c 'CREATE ROLE anna LOGIN IN ROLE weir_admin'\n"
        "  weirctl db status --database dbname=weir --format json\n",
};

/* One table for what init and migrate applied, and for all that status knows. */
struct listing {
    struct weir_table_writer *writer;
    size_t applied;
};

static int listing_init(struct listing *listing, int format, struct weir_error *error)
{
    static const struct weir_column columns[] = {
        {.name = "kind", .type = WEIR_COLUMN_TEXT},
        {.name = "name", .type = WEIR_COLUMN_TEXT},
        {.name = "state", .type = WEIR_COLUMN_TEXT},
        {.name = "applied_at", .type = WEIR_COLUMN_TEXT},
        {.name = "rows", .type = WEIR_COLUMN_INTEGER},
        {.name = "bytes", .type = WEIR_COLUMN_COUNT},
    };
    *listing = (struct listing){0};
    return ctl_command_written(weir_table_writer_new((enum weir_table_format)format, columns,
                                                     sizeof(columns) / sizeof(columns[0]), stdout,
                                                     &listing->writer),
                               error);
}

static void on_migration(const struct migration *migration, void *context)
{
    struct listing *listing = context;
    struct weir_table_writer *writer = listing->writer;
    weir_table_writer_add_text(writer, "migration");
    weir_table_writer_add_text(writer, migration->name);
    weir_table_writer_add_text(writer, migration->applied ? "applied" : "pending");
    if (migration->applied && migration->applied_at[0] != '\0') {
        weir_table_writer_add_text(writer, migration->applied_at);
    } else {
        weir_table_writer_add_null(writer);
    }
    weir_table_writer_add_null(writer);
    weir_table_writer_add_null(writer);
    weir_table_writer_end_row(writer);
    listing->applied += migration->applied ? 1 : 0;
}

static void on_day(const struct flow_days_row *day, void *context)
{
    struct weir_table_writer *writer = ((struct listing *)context)->writer;
    weir_table_writer_add_text(writer, "partition");
    weir_table_writer_add_text(writer, day->name);
    weir_table_writer_add_text(writer, "attached");
    weir_table_writer_add_null(writer);
    if (day->rows < 0) {
        weir_table_writer_add_null(writer);
    } else {
        weir_table_writer_add_integer(writer, day->rows);
    }
    weir_table_writer_add_count(writer, day->bytes);
    weir_table_writer_end_row(writer);
}

static int is_fresh(struct connection *connection, bool *fresh, struct weir_error *error)
{
    char text[8] = "";
    const int err =
        connection_value(connection, "SELECT to_regclass('weir.schema_migration') IS NULL", text,
                         sizeof(text), error);
    if (err == WEIR_OK) {
        *fresh = text[0] == 't';
    }
    return err;
}

static int apply(struct connection *connection, const struct db_options *options, bool init,
                 struct weir_error *error)
{
    bool fresh = false;
    struct listing listing;
    int err = is_fresh(connection, &fresh, error);
    if (err == WEIR_OK && fresh && !init) {
        return weir_fail(error, WEIR_EDB, "the database holds no weir yet: run `weirctl db init`");
    }
    if (err == WEIR_OK) {
        err = listing_init(&listing, options->session.format, error);
    }
    if (err != WEIR_OK) {
        return err;
    }
    err = migration_apply(connection, migration_folder(options->migrations), on_migration, &listing,
                          error);
    const int written = weir_table_writer_finish(listing.writer);
    if (err == WEIR_OK) {
        (void)fprintf(stderr, "weirctl db: %zu migrations applied%s\n", listing.applied,
                      listing.applied == 0 ? "; the database was up to date" : "");
    }
    return err != WEIR_OK ? err : ctl_command_written(written, error);
}

static int status(struct connection *connection, const struct db_options *options,
                  struct weir_error *error)
{
    bool fresh = false;
    struct listing listing;
    int err = is_fresh(connection, &fresh, error);
    if (err == WEIR_OK) {
        err = listing_init(&listing, options->session.format, error);
    }
    if (err != WEIR_OK) {
        return err;
    }
    err = migration_status(connection, migration_folder(options->migrations), on_migration,
                           &listing, error);
    if (err == WEIR_OK && !fresh) {
        err = flow_days_list(connection, on_day, &listing, error);
    }
    const int written = weir_table_writer_finish(listing.writer);
    return err != WEIR_OK ? err : ctl_command_written(written, error);
}

static int run(void *context, const struct weir_command_line *line, struct weir_error *error)
{
    const struct db_options *options = context;
    const char *word = line->operand_count == 1 ? line->operands[0] : "";
    const bool init = strcmp(word, "init") == 0;
    const bool look = strcmp(word, "status") == 0;
    if (!init && !look && strcmp(word, "migrate") != 0) {
        return ctl_command_usage(&table, error);
    }
    const struct connection_options login = {.conninfo = options->session.database,
                                             .role = options->session.role,
                                             .application_name = "weirctl"};
    struct connection *connection = NULL;
    int err = connection_open(&login, &connection, error);
    if (err == WEIR_OK) {
        err = look ? status(connection, options, error) : apply(connection, options, init, error);
    }
    connection_close(connection);
    return err;
}

const struct ctl_command ctl_db_command = {
    .name = "db",
    .summary = "make, bring up to date and look at the database",
    .table = &table,
    .options_size = sizeof(struct db_options),
    .run = run,
};
