/* SPDX-License-Identifier: Apache-2.0
 *
 * row_text: reads values out of PostgreSQL's text results, and writes parameters as text.
 *
 * Units:   times are microseconds since 1970: weir.micros(ts) and weir.at(micros) in SQL.
 */
#ifndef WEIR_COLLECTOR_STORE_ROW_TEXT_H
#define WEIR_COLLECTOR_STORE_ROW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_batch.h"

struct pg_result;

#define ROW_TEXT_SIZE 24 /* any 64-bit integer and NUL */

/* NULL gives 0. */
int64_t row_text_integer(const struct pg_result *rows, int row, int column);
double row_text_real(const struct pg_result *rows, int row, int column);
bool row_text_boolean(const struct pg_result *rows, int row, int column);
void row_text_copy(const struct pg_result *rows, int row, int column, char *text, size_t size);
void row_text_boot(const struct pg_result *rows, int row, int column, struct weir_boot_id *boot);

/* Bytes of a bytea in hex format: "\x0123". Returns how many were written, at most size. */
size_t row_text_bytes(const struct pg_result *rows, int row, int column, uint8_t *bytes,
                      size_t size);

/* Writes the bigint that has value's 64 bits. */
const char *row_text_of(uint64_t value, char text[ROW_TEXT_SIZE]);

#endif
