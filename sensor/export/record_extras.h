/* SPDX-License-Identifier: Apache-2.0
 *
 * record_extras: application, tunnel, content, statistics and protocol details of a record as text.
 *
 * Shape:   names are those of the tables in common/flow. JSON leaves out what was not measured; a
 *          CSV cell is then empty. A block of protocol details is an object of its own, and in JSON
 *          only. Texts are escaped, so that every line is valid UTF-8 whatever was on the wire.
 * Source:  specification 3, 6.2.
 */
#ifndef WEIR_SENSOR_EXPORT_RECORD_EXTRAS_H
#define WEIR_SENSOR_EXPORT_RECORD_EXTRAS_H

#include "common/base/buffer.h"

#include "common/flow/flow_record.h"

/* Appends `,"name":value` for each, to an object that is open. */
void record_extras_json(struct weir_buffer *out, const struct weir_flow_record *record);

/* Appends `,name` for each; and `,value`. */
void record_extras_csv_header(struct weir_buffer *out);
void record_extras_csv(struct weir_buffer *out, const struct weir_flow_record *record);

#endif
