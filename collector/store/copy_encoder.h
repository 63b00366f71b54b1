/* SPDX-License-Identifier: Apache-2.0
 *
 * copy_encoder: flow rows as the bytes of COPY BINARY.
 *
 * Shape:   header, rows, trailer; one row is all columns of a list in their order.
 * Source:  PostgreSQL 15, COPY, file formats, binary.
 */
#ifndef WEIR_COLLECTOR_STORE_COPY_ENCODER_H
#define WEIR_COLLECTOR_STORE_COPY_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buffer.h"

#include "collector/store/flow_column.h"
#include "collector/store/stored_flow.h"
#include "collector/window/flow_row.h"

/* Times that fit are from 1970 up to this (2100-01-01). */
#define COPY_ENCODER_TIME_MAX_US INT64_C(4102444800000000)

/* Element types of arrays: pg_type.dat, the same in every release. */
#define COPY_ENCODER_OID_BIGINT  20U
#define COPY_ENCODER_OID_INTEGER 23U
#define COPY_ENCODER_OID_TEXT    25U

void copy_encoder_begin(struct weir_buffer *buffer);
void copy_encoder_end(struct weir_buffer *buffer);

/* identity: sensor_id, boot, sequence and stream are read. The row must be fit, and have statistics
 * when the columns speak of them. */
void copy_encoder_add(struct weir_buffer *buffer, const struct flow_column_list *columns,
                      const struct stored_flow *identity, const struct flow_row *row);

/* False when the row has a value no column can hold; *why (may be NULL) says which. */
bool copy_encoder_fit(const struct flow_row *row, const char **why);

#endif
