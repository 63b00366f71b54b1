/* SPDX-License-Identifier: Apache-2.0
 *
 * history: the letters that tell a connection's story, as in Zeek's conn.log.
 *
 * Shape:   upper case from the originator, lower case from the responder; 64 letters at most.
 * Source:  specification 6.2.1.
 */
#ifndef WEIR_SENSOR_METER_HISTORY_H
#define WEIR_SENSOR_METER_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_record.h"

struct history_side {     /* what one direction has said */
    uint32_t sequence[4]; /* of its last f, h, r, s */
    uint16_t times[4];    /* events of c, g, t, w, saturating */
    uint8_t once;         /* bits: a, d, i, q said */
    uint8_t sequences;    /* bits: f, h, r, s said */
};

struct history {
    uint8_t size;
    char text[WEIR_HISTORY_SIZE - 1]; /* size letters, no NUL */
};

/* Adds the letters of one segment's flags and payload. */
void history_add_segment(struct history *history, struct history_side *side, bool from_orig,
                         uint8_t flags, uint32_t sequence, bool payload);

/* Adds one of a d i q (said once a direction) or c g t w (said at 1, 10, 100, ... events). */
void history_add(struct history *history, struct history_side *side, bool from_orig, char letter);

/* Puts '^' where the story begins. */
void history_add_flip(struct history *history);

#endif
