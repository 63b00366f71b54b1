/* SPDX-License-Identifier: Apache-2.0
 *
 * ledger: which batches are stored; the half of a transaction that makes the other half happen
 * once.
 *
 * Source:  architecture 7.
 */
#ifndef WEIR_COLLECTOR_STORE_LEDGER_H
#define WEIR_COLLECTOR_STORE_LEDGER_H

#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/window/flow_row.h"

enum ledger_answer {
    LEDGER_NEW = 0,      /* entered: store its rows in this transaction */
    LEDGER_KNOWN = 1,    /* stored before, with the same hash: leave it */
    LEDGER_CONFLICT = 2, /* stored before, with another hash: refuse it */
};

#define LEDGER_BOOT_TEXT_SIZE                                                                      \
    33 /* 32 hexadecimal digits and NUL: what PostgreSQL reads as uuid                             \
        */

/* Prepares the statement of this session. */
WEIR_MUST_CHECK int ledger_prepare(struct connection *connection, struct weir_error *error);

/* Enters a batch inside the open transaction. */
WEIR_MUST_CHECK int ledger_enter(struct connection *connection, const struct ready_batch *batch,
                                 enum ledger_answer *answer, struct weir_error *error);

void ledger_boot_text(const struct weir_boot_id *boot, char text[LEDGER_BOOT_TEXT_SIZE]);

#endif
