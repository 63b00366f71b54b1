/* SPDX-License-Identifier: Apache-2.0
 *
 * outbox: collects records into batches and hands them from the metering thread to the export
 * thread.
 *
 * A batch closes when it is full or when a second of packet time has passed since its first record,
 * so that the same capture gives the same batches. While there are no records, a note of how far
 * the meter has come takes the batch's place.
 *
 * A record that the model flagged is also handed on at once, by itself, ahead of everything that
 * waits; its batch is closed with it. At most OUTBOX_FLAGGED_RATE a second of packet time are,
 * after OUTBOX_FLAGGED_BURST: the rest is counted and waits for its batch like every record.
 *
 * Shape:   one outbox a lane; they meet in a junction. The exporter pops and frees.
 * Units:   packet time in microseconds.
 * Owns:    the batch being filled; an item pushed belongs to who pops it.
 * Errors:  WEIR_ENOMEM. A full ring makes the caller wait, for files and under the spool's policy
 *          `block`; else a batch that finds no room is counted and given up, so that the card is
 *          read on. WEIR_EAGAIN when the program is to end and the ring stays full.
 * Threads: its lane's.
 * Source:  architecture 5 (batches) and 6 (watermark in band).
 */
#ifndef WEIR_SENSOR_EXPORT_OUTBOX_H
#define WEIR_SENSOR_EXPORT_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

#include "common/flow/flow_batch.h"

#define OUTBOX_RECORDS_MAX   512                   /* 64 to 190 KiB of columns */
#define OUTBOX_EXTRA_MAX     ((size_t)1536 * 1024) /* bytes of their statistics, details, events */
#define OUTBOX_EVENTS_MAX    256
#define OUTBOX_MARKERS_MAX   8
#define OUTBOX_FLAGGED_BURST 32
#define OUTBOX_FLAGGED_RATE  8
#define OUTBOX_SPAN_US       INT64_C(1000000)

enum outbox_kind {
    OUTBOX_BATCH,
    OUTBOX_NOTE,
    OUTBOX_END,
    OUTBOX_FLAGGED /* one record ahead of its batch; goes another way than the rest */
};

struct outbox_item { /* freed with outbox_item_free() */
    enum outbox_kind kind;
    int64_t low_us;               /* of the meter, after the last record here */
    int64_t clock_us;             /* packet clock when it was closed */
    struct weir_arena extra;      /* what the records point at, and the events */
    struct weir_l2_event *events; /* NULL: none */
    size_t event_count;
    uint64_t last_event_no; /* 1, 2, ...: of the last of events; 0 without any */
    struct weir_marker markers[OUTBOX_MARKERS_MAX];
    size_t marker_count;
    size_t count; /* records; BATCH and FLAGGED only */
    struct weir_flow_record records[];
};

struct outbox;
struct junction;

struct outbox_options {
    struct junction *junction; /* borrowed: where its items go */
    size_t lane;               /* its number there */
    uint64_t skip_record_no;   /* records up to it are passed over: a resumed replay has spooled
                                  them before */
    uint64_t skip_event_no;    /* and events, which are numbered as they come */
    bool drops;                /* never waits for room: what finds none is counted as lost */
};

/* Does nothing with NULL. */
void outbox_item_free(struct outbox_item *item);

/* True when the program is to end. Asked while a full ring is waited for, because the thread that
 * waits is the one that would otherwise look at signals. */
typedef bool outbox_ends_fn(void *context);

/* WEIR_ENOMEM. */
WEIR_MUST_CHECK int outbox_new(const struct outbox_options *options, struct outbox **out);
void outbox_free(struct outbox *outbox);

/* Takes a copy of a record with all it points at. It may close the batch, with the low of the last
 * outbox_advance(). */
WEIR_MUST_CHECK int outbox_add(struct outbox *outbox, const struct weir_flow_record *record);

/* Takes a copy of an event; it travels in the batch that is open. */
WEIR_MUST_CHECK int outbox_add_event(struct outbox *outbox, const struct weir_l2_event *event);

/* Puts the sensor's next marker into the batch that is open: as of this wall and packet time. For a
 * live capture; a file gives the same batches each time, and a wall clock would not. */
WEIR_MUST_CHECK int outbox_add_marker(struct outbox *outbox, int64_t wall_us, int64_t clock_us);

/* True when outbox_advance() has something to do at this packet time. */
bool outbox_is_due(const struct outbox *outbox, int64_t clock_us);

/* Closes the batch, or leaves a note, as of now. */
WEIR_MUST_CHECK int outbox_advance(struct outbox *outbox, int64_t clock_us, int64_t low_us);

/* Closes what is left and says that nothing more comes. */
WEIR_MUST_CHECK int outbox_finish(struct outbox *outbox, int64_t clock_us);

/* Once `ends` says so, a full ring is waited for at most patience_us longer. */
void outbox_set_ends(struct outbox *outbox, outbox_ends_fn *ends, void *context,
                     int64_t patience_us);

#endif
