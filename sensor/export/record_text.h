/* SPDX-License-Identifier: Apache-2.0
 *
 * record_text: one flow record as a line of text, in each of the formats.
 *
 * Shape:   a header (may be empty), a line per record, a footer (may be empty); all into a buffer.
 * Source:  specification 6.2 for the names; Zeek's ASCII writer for zeek-conn.
 */
#ifndef WEIR_SENSOR_EXPORT_RECORD_TEXT_H
#define WEIR_SENSOR_EXPORT_RECORD_TEXT_H

#include <stdint.h>

#include "common/base/buffer.h"

#include "common/flow/flow_record.h"

/* Spreadsheet-like: the names on the first line. */
void record_text_csv_header(struct weir_buffer *out);
void record_text_csv(struct weir_buffer *out, const struct weir_flow_record *record);

/* One JSON object a line. */
void record_text_jsonl(struct weir_buffer *out, const struct weir_flow_record *record);

/* Zeek's conn.log as tab-separated values. */
void record_text_zeek_header(struct weir_buffer *out, int64_t open_us);
/* The uid is "C" and uid_base + flow_id in base 62: the base tells one start of a sensor from the
 * next, and is 0 for a file, so that a replay says the same every time. */
void record_text_zeek(struct weir_buffer *out, const struct weir_flow_record *record,
                      uint64_t uid_base);
void record_text_zeek_footer(struct weir_buffer *out, int64_t close_us);

#endif
