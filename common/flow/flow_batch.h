/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_batch: the unit that is spooled, sent, acknowledged and committed.
 *
 * Identity is (sensor, boot, sequence). The sensor is known from its authenticated key, so it does
 * not travel in the batch.
 *
 * Shape:   records in the order the meter emitted them.
 * Owns:    whoever made `records`; a decoded batch lies in the arena given to the decoder.
 * Source:  architecture 5 and 6.
 */
#ifndef WEIR_COMMON_FLOW_FLOW_BATCH_H
#define WEIR_COMMON_FLOW_FLOW_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_record.h"
#include "common/flow/marker.h"

#define WEIR_STREAM_NAME_SIZE  64 /* and NUL */
#define WEIR_BATCH_RECORDS_MAX 4096
#define WEIR_BATCH_EVENTS_MAX  1024

/* low_us of a sensor that has ended its stream. */
#define WEIR_LOW_END INT64_MAX

struct weir_boot_id { /* 128 random bits per start of a sensor */
    uint8_t bytes[16];
};

struct weir_l2_event; /* common/flow/l2_event.h */

struct weir_flow_batch {
    struct weir_boot_id boot;
    uint64_t sequence;          /* 1, 2, ... per boot */
    uint64_t previous_sequence; /* the batch before it in the spool, 0 = none: a gap is explicit */
    int64_t low_us;             /* no later record opens a connection that started before this */
    int64_t sent_us;            /* wall time of closing; packet time when reading files */
    uint64_t last_record_no;    /* record_no of the last record */
    char stream[WEIR_STREAM_NAME_SIZE]; /* "live", or the name of a replay */
    struct weir_flow_record *records;
    size_t count;                 /* 0 .. WEIR_BATCH_RECORDS_MAX */
    struct weir_l2_event *events; /* in the order they were seen */
    size_t event_count;           /* 0 .. WEIR_BATCH_EVENTS_MAX */
    struct weir_marker *markers;
    size_t marker_count; /* 0 .. WEIR_MARKERS_MAX */
};

/* What every program takes as a stream's name: 1 to 63 printable ASCII characters, no blanks. */
bool weir_stream_name_valid(const char *name);

#endif
