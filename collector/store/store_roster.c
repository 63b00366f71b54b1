/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/store_roster.h"

#include <stdbool.h>
#include <stdlib.h>

struct sensor_list {
    struct sensors_row *at;
    size_t count, capacity;
    bool failed;
};

static void add_sensor(const struct sensors_row *row, void *context)
{
    struct sensor_list *list = (struct sensor_list *)context;
    if (list->count == list->capacity) {
        const size_t wanted = list->capacity == 0 ? 16 : list->capacity * 2;
        struct sensors_row *grown =
            (struct sensors_row *)realloc(list->at, wanted * sizeof(list->at[0]));
        if (grown == NULL) {
            list->failed = true;
            return;
        }
        list->at = grown;
        list->capacity = wanted;
    }
    list->at[list->count++] = *row;
}

static int fetch_active(struct connection *connection, enum models_target target, uint64_t known,
                        struct models_artifact *out, struct weir_error *error)
{
    uint64_t version = 0;
    const int code = models_active(connection, target, &version, error);
    if (code == WEIR_ENOENT) {
        return WEIR_OK;
    }
    if (code != WEIR_OK || version == known) {
        out->version = code == WEIR_OK ? version : 0;
        return code;
    }
    return models_fetch(connection, version, out, error);
}

void store_roster_free(struct store_roster *roster)
{
    if (roster != NULL) {
        models_artifact_fini(&roster->sensor_model);
        models_artifact_fini(&roster->fleet_model);
        free(roster->sensors);
        free(roster);
    }
}

int store_roster_read(struct connection *connection, const struct store_roster_known *known,
                      struct store_roster **out, struct weir_error *error)
{
    struct sensor_list list = {0};
    struct store_roster *roster = (struct store_roster *)calloc(1, sizeof(*roster));
    if (roster == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    int code = sensors_list(connection, add_sensor, &list, error);
    if (code == WEIR_OK && list.failed) {
        code = weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    roster->sensors = list.at;
    roster->count = list.count;
    code = code != WEIR_OK ? code
                           : fetch_active(connection, MODELS_TARGET_SENSOR, known->sensor_version,
                                          &roster->sensor_model, error);
    code = code != WEIR_OK ? code
                           : fetch_active(connection, MODELS_TARGET_FLEET, known->fleet_version,
                                          &roster->fleet_model, error);
    if (code != WEIR_OK) {
        store_roster_free(roster);
        return code;
    }
    *out = roster;
    return WEIR_OK;
}

static void inherit(struct models_artifact *newer, struct models_artifact *older)
{
    if (newer->version == older->version && newer->bytes == NULL) {
        *newer = *older;
        *older = (struct models_artifact){0};
    }
}

void store_roster_inherit(struct store_roster *newer, struct store_roster *older)
{
    inherit(&newer->sensor_model, &older->sensor_model);
    inherit(&newer->fleet_model, &older->fleet_model);
}
