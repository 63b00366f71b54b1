/* SPDX-License-Identifier: Apache-2.0
 *
 * relabel: a spooled batch as it is sent under another boot id.
 *
 * The collector refuses a number that it has stored with other content. What is not delivered then
 * goes on under a new boot id; the spool keeps the frames as they are and only the boot's row
 * changes, so that a crash in between leaves nothing half done.
 *
 * Owns:    a decoder and an encoder.
 * Errors:  those of the codec, with its sentence.
 * Threads: the export thread.
 * Source:  architecture 7 (sequence_conflict).
 */
#ifndef WEIR_SENSOR_EXPORT_RELABEL_H
#define WEIR_SENSOR_EXPORT_RELABEL_H

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "common/flow/flow_batch.h"

#include "sensor/export/spool.h"

struct relabel;

WEIR_MUST_CHECK int relabel_new(struct relabel **out);
void relabel_free(struct relabel *relabel);

/* Puts the batch into *frame under this boot id. The same batch gives the same bytes each time. */
WEIR_MUST_CHECK int relabel_frame(struct relabel *relabel, const struct spool_batch *batch,
                                  const struct weir_boot_id *boot, struct weir_buffer *frame,
                                  struct weir_error *error);

#endif
