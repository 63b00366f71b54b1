/* SPDX-License-Identifier: Apache-2.0
 *
 * store_roster: what the database says of the fleet: its sensors, and the models that are active.
 *
 * Owns:    a roster owns its list and its artefacts.
 * Errors:  those of connection.h; WEIR_ENOMEM.
 */
#ifndef WEIR_COLLECTOR_STORE_STORE_ROSTER_H
#define WEIR_COLLECTOR_STORE_STORE_ROSTER_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/store/models.h"
#include "collector/store/sensors.h"

struct store_roster {
    struct sensors_row *sensors; /* all of them, revoked ones too */
    size_t count;
    /* version 0 = none; bytes NULL = the file of this version was given before */
    struct models_artifact sensor_model, fleet_model;
};

struct store_roster_known { /* versions whose files need not be read again; 0 = none */
    uint64_t sensor_version, fleet_version;
};

/* Reads it; the files of versions in known are left out. */
WEIR_MUST_CHECK int store_roster_read(struct connection *connection,
                                      const struct store_roster_known *known,
                                      struct store_roster **out, struct weir_error *error);

/* Moves to newer the files that older has and newer left out because older had them. */
void store_roster_inherit(struct store_roster *newer, struct store_roster *older);

void store_roster_free(struct store_roster *roster);

#endif
