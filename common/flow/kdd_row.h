/* SPDX-License-Identifier: Apache-2.0
 *
 * kdd_row: a record as the line of text NSL-KDD would have: `0,tcp,http,SF,181,5450,...,0.11`.
 *
 * Shape:   41 values separated by commas, without label and without newline; whole numbers plain,
 *          rates with two decimals.
 * Source:  specification 1.1, 1.3 and 1.4.
 */
#ifndef WEIR_COMMON_FLOW_KDD_ROW_H
#define WEIR_COMMON_FLOW_KDD_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_record.h"

#define WEIR_KDD_ROW_SIZE 512 /* longest line and NUL */

/* Column 1: whole seconds, 0 for the flags whose end was never seen and for ICMP. */
uint32_t weir_kdd_duration(const struct weir_flow_record *record);

/* Column 2: "tcp", "udp", "icmp" (either version); "other" for a protocol without vector. */
const char *weir_kdd_protocol(const struct weir_flow_record *record);

/* Columns 5 and 6. ICMP: the mean length of the originator's messages, and 0. */
uint64_t weir_kdd_src_bytes(const struct weir_flow_record *record);
uint64_t weir_kdd_dst_bytes(const struct weir_flow_record *record);

/* Writes the line of a FINAL record with its counts and gives its length. */
size_t weir_kdd_row_format(const struct weir_flow_record *record,
                           const struct weir_kdd_counts *counts, char row[WEIR_KDD_ROW_SIZE]);

#endif
