/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/base/check.h"

#include "sensor/export/spool_disk.h"

/* `content` is what the last transaction that succeeded left on disk: whoever changes it in one
 * that fails puts the copy taken before back. */
struct spool {
    struct spool_disk disk;
    struct spool_options options;
    struct spool_content content;
    MDB_txn *reading; /* holds the frame lent by spool_next */
};

static int fail_lmdb(struct weir_error *error, const struct spool *spool, const char *what,
                     int code)
{
    return weir_fail(error, WEIR_EIO, "spool %s: %s: %s", spool->options.folder, what,
                     mdb_strerror(code));
}

static void stop_reading(struct spool *spool)
{
    if (spool->reading != NULL) {
        mdb_txn_abort(spool->reading);
        spool->reading = NULL;
    }
}

static struct spool_boot *find_boot(struct spool *spool, const struct weir_boot_id *id)
{
    for (size_t i = 0; i < spool->content.boot_count; i++) {
        if (memcmp(spool->content.boots[i].id.bytes, id->bytes, sizeof(id->bytes)) == 0) {
            return &spool->content.boots[i];
        }
    }
    return NULL;
}

static struct spool_boot *find_ordinal(struct spool *spool, uint64_t ordinal)
{
    for (size_t i = 0; i < spool->content.boot_count; i++) {
        if (spool->content.boots[i].ordinal == ordinal) {
            return &spool->content.boots[i];
        }
    }
    return NULL;
}

static struct spool_boot *latest_boot(struct spool *spool)
{
    const size_t count = spool->content.boot_count;
    return count == 0 ? NULL : &spool->content.boots[count - 1];
}

/* One process a folder: LMDB would let two write in turn, and both would send. */
static int lock_folder(const struct spool *spool, struct weir_error *error)
{
    int descriptor = -1;
    const int code = mdb_env_get_fd(spool->disk.environment, &descriptor);
    if (code != 0) {
        return fail_lmdb(error, spool, "lock", code);
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return weir_fail(error, WEIR_EAGAIN, "spool %s is in use by another sensor",
                         spool->options.folder);
    }
    return WEIR_OK;
}

static int open_disk(struct spool *spool, struct weir_error *error)
{
    const int code = spool_disk_open(&spool->disk, &spool->options, &spool->content);
    return code == 0 ? lock_folder(spool, error) : fail_lmdb(error, spool, "open", code);
}

int spool_open(const struct spool_options *options, struct spool **out, struct weir_error *error)
{
    struct spool *spool = (struct spool *)calloc(1, sizeof(*spool));
    if (spool == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "spool: out of memory");
    }
    spool->options = *options;
    if (mkdir(options->folder, 0700) != 0 && errno != EEXIST) {
        (void)weir_fail(error, WEIR_EIO, "spool %s: %s", options->folder, strerror(errno));
        free(spool);
        return WEIR_EIO;
    }
    const int result = open_disk(spool, error);
    if (result != WEIR_OK) {
        spool_close(spool);
        return result;
    }
    *out = spool;
    return WEIR_OK;
}

void spool_close(struct spool *spool)
{
    if (spool == NULL) {
        return;
    }
    stop_reading(spool);
    spool_disk_close(&spool->disk);
    free(spool);
}

/* LMDB wants to be opened again after it could not write its first pages (a full disk). */
static int begin(struct spool *spool, unsigned flags, MDB_txn **txn, struct weir_error *error)
{
    stop_reading(spool);
    int code = spool->disk.environment == NULL
                   ? MDB_PANIC
                   : mdb_txn_begin(spool->disk.environment, NULL, flags, txn);
    if (code == MDB_PANIC) {
        spool_disk_close(&spool->disk);
        const int result = open_disk(spool, error);
        if (result != WEIR_OK) {
            spool_disk_close(&spool->disk);
            return result;
        }
        code = mdb_txn_begin(spool->disk.environment, NULL, flags, txn);
    }
    return code == 0 ? WEIR_OK : fail_lmdb(error, spool, "begin", code);
}

/* Commits when code is 0, else aborts, puts `before` back, and says why. */
static int finish(struct spool *spool, MDB_txn *txn, int code, const struct spool_content *before,
                  struct weir_error *error)
{
    if (code == 0) {
        code = mdb_txn_commit(txn);
    } else {
        mdb_txn_abort(txn);
    }
    if (code != 0) {
        spool->content = *before;
        return fail_lmdb(error, spool, "write", code);
    }
    return WEIR_OK;
}

static int delete_batch(struct spool *spool, MDB_txn *txn, const struct spool_batch *batch)
{
    const size_t size = batch->frame_size; /* what the batch points at goes with it */
    const int code = spool_disk_delete(&spool->disk, txn, batch);
    if (code == 0) {
        spool->content.counters.held_batches -= 1;
        spool->content.counters.held_bytes -= size;
        spool->content.charged_bytes -= spool_disk_charge(size);
    }
    return code;
}

/* first_sequence of a boot after some of its batches have left. */
static int find_first(struct spool *spool, MDB_txn *txn, struct spool_boot *boot)
{
    struct spool_batch first;
    const int code = spool_disk_seek(&spool->disk, txn, boot->ordinal, 0, &first);
    if (code != 0 && code != MDB_NOTFOUND) {
        return code;
    }
    const bool holds = code == 0 && first.boot_ordinal == boot->ordinal;
    boot->first_sequence = holds ? first.sequence : 0;
    return spool_disk_store_boot(&spool->disk, txn, boot);
}

/* Forgets boots that hold nothing and are not the latest. */
static int forget_empty_boots(struct spool *spool, MDB_txn *txn)
{
    struct spool_content *content = &spool->content;
    size_t kept = 0;
    int code = 0;
    for (size_t i = 0; i < content->boot_count && code == 0; i++) {
        const bool is_latest = i + 1 == content->boot_count;
        if (is_latest || content->boots[i].first_sequence != 0) {
            content->boots[kept++] = content->boots[i];
        } else {
            code = spool_disk_delete_boot(&spool->disk, txn, content->boots[i].ordinal);
        }
    }
    if (code == 0) {
        content->boot_count = kept;
    }
    return code;
}

/* Drops the oldest batch and counts it. MDB_NOTFOUND when there is none. */
static int drop_first(struct spool *spool, MDB_txn *txn)
{
    struct spool_batch oldest;
    int code = spool_disk_seek(&spool->disk, txn, 0, 0, &oldest);
    if (code != 0) {
        return code;
    }
    struct spool_counters *counters = &spool->content.counters;
    struct spool_boot *boot = find_ordinal(spool, oldest.boot_ordinal);
    counters->dropped_batches += 1;
    counters->dropped_bytes += oldest.frame_size;
    counters->dropped_records += oldest.record_count;
    code = delete_batch(spool, txn, &oldest);
    return code == 0 && boot != NULL ? find_first(spool, txn, boot) : code;
}

/* Room for one more boot: those without batches go, and unless the policy is to block, the oldest
 * with what it holds. */
static int make_room_for_boot(struct spool *spool, MDB_txn *txn)
{
    int code = forget_empty_boots(spool, txn);
    if (spool->options.policy == SPOOL_BLOCK || spool->content.boot_count < SPOOL_DISK_BOOTS_MAX) {
        return code;
    }
    while (code == 0 && spool->content.boots[0].first_sequence != 0) {
        code = drop_first(spool, txn);
    }
    code = code != 0 ? code : forget_empty_boots(spool, txn);
    return code != 0 ? code : spool_disk_store_totals(&spool->disk, txn, &spool->content.counters);
}

int spool_begin_boot(struct spool *spool, bool resume, struct spool_boot *boot,
                     struct weir_error *error)
{
    const struct spool_boot *latest = latest_boot(spool);
    if (resume && latest != NULL && latest->input_hash == boot->input_hash &&
        strcmp(latest->stream, boot->stream) == 0) {
        *boot = *latest;
        return WEIR_OK;
    }
    struct spool_boot fresh = {.ordinal = latest == NULL ? 1 : latest->ordinal + 1,
                               .id = boot->id,
                               .input_hash = boot->input_hash};
    memcpy(fresh.stream, boot->stream, sizeof(fresh.stream));
    const struct spool_content before = spool->content;
    MDB_txn *txn = NULL;
    const int result = begin(spool, 0, &txn, error);
    if (result != WEIR_OK) {
        return result;
    }
    int code = make_room_for_boot(spool, txn);
    if (code == 0 && spool->content.boot_count == SPOOL_DISK_BOOTS_MAX) {
        mdb_txn_abort(txn);
        spool->content = before;
        return weir_fail(error, WEIR_EFULL,
                         "spool %s holds batches of %u starts that were never delivered; deliver "
                         "them or remove the folder",
                         spool->options.folder, SPOOL_DISK_BOOTS_MAX);
    }
    code = code != 0 ? code : spool_disk_store_boot(&spool->disk, txn, &fresh);
    if (code == 0) {
        spool->content.boots[spool->content.boot_count++] = fresh;
        *boot = fresh;
    }
    return finish(spool, txn, code, &before, error);
}

int spool_rename_boot(struct spool *spool, uint64_t ordinal, const struct weir_boot_id *id,
                      struct weir_error *error)
{
    const struct spool_content before = spool->content;
    MDB_txn *txn = NULL;
    const int result = begin(spool, 0, &txn, error);
    if (result != WEIR_OK) {
        return result;
    }
    struct spool_boot *boot = find_ordinal(spool, ordinal);
    int code = MDB_NOTFOUND;
    if (boot != NULL) {
        boot->id = *id;
        boot->is_renamed = true;
        code = spool_disk_store_boot(&spool->disk, txn, boot);
    }
    return finish(spool, txn, code, &before, error);
}

static bool is_full(const struct spool *spool, size_t charge)
{
    return spool->content.charged_bytes + charge > spool->options.limit_bytes;
}

static int put_batch(struct spool *spool, MDB_txn *txn, const struct spool_batch *batch)
{
    struct spool_content *content = &spool->content;
    const size_t charge = spool_disk_charge(batch->frame_size);
    int code = 0;
    if (is_full(spool, charge) && spool->options.policy == SPOOL_DROP_NEWEST) {
        content->counters.dropped_batches += 1;
        content->counters.dropped_bytes += batch->frame_size;
        content->counters.dropped_records += batch->record_count;
        return 0;
    }
    while (code == 0 && is_full(spool, charge)) {
        code = drop_first(spool, txn);
    }
    struct spool_boot *latest = latest_boot(spool);
    weir_check(latest != NULL); /* spool_put has seen it, and drops forget no latest boot */
    struct spool_batch placed = *batch;
    placed.boot_ordinal = latest->ordinal;
    code = code != 0 && code != MDB_NOTFOUND ? code : spool_disk_put(&spool->disk, txn, &placed);
    if (code == 0) {
        latest->first_sequence =
            latest->first_sequence == 0 ? batch->sequence : latest->first_sequence;
        latest->last_sequence = batch->sequence;
        content->counters.held_batches += 1;
        content->counters.held_bytes += batch->frame_size;
        content->charged_bytes += charge;
    }
    return code;
}

int spool_put(struct spool *spool, const struct spool_batch *batch, uint64_t last_record_no,
              bool *kept, struct weir_error *error)
{
    struct spool_boot *latest = latest_boot(spool);
    weir_check(latest != NULL && batch->sequence == latest->last_sequence + 1);
    if (spool->options.policy == SPOOL_BLOCK && spool->content.counters.held_batches > 0 &&
        is_full(spool, spool_disk_charge(batch->frame_size))) {
        return WEIR_EFULL;
    }
    const struct spool_content before = spool->content;
    MDB_txn *txn = NULL;
    int result = begin(spool, 0, &txn, error);
    if (result != WEIR_OK) {
        return result;
    }
    latest->last_record_no = last_record_no;
    latest->last_event_no = batch->last_event_no;
    int code = put_batch(spool, txn, batch);
    code = code != 0 ? code : spool_disk_store_boot(&spool->disk, txn, latest);
    code = code != 0 ? code : spool_disk_store_totals(&spool->disk, txn, &spool->content.counters);
    result = finish(spool, txn, code, &before, error);
    if (result == WEIR_OK) {
        *kept = latest->last_sequence == batch->sequence;
    }
    return result;
}

int spool_next(struct spool *spool, uint64_t boot_ordinal, uint64_t sequence,
               struct spool_batch *out, struct weir_error *error)
{
    const int result = begin(spool, MDB_RDONLY, &spool->reading, error);
    if (result != WEIR_OK) {
        spool->reading = NULL;
        return result;
    }
    struct spool_batch found;
    const int code =
        spool_disk_seek(&spool->disk, spool->reading, boot_ordinal, sequence + 1, &found);
    if (code != 0) {
        stop_reading(spool);
        return code == MDB_NOTFOUND ? WEIR_ENOENT : fail_lmdb(error, spool, "read", code);
    }
    const struct spool_boot *boot = find_ordinal(spool, found.boot_ordinal);
    if (boot != NULL) {
        found.boot_id = boot->id;
        found.is_renamed = boot->is_renamed;
    }
    *out = found;
    return WEIR_OK;
}

int spool_acknowledge(struct spool *spool, const struct weir_boot_id *id, uint64_t committed,
                      struct weir_error *error)
{
    struct spool_boot *boot = find_boot(spool, id);
    if (boot == NULL || boot->first_sequence == 0 || boot->first_sequence > committed) {
        return WEIR_OK; /* already gone */
    }
    const struct spool_content before = spool->content;
    MDB_txn *txn = NULL;
    const int result = begin(spool, 0, &txn, error);
    if (result != WEIR_OK) {
        return result;
    }
    int code = 0;
    struct spool_batch batch;
    while ((code = spool_disk_seek(&spool->disk, txn, boot->ordinal, 0, &batch)) == 0 &&
           batch.boot_ordinal == boot->ordinal && batch.sequence <= committed) {
        code = delete_batch(spool, txn, &batch);
        if (code != 0) {
            break;
        }
    }
    code = code == MDB_NOTFOUND ? 0 : code;
    code = code != 0 ? code : find_first(spool, txn, boot);
    code = code != 0 ? code : forget_empty_boots(spool, txn);
    return finish(spool, txn, code, &before, error);
}

size_t spool_boots(const struct spool *spool, struct spool_boot *boots, size_t capacity)
{
    for (size_t i = 0; i < spool->content.boot_count && i < capacity; i++) {
        boots[i] = spool->content.boots[i];
    }
    return spool->content.boot_count;
}

struct spool_counters spool_counters(const struct spool *spool)
{
    return spool->content.counters;
}
