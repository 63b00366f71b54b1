/* SPDX-License-Identifier: Apache-2.0
 *
 * session: the sensors that are enrolled, by key, and the connection each one has now.
 *
 * One live session a key: a second connection of the same key is refused while the first one lives,
 * which the gate finds out by trying it.
 *
 * Shape:   a table of at most a few thousand sensors, searched by key or id.
 * Owns:    its rows; a pointer is good until the next session_table_replace().
 * Threads: the collector's main thread.
 * Source:  architecture 5.
 */
#ifndef WEIR_COLLECTOR_INGEST_SESSION_H
#define WEIR_COLLECTOR_INGEST_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/err.h"

#include "proto/channel.h"
#include "proto/control.h"

#include "collector/ingest/clock_offset.h"

struct session {
    uint32_t sensor_id;
    char name[65], branch[65];
    char public_z85[WEIR_CURVE_TEXT_SIZE];
    bool is_revoked;

    bool is_up; /* HELLO was answered by WELCOME on `routing` */
    struct weir_routing_id routing;
    struct weir_mono heard_at;    /* the connection that is up */
    struct weir_mono restated_at; /* when it was last told to say hello */
    struct weir_hello hello;      /* of the session */
    bool is_probing;              /* a second connection said hello; does the first one live? */
    struct weir_routing_id candidate;
    struct weir_hello candidate_hello;

    struct clock_offset clock;
    struct weir_mono status_at;       /* when its last status was given to the store */
    struct weir_boot_id pending_boot; /* the oldest one whose batches were to come at the hello */
    bool is_unrecorded;               /* the store has not been told of this session */
    int64_t offset_us, recorded_offset_us; /* clock correction in force, and as recorded */
    uint64_t batches, bad_batches;
};

struct session_identity { /* one enrolled sensor, as the roster tells it */
    uint32_t sensor_id;
    const char *name, *branch;
    char public_z85[WEIR_CURVE_TEXT_SIZE];
    bool is_revoked;
};

struct session_table {
    struct session *at;
    size_t count;
};

void session_table_fini(struct session_table *table);

/* Takes over a new roster; sensors that stay, with their key, keep their connection. WEIR_ENOMEM.
 */
WEIR_MUST_CHECK int session_table_replace(struct session_table *table,
                                          const struct session_identity *roster, size_t count);

/* NULL when there is none. Revoked ones are found too. */
struct session *session_find_key(struct session_table *table, const char *public_z85);
struct session *session_find_id(struct session_table *table, uint32_t sensor_id);
struct session *session_find_candidate(struct session_table *table,
                                       const struct weir_routing_id *probed);

/* True when this connection is the session's. */
bool session_is_of(const struct session *session, const struct weir_routing_id *routing);

#endif
