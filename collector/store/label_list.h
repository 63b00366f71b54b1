/* SPDX-License-Identifier: Apache-2.0
 *
 * label_list: the labels that hold, as people read them.
 *
 * Errors:  those of connection.h.
 */
#ifndef WEIR_COLLECTOR_STORE_LABEL_LIST_H
#define WEIR_COLLECTOR_STORE_LABEL_LIST_H

#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"

struct label_list_row {
    uint64_t id;
    int64_t at_us;
    const char *who, *label;
    const char *what; /* "flow paris-1/0a1b2c3d/17", or the pattern: "orig 10.0.0.1 port 22" */
    const char *why;  /* "" = nothing said */
};

typedef void label_list_fn(const struct label_list_row *row, void *context);

/* The newest `limit` labels (0 = all) that nobody took back, newest first. */
WEIR_MUST_CHECK int label_list_read(struct connection *connection, uint64_t limit,
                                    label_list_fn *each, void *context, struct weir_error *error);

#endif
