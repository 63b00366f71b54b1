/* SPDX-License-Identifier: Apache-2.0
 *
 * line_reader: the lines of one direction of a stream, as a person at a terminal would see them.
 *
 * A line ends with LF; a final CR, Telnet commands and NUL are taken out, backspace and DEL take
 * out the byte before them. A line that lies whole and plain in the payload is lent from there;
 * any other is put together in a block of a pool.
 *
 * Shape:   LINE_BYTES of a line are kept; of a longer one the rest is counted, not kept. How the
 *          bytes are split into segments does not change the lines.
 * Owns:    one block of LINE_BYTES, from its first line in pieces until line_reader_fini(); zeroed,
 *          it is new.
 * Source:  specification 1.8.1; RFC 854.
 */
#ifndef WEIR_SENSOR_INSPECT_LINE_READER_H
#define WEIR_SENSOR_INSPECT_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/block_pool.h"
#include "common/base/cursor.h"

#define LINE_BYTES 4096

struct line {
    const char *text;
    size_t size;
    size_t full_size; /* with the bytes that were not kept */
    bool from_orig;
    bool ended; /* false: the line is not complete and is told because it waits for an answer */
    bool was_prompt; /* it was told before, when it was not complete */
};

struct line_reader {
    uint32_t buffer; /* block, 0 = none */
    uint32_t full_size;
    uint16_t size;   /* bytes in buffer */
    uint8_t telnet;  /* where a Telnet command stands: enum of line_reader.c */
    bool cr_ends;    /* CR ends a line too, as a terminal's Return key sends it */
    bool after_cr;   /* a CR was just read */
    bool negotiated; /* a Telnet option was spoken of at the beginning of a line */
    bool told;       /* the line so far was told as it waits */
    bool lost;       /* no block was to be had: nothing is read any more */
};

/* Reads payload until a line ends, true with it in *out; false when all is read. The text is good
 * until the next call. */
bool line_reader_next(struct line_reader *reader, struct weir_block_pool *pool,
                      struct weir_cursor *payload, struct line *out);

/* The line that is not complete, once; false when there is none. */
bool line_reader_tell(struct line_reader *reader, struct weir_block_pool *pool, struct line *out);

void line_reader_fini(struct line_reader *reader, struct weir_block_pool *pool);

#endif
