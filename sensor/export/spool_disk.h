/* SPDX-License-Identifier: Apache-2.0
 *
 * spool_disk: the three LMDB tables of a spool: batches, boots, totals.
 *
 * Shape:   batches: (boot ordinal, sequence), big-endian, so that LMDB's order is ours -> number of
 *          records (4 bytes, big-endian) and frame. boots: ordinal -> struct spool_boot as bytes,
 *          since the folder is this machine's own. totals: "dropped" -> three uint64_t.
 * Errors:  LMDB's and the system's codes, not WEIR_E*; 0 is good.
 * Threads: one owner.
 * Source:  LMDB 0.9.24.
 */
#ifndef WEIR_SENSOR_EXPORT_SPOOL_DISK_H
#define WEIR_SENSOR_EXPORT_SPOOL_DISK_H

#include <lmdb.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "sensor/export/spool.h"

#define SPOOL_DISK_BOOTS_MAX 64U /* what one HELLO can name */

struct spool_disk {
    MDB_env *environment;
    MDB_dbi batches, boots, totals;
};

/* What is in the tables. */
struct spool_content {
    struct spool_boot boots[SPOOL_DISK_BOOTS_MAX]; /* oldest first */
    size_t boot_count;
    struct spool_counters counters;
    uint64_t charged_bytes; /* of the batches held */
};

/* Opens the folder and reads what it holds. */
WEIR_MUST_CHECK int spool_disk_open(struct spool_disk *disk, const struct spool_options *options,
                                    struct spool_content *content);

/* Does nothing to a zeroed one. */
void spool_disk_close(struct spool_disk *disk);

/* What a frame of this size takes in the file: LMDB stores in pages. */
size_t spool_disk_charge(size_t frame_size);

/* The first batch at or after (ordinal, sequence). MDB_NOTFOUND when there is none. */
WEIR_MUST_CHECK int spool_disk_seek(const struct spool_disk *disk, MDB_txn *txn, uint64_t ordinal,
                                    uint64_t sequence, struct spool_batch *out);

/* The batch must come after all others. */
WEIR_MUST_CHECK int spool_disk_put(const struct spool_disk *disk, MDB_txn *txn,
                                   const struct spool_batch *batch);
WEIR_MUST_CHECK int spool_disk_delete(const struct spool_disk *disk, MDB_txn *txn,
                                      const struct spool_batch *batch);

WEIR_MUST_CHECK int spool_disk_store_boot(const struct spool_disk *disk, MDB_txn *txn,
                                          const struct spool_boot *boot);
WEIR_MUST_CHECK int spool_disk_delete_boot(const struct spool_disk *disk, MDB_txn *txn,
                                           uint64_t ordinal);
WEIR_MUST_CHECK int spool_disk_store_totals(const struct spool_disk *disk, MDB_txn *txn,
                                            const struct spool_counters *counters);

#endif
