/* SPDX-License-Identifier: Apache-2.0
 *
 * record_writer: flow records as text, for use without a collector.
 *
 * Shape:   FINAL records only; START and INTERIM are passed over, because a file is read after the
 *          fact. `kdd` waits for the close: its order and its windows need the whole input.
 * Owns:    nothing of the stream it writes to, which stays the caller's to close.
 * Errors:  a failed write is remembered and reported by record_writer_close().
 * Source:  specification 1.1, 1.9, 6.2; Zeek's conn.log in TSV.
 */
#ifndef WEIR_SENSOR_EXPORT_RECORD_WRITER_H
#define WEIR_SENSOR_EXPORT_RECORD_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

#include "common/flow/flow_record.h"

enum record_format { /* same order as RECORD_FORMAT_CHOICES */
    RECORD_FORMAT_CSV = 0,
    RECORD_FORMAT_JSONL = 1,
    RECORD_FORMAT_ZEEK_CONN = 2,
    RECORD_FORMAT_KDD = 3,
    RECORD_FORMAT_NONE = 4,
};

#define RECORD_FORMAT_CHOICES "csv|jsonl|zeek-conn|kdd|none"

struct record_writer;

/* Gives a new writer in *out. now_us stands in zeek-conn's #open; 0 is for a file and takes the
 * start of the first record instead, so that a replay's output is the same every time. WEIR_EINVAL,
 * WEIR_ENOMEM. */
WEIR_MUST_CHECK int record_writer_open(enum record_format format, FILE *out, int64_t now_us,
                                       uint16_t community_id_seed, struct record_writer **writer);

/* Writes one record, under its Community ID (with the seed given to open) when the format shows
 * one; passes over all but FINAL. */
void record_writer_add(struct record_writer *writer, const struct weir_flow_record *record);

/* Hands on what is buffered. */
void record_writer_flush(struct record_writer *writer);

/* True when nothing more can be written: the disk is full, or whoever read a pipe has left (no
 * failure). */
bool record_writer_is_over(const struct record_writer *writer);

/* Takes *writer: writes what was held back and the closing lines, flushes, frees. WEIR_EIO,
 * WEIR_ENOMEM (of any write since open). */
WEIR_MUST_CHECK int record_writer_close(struct record_writer **writer, struct weir_error *error);

#endif
