/* SPDX-License-Identifier: Apache-2.0
 *
 * spool: the batches a sensor has made and the collector has not yet committed, on disk.
 *
 * Every batch is put here before it is sent and leaves when it is acknowledged, so a cut, a restart
 * or a dead collector costs nothing until the spool is full; then `policy` decides, and whatever is
 * dropped is counted.
 *
 * Shape:   batches are ordered by (boot, sequence), oldest boot first. A boot's row stays after its
 *          batches have left, so that a resumed replay knows how far it had come.
 * Units:   sizes in bytes of encoded frames.
 * Owns:    the LMDB environment in its folder (mode 0700, files 0600).
 * Errors:  WEIR_EIO with a sentence, after which all is as it was and the call may be tried again:
 *          a full disk passes. WEIR_EFULL from put under SPOOL_BLOCK.
 * Threads: one owner. A second process on the same folder is refused.
 * Source:  architecture 5; LMDB 0.9.24. Durability is the `sync` option: SPOOL_SYNC_BATCH survives
 *          the loss of power, SPOOL_SYNC_NONE the death of the process only.
 */
#ifndef WEIR_SENSOR_EXPORT_SPOOL_H
#define WEIR_SENSOR_EXPORT_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/flow_batch.h"

enum spool_policy {
    SPOOL_DROP_OLDEST = 0,
    SPOOL_DROP_NEWEST = 1,
    SPOOL_BLOCK = 2
};
enum spool_sync {
    SPOOL_SYNC_BATCH = 0,
    SPOOL_SYNC_NONE = 1
};

struct spool_options {
    const char *folder;
    uint64_t limit_bytes; /* of the pages that batches take; the file may be a tenth larger */
    enum spool_policy policy;
    enum spool_sync sync;
};

struct spool_boot {   /* one start of the sensor, as the spool remembers it */
    uint64_t ordinal; /* 1, 2, ...: age */
    struct weir_boot_id id;
    char stream[WEIR_STREAM_NAME_SIZE];
    uint64_t first_sequence; /* of the batches still held; 0 when none is */
    uint64_t last_sequence;  /* of the batches ever put; 0 when none was */
    uint64_t last_record_no; /* ordinal of the last record ever put */
    uint64_t input_hash;     /* of what is read; 0 for a live capture */
    bool is_renamed;         /* frames held may name another boot id */
    uint64_t last_event_no;  /* ordinal of the last event ever put */
};

struct spool_batch {
    uint64_t boot_ordinal; /* given by spool_next(); spool_put() has the latest boot */
    uint64_t sequence;
    struct weir_boot_id boot_id; /* given by spool_next(), as the next */
    bool is_renamed;             /* the frame may name another boot id */
    uint32_t record_count;
    uint64_t last_event_no; /* for spool_put(): of the last event up to here */
    const uint8_t *frame;   /* from spool_next(): good until the next call on the spool */
    size_t frame_size;
};

struct spool_counters {
    uint64_t held_batches, held_bytes;
    uint64_t dropped_batches, dropped_bytes, dropped_records; /* since the folder was made */
};

struct spool;

WEIR_MUST_CHECK int spool_open(const struct spool_options *options, struct spool **out,
                               struct weir_error *error);
void spool_close(struct spool *spool);

/* Begins the boot that *boot names by id, stream and input_hash; or with `resume` goes on with the
 * latest boot when that has the same stream and input. *boot then says how far it had come. Of more
 * than 64 boots that were never delivered the oldest is dropped; WEIR_EFULL under SPOOL_BLOCK. */
WEIR_MUST_CHECK int spool_begin_boot(struct spool *spool, bool resume, struct spool_boot *boot,
                                     struct weir_error *error);

/* What is held of this boot goes on under another id: the collector knows its numbers with other
 * content. The frames stay as they are; who sends them writes the id into them. */
WEIR_MUST_CHECK int spool_rename_boot(struct spool *spool, uint64_t ordinal,
                                      const struct weir_boot_id *id, struct weir_error *error);

/* Puts the latest boot's next batch, whose last record is last_record_no. WEIR_EFULL under
 * SPOOL_BLOCK: nothing was done, try again. *kept is false when the policy dropped this very batch
 * (its sequence stays unused). */
WEIR_MUST_CHECK int spool_put(struct spool *spool, const struct spool_batch *batch,
                              uint64_t last_record_no, bool *kept, struct weir_error *error);

/* The first batch after (boot_ordinal, sequence) in order. WEIR_ENOENT when there is none. */
WEIR_MUST_CHECK int spool_next(struct spool *spool, uint64_t boot_ordinal, uint64_t sequence,
                               struct spool_batch *out, struct weir_error *error);

/* Deletes the batches of a boot up to `committed`; forgets older boots that hold nothing more. */
WEIR_MUST_CHECK int spool_acknowledge(struct spool *spool, const struct weir_boot_id *id,
                                      uint64_t committed, struct weir_error *error);

/* The boots known, oldest first, at most `capacity`; gives how many there are. */
size_t spool_boots(const struct spool *spool, struct spool_boot *boots, size_t capacity);

struct spool_counters spool_counters(const struct spool *spool);

#endif
