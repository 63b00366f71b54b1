/* SPDX-License-Identifier: Apache-2.0
 *
 * label_import: labels many stored flows at once, from a list of connections.
 *
 * A connection of the list names a flow when protocol, both addresses and both ports are equal and
 * the starts lie at most a second apart. A flow that several connections name takes the nearest.
 *
 * Shape:   begin, add lines, then finish or cancel. Nothing is stored before finish.
 * Errors:  those of connection.h; WEIR_EFORMAT when a value is none (an address, say).
 * Threads: the connection's.
 */
#ifndef WEIR_COLLECTOR_STORE_LABEL_IMPORT_H
#define WEIR_COLLECTOR_STORE_LABEL_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "collector/store/connection.h"

#define LABEL_IMPORT_SECOND_US INT64_C(1000000) /* how far the starts may lie apart */

struct label_import { /* {0}, then begin */
    struct connection *connection;
    struct weir_buffer lines; /* COPY text that has not been sent */
    uint64_t count;           /* connections added */
};

struct label_import_row {
    int64_t start_us;
    int proto; /* 1 stands for ICMPv6 too when the addresses are IPv6 */
    const char *orig, *resp;
    uint16_t orig_p, resp_p; /* ICMP: type, code */
    const char *label;       /* 1 .. 64 bytes */
};

struct label_import_terms { /* what all of the labels have in common */
    const char *stream;     /* flows of this stream alone; NULL = every stream */
    const char *who;        /* NULL = the database user */
    const char *why;        /* NULL = nothing said */
};

struct label_import_result {
    uint64_t rows;     /* connections in the list */
    uint64_t matched;  /* of them, those that name at least one flow */
    uint64_t flows;    /* flows that they name */
    uint64_t labelled; /* flows that got a label now; the others carried this very label already */
};

WEIR_MUST_CHECK int label_import_begin(struct label_import *import, struct connection *connection,
                                       struct weir_error *error);
WEIR_MUST_CHECK int label_import_add(struct label_import *import,
                                     const struct label_import_row *row, struct weir_error *error);

/* Stores all labels or none, and ends the import either way. */
WEIR_MUST_CHECK int label_import_finish(struct label_import *import,
                                        const struct label_import_terms *terms,
                                        struct label_import_result *result,
                                        struct weir_error *error);

/* Ends an import that came to nothing. */
void label_import_cancel(struct label_import *import);

#endif
