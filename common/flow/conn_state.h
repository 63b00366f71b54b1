/* SPDX-License-Identifier: Apache-2.0
 *
 * conn_state: how a connection ended, in Zeek's thirteen words and in KDD's eleven.
 *
 * The numbers are stored and sent: append, never renumber.
 * Source:  specification 1.5.2 and 1.5.3.
 */
#ifndef WEIR_COMMON_FLOW_CONN_STATE_H
#define WEIR_COMMON_FLOW_CONN_STATE_H

#include <stdbool.h>

enum weir_conn_state {
    WEIR_CONN_OPEN = 0, /* still open: START and INTERIM records only */
    WEIR_CONN_SF = 1,
    WEIR_CONN_S0 = 2,
    WEIR_CONN_S1 = 3,
    WEIR_CONN_S2 = 4,
    WEIR_CONN_S3 = 5,
    WEIR_CONN_REJ = 6,
    WEIR_CONN_RSTO = 7,
    WEIR_CONN_RSTR = 8,
    WEIR_CONN_RSTOS0 = 9,
    WEIR_CONN_RSTRH = 10,
    WEIR_CONN_SH = 11,
    WEIR_CONN_SHR = 12,
    WEIR_CONN_OTH = 13,
    WEIR_CONN_STATE_COUNT = 14,
};

enum weir_flag { /* KDD's connection status; OPEN only in early_flag */
    WEIR_FLAG_OPEN = 0,
    WEIR_FLAG_SF = 1,
    WEIR_FLAG_S0 = 2,
    WEIR_FLAG_REJ = 3,
    WEIR_FLAG_RSTR = 4,
    WEIR_FLAG_RSTO = 5,
    WEIR_FLAG_SH = 6,
    WEIR_FLAG_S1 = 7,
    WEIR_FLAG_S2 = 8,
    WEIR_FLAG_RSTOS0 = 9,
    WEIR_FLAG_S3 = 10,
    WEIR_FLAG_OTH = 11,
    WEIR_FLAG_COUNT = 12,
};

enum weir_outcome { /* what a connection adds to the error rates of a window */
    WEIR_OUTCOME_NEITHER = 0,
    WEIR_OUTCOME_SERROR = 1, /* S0 S1 S2 S3 SH */
    WEIR_OUTCOME_RERROR = 2, /* REJ RSTO RSTR RSTOS0 */
};

/* "SF", "S0", ...; "OPEN" for 0; NULL for a value out of range. */
const char *weir_conn_state_text(enum weir_conn_state state);
const char *weir_flag_text(enum weir_flag flag);

/* The value of a text; false when it is none of them. */
bool weir_flag_parse(const char *text, enum weir_flag *out);
bool weir_conn_state_parse(const char *text, enum weir_conn_state *out);

/* KDD flag of a final TCP state (SHR folds to SH, RSTRH to RSTR; OPEN gives OPEN). */
enum weir_flag weir_flag_of(enum weir_conn_state state);

enum weir_outcome weir_outcome_of(enum weir_flag flag);

#endif
