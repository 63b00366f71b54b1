/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void session_table_fini(struct session_table *table)
{
    free(table->at);
    *table = (struct session_table){0};
}

int session_table_replace(struct session_table *table, const struct session_identity *roster,
                          size_t count)
{
    struct session *fresh = (struct session *)calloc(count + 1, sizeof(*fresh));
    if (fresh == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        const struct session *known = session_find_id(table, roster[i].sensor_id);
        struct session *session = &fresh[i];
        if (known != NULL && strcmp(known->public_z85, roster[i].public_z85) == 0) {
            *session = *known;
        }
        session->sensor_id = roster[i].sensor_id;
        session->is_revoked = roster[i].is_revoked;
        (void)snprintf(session->name, sizeof(session->name), "%s", roster[i].name);
        (void)snprintf(session->branch, sizeof(session->branch), "%s", roster[i].branch);
        memcpy(session->public_z85, roster[i].public_z85, sizeof(session->public_z85));
    }
    free(table->at);
    table->at = fresh;
    table->count = count;
    return WEIR_OK;
}

struct session *session_find_key(struct session_table *table, const char *public_z85)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->at[i].public_z85, public_z85) == 0) {
            return &table->at[i];
        }
    }
    return NULL;
}

struct session *session_find_id(struct session_table *table, uint32_t sensor_id)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->at[i].sensor_id == sensor_id) {
            return &table->at[i];
        }
    }
    return NULL;
}

static bool routing_equal(const struct weir_routing_id *a, const struct weir_routing_id *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

struct session *session_find_candidate(struct session_table *table,
                                       const struct weir_routing_id *probed)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->at[i].is_probing && routing_equal(&table->at[i].routing, probed)) {
            return &table->at[i];
        }
    }
    return NULL;
}

bool session_is_of(const struct session *session, const struct weir_routing_id *routing)
{
    return session->is_up && routing_equal(&session->routing, routing);
}
