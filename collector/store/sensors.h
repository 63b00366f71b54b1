/* SPDX-License-Identifier: Apache-2.0
 *
 * sensors: who may send, and how they are.
 *
 * Units:   keys are CURVE public keys of 32 bytes.
 * Errors:  WEIR_ENOENT no such sensor, WEIR_ECONFLICT name or key is taken, and connection.h's.
 */
#ifndef WEIR_COLLECTOR_STORE_SENSORS_H
#define WEIR_COLLECTOR_STORE_SENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/flow_batch.h"

#include "collector/store/connection.h"

#define SENSORS_KEY_SIZE  32
#define SENSORS_NAME_SIZE 64 /* and NUL */

struct sensors_row {
    uint32_t id;
    char name[SENSORS_NAME_SIZE + 1];
    char branch[SENSORS_NAME_SIZE + 1];
    uint8_t public_key[SENSORS_KEY_SIZE];
    bool revoked;
    int64_t enrolled_us;
    int64_t last_seen_us;    /* 0 = never */
    uint64_t model_version;  /* last acknowledged; 0 = none */
    char model_refusal[160]; /* why it refused the last offer; "" = it did not */
};

struct sensors_counter {
    const char *name; /* [a-z0-9_]+, as in the metrics */
    uint64_t value;
    bool known; /* false: the platform cannot give it; stored as null */
};

struct sensors_status { /* totals as the sensor counts them */
    uint32_t sensor_id;
    struct weir_boot_id boot;
    int64_t at_us; /* collector's wall time; stored per minute, the latest wins */
    int64_t clock_offset_us;
    const struct sensors_counter *counters;
    size_t count;
};

typedef void sensors_fn(const struct sensors_row *row, void *context);

/* Makes the branch when it is new. */
WEIR_MUST_CHECK int sensors_enrol(struct connection *connection, const char *name,
                                  const char *branch, const uint8_t public_key[SENSORS_KEY_SIZE],
                                  uint32_t *id, struct weir_error *error);

WEIR_MUST_CHECK int sensors_list(struct connection *connection, sensors_fn *each, void *context,
                                 struct weir_error *error);

WEIR_MUST_CHECK int sensors_find_key(struct connection *connection,
                                     const uint8_t public_key[SENSORS_KEY_SIZE],
                                     struct sensors_row *out, struct weir_error *error);

WEIR_MUST_CHECK int sensors_set_revoked(struct connection *connection, const char *name,
                                        bool revoked, struct weir_error *error);

WEIR_MUST_CHECK int sensors_touch(struct connection *connection, uint32_t id, int64_t seen_us,
                                  struct weir_error *error);

WEIR_MUST_CHECK int sensors_set_status(struct connection *connection,
                                       const struct sensors_status *status,
                                       struct weir_error *error);

/* What the sensor answered to an offer: version is active (refusal NULL), or why it is refused. */
WEIR_MUST_CHECK int sensors_set_model(struct connection *connection, uint32_t id, uint64_t version,
                                      const char *refusal, struct weir_error *error);

#endif
