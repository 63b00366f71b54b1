/* SPDX-License-Identifier: Apache-2.0
 *
 * migration: brings a database to this program's schema, one numbered SQL file a transaction.
 *
 * Files are NNNN_name.sql without gaps. weir.schema_migration remembers each with its checksum, so
 * a file that was changed afterwards, or a database newer than the files, is refused by name.
 *
 * Errors:  WEIR_ECONFLICT changed or newer, WEIR_EIO no such folder, WEIR_EFORMAT gap in the
 *          numbers, and those of connection.h.
 */
#ifndef WEIR_COLLECTOR_STORE_MIGRATION_H
#define WEIR_COLLECTOR_STORE_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"

/* Number of the last file this program was built with; it works with no older database. */
#define MIGRATION_CURRENT 8

struct migration {
    unsigned number;
    const char *name;       /* "0001_roles.sql" */
    bool applied;           /* by this database */
    const char *applied_at; /* text of the time, "" when it is not */
};

typedef void migration_fn(const struct migration *migration, void *context);

/* Where the files are: given when not NULL, else environment WEIR_MIGRATIONS_DIR, else the folder
 * of the build or the installed one. */
const char *migration_folder(const char *given);

/* Applies what is missing; calls each (may be NULL) for every file applied now. Needs a login that
 * may create roles and schemas (first time) or is member of weir_owner. */
WEIR_MUST_CHECK int migration_apply(struct connection *connection, const char *folder,
                                    migration_fn *each, void *context, struct weir_error *error);

/* WEIR_OK when the database is at MIGRATION_CURRENT or newer; else WEIR_ECONFLICT and the command
 * that helps. For programs that only use the schema. */
WEIR_MUST_CHECK int migration_check(struct connection *connection, struct weir_error *error);

/* Calls each for every file, applied or not. */
WEIR_MUST_CHECK int migration_status(struct connection *connection, const char *folder,
                                     migration_fn *each, void *context, struct weir_error *error);

#endif
