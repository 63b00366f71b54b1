/* SPDX-License-Identifier: Apache-2.0
 *
 * column: which members of which structs travel in a batch's blocks, and in what form.
 *
 * A block is a table of rows of one struct; each of its columns is one member. The tables here are
 * made from the lists of fields in common/flow, so that a field is named and numbered once.
 *
 * Shape:   a column travels with its number and the packed values of all rows, or not at all when
 *          every value would be 0. A reader skips blocks and columns that it does not know, and
 *          what did not travel stays as it is in an empty row.
 * Source:  specification 6.1, 6.2; common/flow/flow_statistics.h and its sisters.
 */
#ifndef WEIR_PROTO_COLUMN_H
#define WEIR_PROTO_COLUMN_H

#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_details.h"

enum weir_column_form {
    WEIR_COLUMN_UINT,          /* unsigned, 1, 2, 4 or 8 bytes wide: varint */
    WEIR_COLUMN_FLAG,          /* bool: 0, 1 */
    WEIR_COLUMN_INT,           /* int64_t: zigzag varint */
    WEIR_COLUMN_OPTIONAL,      /* signed, 4 or 8 bytes, WEIR_ABSENT or more: varint of value + 1 */
    WEIR_COLUMN_SINCE_START,   /* optional time: zigzag of time - the row's start, + 1 */
    WEIR_COLUMN_SINCE_END,     /* optional time: zigzag of time - the row's end, + 1 */
    WEIR_COLUMN_REAL,          /* float: four bytes, little-endian */
    WEIR_COLUMN_OPTIONAL_REAL, /* the same, xor the bits of -1 */
    WEIR_COLUMN_TEXT,          /* char array with NUL: index into the batch's texts, 0 = empty */
    WEIR_COLUMN_BYTES,         /* the member's bytes: index likewise, 0 = all zero */
    WEIR_COLUMN_WORD,          /* uint64_t, little-endian there: index likewise, 0 = 0 */
    WEIR_COLUMN_ADDRESS,       /* struct weir_address: index likewise, 0 = none */
    WEIR_COLUMN_RUN_UINT,      /* the first n of an array of uint32_t; n is another column */
    WEIR_COLUMN_RUN_INT,       /* of int32_t */
};

struct weir_column {
    const char *name;      /* as text output and database call it */
    uint16_t number;       /* on the wire; never reused */
    uint16_t offset;       /* of the member */
    uint16_t width;        /* of the member, or of an element of a run; bytes */
    uint16_t count_offset; /* RUN: where n is, a uint8_t whose column stands before this one */
    uint8_t count_max;     /* RUN: elements of the array */
    uint8_t form;          /* enum weir_column_form */
};

/* Statistics columns from this number on are not in the lists of flow_statistics.h. */
#define WEIR_COLUMN_UNLISTED 581

struct weir_block {  /* a kind of block */
    uint16_t number; /* on the wire; never reused */
    uint16_t row_size;
    uint16_t column_count;
    uint16_t text_count; /* columns that are indexes into the texts */
    const struct weir_column *columns;
};

struct weir_column_row { /* a row, and what its times count from */
    const void *at;
    int64_t start_us, end_us;
};

enum weir_block_kind {
    WEIR_BLOCK_STATISTICS, /* rows of records; struct weir_flow_statistics */
    WEIR_BLOCK_MARKER,     /* rows of the batch; struct weir_marker */
    WEIR_BLOCK_L2_EVENT,   /* rows of the batch; struct weir_l2_event */
    WEIR_BLOCK_DETAIL,     /* and above, in the order of enum weir_detail_block_index */
    WEIR_BLOCK_COUNT = WEIR_BLOCK_DETAIL + WEIR_DETAIL_BLOCK_COUNT
};

/* WEIR_BLOCK_COUNT kinds, by enum weir_block_kind. */
const struct weir_block *weir_block_table(void);

#endif
