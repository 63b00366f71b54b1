/* SPDX-License-Identifier: Apache-2.0
 *
 * collector_options: every setting of weir-collector, in the one table that parses and documents
 * them.
 *
 * Owns:    texts are freed by weir_options_fini().
 */
#ifndef WEIR_COLLECTOR_COLLECTOR_OPTIONS_H
#define WEIR_COLLECTOR_COLLECTOR_OPTIONS_H

#include <stdint.h>

#include "common/base/option.h"

struct collector_options {
    char *listen, *key;
    char *database, *role;
    int64_t heartbeat_us;

    uint64_t expect_sensors;
    int64_t max_lag_us, active_us;
    uint64_t memory_max_bytes;

    int64_t roster_us;
    uint64_t commit_rows;
    int log_level;
};

extern const struct weir_option_table collector_options_table;

#endif
