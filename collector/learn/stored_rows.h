/* SPDX-License-Identifier: Apache-2.0
 *
 * stored_rows: the collector's stored, labelled flows as a data set.
 *
 * Errors:  those of collector/store/training_set.h; WEIR_ENOENT when no flow fits.
 */
#ifndef WEIR_COLLECTOR_LEARN_STORED_ROWS_H
#define WEIR_COLLECTOR_LEARN_STORED_ROWS_H

#include <stdint.h>

#include "common/base/err.h"

#include "collector/learn/sample_set.h"
#include "collector/store/connection.h"
#include "collector/store/training_set.h"

struct stored_rows_found {
    uint64_t skipped;          /* flows without the schema's windows, left out */
    int64_t first_us, last_us; /* earliest and latest start among the rows */
};

/* Adds the flows of the query, whose schema must be the set's. */
WEIR_MUST_CHECK int stored_rows_load(struct connection *connection,
                                     const struct training_set_query *query, struct sample_set *set,
                                     struct stored_rows_found *found, struct weir_error *error);

#endif
