/* SPDX-License-Identifier: Apache-2.0
 *
 * detail_field: the tables of flow_details for loops: codecs, writers, columns.
 *
 * Shape:   weir_detail_blocks() gives one row a protocol, each with one row a member; a member is
 *          read and set through its row, so that nobody repeats the tables.
 */
#ifndef WEIR_COMMON_FLOW_DETAIL_FIELD_H
#define WEIR_COMMON_FLOW_DETAIL_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_details.h"

struct weir_detail_field {
    const char *name;
    uint16_t offset; /* in the block's struct */
    uint16_t bytes;  /* of a TEXT with its NUL; 0 for other kinds */
    uint8_t kind;    /* enum weir_field_kind */
    uint8_t privacy; /* enum weir_field_privacy */
    uint8_t number;  /* on the wire, 1 .. */
};

struct weir_detail_block {
    const char *name; /* "dns" */
    const struct weir_detail_field *fields;
    uint16_t count;
    uint16_t offset; /* in struct weir_flow_details */
    uint16_t bytes;  /* sizeof the block's struct */
    uint8_t number;  /* on the wire, 50 .. */
};

/* WEIR_DETAIL_BLOCK_COUNT blocks, in the order of their bits. */
const struct weir_detail_block *weir_detail_blocks(void);

/* The block's struct inside details. */
void *weir_detail_block_of(struct weir_flow_details *details,
                           const struct weir_detail_block *block);
const void *weir_detail_block_in(const struct weir_flow_details *details,
                                 const struct weir_detail_block *block);

/* One member of a block's struct, by its row. text: TEXT. number: every kind but TEXT and ADDRESS;
 * false when it was not seen. address: ADDRESS. */
const char *weir_field_text(const struct weir_detail_field *field, const void *block);
bool weir_field_number(const struct weir_detail_field *field, const void *block, uint32_t *out);
const struct weir_address *weir_field_address(const struct weir_detail_field *field,
                                              const void *block);

#endif
