/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/conn_state.h"

#include <stddef.h>
#include <string.h>

static const char *const state_texts[WEIR_CONN_STATE_COUNT] = {
    [WEIR_CONN_OPEN] = "OPEN",     [WEIR_CONN_SF] = "SF",       [WEIR_CONN_S0] = "S0",
    [WEIR_CONN_S1] = "S1",         [WEIR_CONN_S2] = "S2",       [WEIR_CONN_S3] = "S3",
    [WEIR_CONN_REJ] = "REJ",       [WEIR_CONN_RSTO] = "RSTO",   [WEIR_CONN_RSTR] = "RSTR",
    [WEIR_CONN_RSTOS0] = "RSTOS0", [WEIR_CONN_RSTRH] = "RSTRH", [WEIR_CONN_SH] = "SH",
    [WEIR_CONN_SHR] = "SHR",       [WEIR_CONN_OTH] = "OTH",
};

static const char *const flag_texts[WEIR_FLAG_COUNT] = {
    [WEIR_FLAG_OPEN] = "OPEN",     [WEIR_FLAG_SF] = "SF",     [WEIR_FLAG_S0] = "S0",
    [WEIR_FLAG_REJ] = "REJ",       [WEIR_FLAG_RSTR] = "RSTR", [WEIR_FLAG_RSTO] = "RSTO",
    [WEIR_FLAG_SH] = "SH",         [WEIR_FLAG_S1] = "S1",     [WEIR_FLAG_S2] = "S2",
    [WEIR_FLAG_RSTOS0] = "RSTOS0", [WEIR_FLAG_S3] = "S3",     [WEIR_FLAG_OTH] = "OTH",
};

static const enum weir_flag flag_of_state[WEIR_CONN_STATE_COUNT] = {
    [WEIR_CONN_OPEN] = WEIR_FLAG_OPEN,  [WEIR_CONN_SF] = WEIR_FLAG_SF,
    [WEIR_CONN_S0] = WEIR_FLAG_S0,      [WEIR_CONN_S1] = WEIR_FLAG_S1,
    [WEIR_CONN_S2] = WEIR_FLAG_S2,      [WEIR_CONN_S3] = WEIR_FLAG_S3,
    [WEIR_CONN_REJ] = WEIR_FLAG_REJ,    [WEIR_CONN_RSTO] = WEIR_FLAG_RSTO,
    [WEIR_CONN_RSTR] = WEIR_FLAG_RSTR,  [WEIR_CONN_RSTOS0] = WEIR_FLAG_RSTOS0,
    [WEIR_CONN_RSTRH] = WEIR_FLAG_RSTR, [WEIR_CONN_SH] = WEIR_FLAG_SH,
    [WEIR_CONN_SHR] = WEIR_FLAG_SH,     [WEIR_CONN_OTH] = WEIR_FLAG_OTH,
};

static bool find_text(const char *const *texts, size_t count, const char *text, size_t *out)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

const char *weir_conn_state_text(enum weir_conn_state state)
{
    const unsigned at = (unsigned)state;
    return at < WEIR_CONN_STATE_COUNT ? state_texts[at] : NULL;
}

const char *weir_flag_text(enum weir_flag flag)
{
    const unsigned at = (unsigned)flag;
    return at < WEIR_FLAG_COUNT ? flag_texts[at] : NULL;
}

bool weir_flag_parse(const char *text, enum weir_flag *out)
{
    size_t found = 0;
    if (!find_text(flag_texts, WEIR_FLAG_COUNT, text, &found)) {
        return false;
    }
    *out = (enum weir_flag)found;
    return true;
}

bool weir_conn_state_parse(const char *text, enum weir_conn_state *out)
{
    size_t found = 0;
    if (!find_text(state_texts, WEIR_CONN_STATE_COUNT, text, &found)) {
        return false;
    }
    *out = (enum weir_conn_state)found;
    return true;
}

enum weir_flag weir_flag_of(enum weir_conn_state state)
{
    const unsigned at = (unsigned)state;
    return at < WEIR_CONN_STATE_COUNT ? flag_of_state[at] : WEIR_FLAG_OTH;
}

enum weir_outcome weir_outcome_of(enum weir_flag flag)
{
    switch (flag) {
    case WEIR_FLAG_S0:
    case WEIR_FLAG_S1:
    case WEIR_FLAG_S2:
    case WEIR_FLAG_S3:
    case WEIR_FLAG_SH:
        return WEIR_OUTCOME_SERROR;
    case WEIR_FLAG_REJ:
    case WEIR_FLAG_RSTO:
    case WEIR_FLAG_RSTR:
    case WEIR_FLAG_RSTOS0:
        return WEIR_OUTCOME_RERROR;
    case WEIR_FLAG_OPEN:
    case WEIR_FLAG_SF:
    case WEIR_FLAG_OTH:
    case WEIR_FLAG_COUNT:
        break;
    }
    return WEIR_OUTCOME_NEITHER;
}
