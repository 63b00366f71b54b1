/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/migration.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buffer.h"
#include "common/base/hash.h"

#define INSTALLED_FOLDER "/usr/share/weir/migrations"
#define FILES_MAX        1000
#define NAME_SIZE        64
#define CHECKSUM_SIZE    17
#define AT_SIZE          40

struct migration_file {
    char name[NAME_SIZE];
    char checksum[CHECKSUM_SIZE];
    char applied_at[AT_SIZE];
    bool applied;
    struct weir_buffer sql; /* ends with NUL */
};

struct migration_list {
    struct migration_file *at;
    size_t count;
};

static void list_fini(struct migration_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        weir_buffer_fini(&list->at[i].sql);
    }
    free(list->at);
}

/* NNNN_name.sql */
static int is_migration(const struct dirent *entry)
{
    const char *name = entry->d_name;
    const size_t length = strlen(name);
    return length > 9 && length < NAME_SIZE && strspn(name, "0123456789") == 4 && name[4] == '_' &&
           strcmp(name + length - 4, ".sql") == 0;
}

static int read_file(const char *folder, struct migration_file *file, struct weir_error *error)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, file->name);
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        return weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(errno));
    }
    char chunk[4096];
    size_t got = 0;
    while ((got = fread(chunk, 1, sizeof(chunk), in)) > 0) {
        weir_buffer_add(&file->sql, chunk, got);
    }
    const bool bad = ferror(in) != 0;
    (void)fclose(in);
    if (bad) {
        return weir_fail(error, WEIR_EIO, "%s: cannot be read", path);
    }
    (void)snprintf(file->checksum, sizeof(file->checksum), "%016llx",
                   (unsigned long long)weir_hash(file->sql.bytes, file->sql.size));
    weir_buffer_add_u8(&file->sql, 0);
    return file->sql.failed ? weir_fail(error, WEIR_ENOMEM, "out of memory") : WEIR_OK;
}

static int fill_list(const char *folder, struct dirent **entries, size_t count,
                     struct migration_list *list, struct weir_error *error)
{
    list->at = calloc(count, sizeof(list->at[0]));
    if (list->at == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    list->count = count;
    for (size_t i = 0; i < count; i++) {
        struct migration_file *file = &list->at[i];
        (void)snprintf(file->name, sizeof(file->name), "%.*s", NAME_SIZE - 1, entries[i]->d_name);
        if (strtoul(file->name, NULL, 10) != i + 1) {
            return weir_fail(error, WEIR_EFORMAT, "%s: expected migration %04zu, found %s", folder,
                             i + 1, file->name);
        }
        const int err = read_file(folder, file, error);
        if (err != WEIR_OK) {
            return err;
        }
    }
    return WEIR_OK;
}

/* The files of the folder in order of their numbers, 1, 2, ... */
static int list_init(const char *folder, struct migration_list *list, struct weir_error *error)
{
    struct dirent **entries = NULL;
    const int found = scandir(folder, &entries, is_migration, alphasort);
    if (found < 0) {
        return weir_fail(error, WEIR_EIO, "migrations folder %s: %s (set WEIR_MIGRATIONS_DIR)",
                         folder, strerror(errno));
    }
    int err = WEIR_OK;
    if (found == 0 || found > FILES_MAX) {
        err = weir_fail(error, WEIR_EIO, "migrations folder %s: holds %d files NNNN_name.sql",
                        folder, found);
    } else {
        err = fill_list(folder, entries, (size_t)found, list, error);
    }
    for (int i = 0; i < found; i++) {
        free(entries[i]);
    }
    free(entries);
    return err;
}

/* Holds one row of schema_migration against the files. */
static int mark_row(struct migration_list *list, const PGresult *rows, int row,
                    struct weir_error *error)
{
    const unsigned long number = strtoul(PQgetvalue(rows, row, 0), NULL, 10);
    const char *name = PQgetvalue(rows, row, 1);
    if (number == 0 || number > list->count) {
        return weir_fail(error, WEIR_ECONFLICT,
                         "the database is newer than this program: it has migration %s, the newest "
                         "known here is %s; upgrade the program",
                         name, list->at[list->count - 1].name);
    }
    struct migration_file *file = &list->at[number - 1];
    if (strcmp(PQgetvalue(rows, row, 2), file->checksum) != 0) {
        return weir_fail(error, WEIR_ECONFLICT,
                         "%s was changed after it was applied (checksum %s, applied %s); restore "
                         "the file, put changes into a new one",
                         file->name, file->checksum, PQgetvalue(rows, row, 2));
    }
    file->applied = true;
    (void)snprintf(file->applied_at, sizeof(file->applied_at), "%s", PQgetvalue(rows, row, 3));
    return WEIR_OK;
}

static int mark_applied(struct connection *connection, struct migration_list *list,
                        struct weir_error *error)
{
    PGresult *there = NULL;
    int err = connection_query(connection, "SELECT to_regclass('weir.schema_migration') IS NULL",
                               NULL, 0, &there, error);
    if (err != WEIR_OK) {
        return err;
    }
    const bool fresh = PQgetvalue(there, 0, 0)[0] == 't';
    PQclear(there);
    if (fresh) {
        return WEIR_OK;
    }
    PGresult *rows = NULL;
    err = connection_query(
        connection,
        "SELECT number, name, checksum, to_char(applied_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
        "FROM weir.schema_migration ORDER BY number",
        NULL, 0, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    for (int row = 0; row < PQntuples(rows) && err == WEIR_OK; row++) {
        err = mark_row(list, rows, row, error);
    }
    PQclear(rows);
    return err;
}

static struct migration describe(const struct migration_file *file)
{
    return (struct migration){
        .number = (unsigned)strtoul(file->name, NULL, 10),
        .name = file->name,
        .applied = file->applied,
        .applied_at = file->applied_at,
    };
}

static int run_file(struct connection *connection, struct migration_file *file,
                    struct weir_error *error)
{
    PGresult *result = PQexec(connection_pq(connection), (const char *)file->sql.bytes);
    int err = connection_check(connection, result, file->name, error);
    if (err != WEIR_OK) {
        return err;
    }
    PQclear(result);
    char number[8];
    (void)snprintf(number, sizeof(number), "%lu", strtoul(file->name, NULL, 10));
    const char *const values[] = {number, file->name, file->checksum};
    return connection_query(connection,
                            "INSERT INTO weir.schema_migration (number, name, checksum) "
                            "VALUES ($1, $2, $3)",
                            values, 3, NULL, error);
}

/* One file in its own transaction. */
static int apply_file(struct connection *connection, struct migration_file *file,
                      struct weir_error *error)
{
    int err = connection_run(connection, "BEGIN", error);
    if (err != WEIR_OK) {
        return err;
    }
    err = run_file(connection, file, error);
    if (err == WEIR_OK) {
        return connection_run(connection, "COMMIT", error);
    }
    if (connection_run(connection, "ROLLBACK", NULL) != WEIR_OK) {
        return WEIR_EPEER;
    }
    return err;
}

static int apply_missing(struct connection *connection, struct migration_list *list,
                         migration_fn *each, void *context, struct weir_error *error)
{
    int err = mark_applied(connection, list, error);
    for (size_t i = 0; i < list->count && err == WEIR_OK; i++) {
        if (list->at[i].applied) {
            continue;
        }
        err = apply_file(connection, &list->at[i], error);
        if (err == WEIR_OK && each != NULL) {
            list->at[i].applied = true;
            const struct migration migration = describe(&list->at[i]);
            each(&migration, context);
        }
    }
    return err;
}

const char *migration_folder(const char *given)
{
    if (given != NULL) {
        return given;
    }
    const char *wanted = getenv("WEIR_MIGRATIONS_DIR");
    if (wanted != NULL && wanted[0] != '\0') {
        return wanted;
    }
    return access(WEIR_MIGRATIONS_DIR, R_OK) == 0 ? WEIR_MIGRATIONS_DIR : INSTALLED_FOLDER;
}

/* The lock lets two migrations that start at once take turns. */
int migration_apply(struct connection *connection, const char *folder, migration_fn *each,
                    void *context, struct weir_error *error)
{
    struct migration_list list = {0};
    int err = list_init(folder, &list, error);
    if (err == WEIR_OK) {
        err = connection_run(connection, "SELECT pg_advisory_lock(hashtext('weir.migration'))",
                             error);
    }
    if (err == WEIR_OK) {
        err = apply_missing(connection, &list, each, context, error);
        const int unlocked =
            connection_run(connection, "SELECT pg_advisory_unlock(hashtext('weir.migration'))",
                           NULL);
        err = err == WEIR_OK ? unlocked : err;
    }
    list_fini(&list);
    return err;
}

int migration_status(struct connection *connection, const char *folder, migration_fn *each,
                     void *context, struct weir_error *error)
{
    struct migration_list list = {0};
    int err = list_init(folder, &list, error);
    if (err == WEIR_OK) {
        err = mark_applied(connection, &list, error);
    }
    for (size_t i = 0; i < list.count && err == WEIR_OK; i++) {
        const struct migration migration = describe(&list.at[i]);
        each(&migration, context);
    }
    list_fini(&list);
    return err;
}

int migration_check(struct connection *connection, struct weir_error *error)
{
    char text[24] = "";
    int err = connection_value(connection, "SELECT to_regclass('weir.schema_migration') IS NULL",
                               text, sizeof(text), error);
    if (err == WEIR_OK && strcmp(text, "t") == 0) {
        return weir_fail(error, WEIR_ECONFLICT,
                         "this database has no schema weir yet: run `weirctl db init`");
    }
    err = err != WEIR_OK ? err
                         : connection_value(connection,
                                            "SELECT coalesce(max(number), 0)"
                                            " FROM weir.schema_migration",
                                            text, sizeof(text), error);
    const unsigned long found = err == WEIR_OK ? strtoul(text, NULL, 10) : 0;
    if (err == WEIR_OK && found < MIGRATION_CURRENT) {
        return weir_fail(error, WEIR_ECONFLICT,
                         "the database is at migration %lu, this program needs %d: run `weirctl db "
                         "migrate`",
                         found, MIGRATION_CURRENT);
    }
    return err;
}
