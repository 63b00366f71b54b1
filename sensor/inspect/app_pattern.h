/* SPDX-License-Identifier: Apache-2.0
 *
 * app_pattern: what one direction of a connection says about one application.
 *
 * A claim other than MORE stays what it is however many bytes follow, so a verdict that waits for
 * no MORE is final.
 *
 * Shape:   app_side.size is at most APP_HEAD_MAX; a pattern never reads past it.
 * Source:  specification 5.1.1.
 */
#ifndef WEIR_SENSOR_INSPECT_APP_PATTERN_H
#define WEIR_SENSOR_INSPECT_APP_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/cursor.h"

enum app_claim {
    APP_NO = 0, /* contradicts the application */
    APP_FITS,   /* does not contradict it, and that is all */
    APP_MORE,   /* fits as far as it goes: the next bytes decide */
    APP_HALF,   /* the application if the other direction says HALF or YES too */
    APP_YES,    /* the application, unless the other direction says NO */
};

struct app_side {
    const uint8_t *bytes;
    size_t size;                  /* > 0 */
    size_t whole;                 /* UDP: payload of the datagram, >= size; TCP: SIZE_MAX */
    const struct app_side *other; /* the other direction, NULL when it has no bytes */
    uint16_t orig_port, resp_port;
    bool udp;
    bool last; /* no byte follows */
};

typedef enum app_claim app_pattern_fn(const struct app_side *side);

static inline bool app_side_has_port(const struct app_side *side, uint16_t port)
{
    return side->orig_port == port || side->resp_port == port;
}

static inline struct weir_cursor app_side_cursor(const struct app_side *side)
{
    return weir_cursor_over(side->bytes, side->size);
}

struct app_word {
    const char *text;
    enum app_claim claim; /* when the side begins with it */
};

/* YES when the bytes from `at` on are these, MORE when they end within, else NO. */
enum app_claim app_pattern_bytes(const struct app_side *side, size_t at, const char *text,
                                 size_t size);

/* The claim of the first word the side begins with, letters in either case; MORE when it ends
 * within one before it; else NO. *word_size is set when a word is there in whole. */
enum app_claim app_pattern_word(const struct app_side *side, const struct app_word *words,
                                size_t count, size_t *word_size);

/* Looks for `text` on the line that begins at `at`: YES; NO when the line ends without it or holds
 * a control character; MORE when the bytes end first. */
enum app_claim app_pattern_line(const struct app_side *side, size_t at, const char *text,
                                size_t size);

#endif
