/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/spool.h"

#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/base/check.h"
#include "common/base/cursor.h"

#define BOOTS_MAX                                                                                  \
    64U              /* more undelivered restarts than this: the oldest are dropped, and counted   \
                      */
#define KEY_SIZE 16U /* boot ordinal and sequence, big-endian: LMDB's order is ours */

struct spool {
    MDB_env *environment;
    MDB_dbi batches; /* key -> frame */
    MDB_dbi boots;   /* ordinal -> struct spool_boot as bytes: this machine's own file */
    MDB_dbi totals;  /* "dropped" -> two uint64_t */
    struct spool_options options;
    struct spool_boot known[BOOTS_MAX]; /* oldest first */
    size_t known_count;
    struct spool_counters counters;
    MDB_txn *reading; /* holds the frame lent by spool_next */
};

static int fail_lmdb(struct weir_error *error, const struct spool *spool, const char *what,
                     int code)
{
    return weir_fail(error, WEIR_EIO, "spool %s: %s: %s", spool->options.folder, what,
                     mdb_strerror(code));
}

static void put_key(uint8_t key[KEY_SIZE], uint64_t ordinal, uint64_t sequence)
{
    for (size_t i = 0; i < 8; i++) {
        key[i] = (uint8_t)(ordinal >> (56 - 8 * i));
        key[8 + i] = (uint8_t)(sequence >> (56 - 8 * i));
    }
}

static bool get_key(const MDB_val *key, uint64_t *ordinal, uint64_t *sequence)
{
    struct weir_cursor cursor = weir_cursor_over(key->mv_data, key->mv_size);
    return weir_cursor_u64(&cursor, ordinal) && weir_cursor_u64(&cursor, sequence);
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
    for (size_t i = 0; i < spool->known_count; i++) {
        if (memcmp(spool->known[i].id.bytes, id->bytes, sizeof(id->bytes)) == 0) {
            return &spool->known[i];
        }
    }
    return NULL;
}

static struct spool_boot *latest_boot(struct spool *spool)
{
    return spool->known_count == 0 ? NULL : &spool->known[spool->known_count - 1];
}

static int store_boot(struct spool *spool, MDB_txn *txn, const struct spool_boot *boot)
{
    uint8_t key_bytes[KEY_SIZE];
    put_key(key_bytes, boot->ordinal, 0);
    struct spool_boot copy = *boot;
    MDB_val key = {.mv_size = 8, .mv_data = key_bytes};
    MDB_val value = {.mv_size = sizeof(copy), .mv_data = &copy};
    return mdb_put(txn, spool->boots, &key, &value, 0);
}

static int store_totals(struct spool *spool, MDB_txn *txn)
{
    char name[] = "dropped";
    uint64_t dropped[2] = {spool->counters.dropped_batches, spool->counters.dropped_bytes};
    MDB_val key = {.mv_size = sizeof(name), .mv_data = name};
    MDB_val value = {.mv_size = sizeof(dropped), .mv_data = dropped};
    return mdb_put(txn, spool->totals, &key, &value, 0);
}

/* The first batch at or after (ordinal, sequence). MDB_NOTFOUND when there is none. */
static int seek_batch(struct spool *spool, MDB_txn *txn, uint64_t ordinal, uint64_t sequence,
                      struct spool_batch *out)
{
    uint8_t key_bytes[KEY_SIZE];
    put_key(key_bytes, ordinal, sequence);
    MDB_val key = {.mv_size = KEY_SIZE, .mv_data = key_bytes};
    MDB_val value = {0};
    MDB_cursor *cursor = NULL;
    int code = mdb_cursor_open(txn, spool->batches, &cursor);
    if (code != 0) {
        return code;
    }
    code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (code == 0 && !get_key(&key, &out->boot_ordinal, &out->sequence)) {
        code = MDB_CORRUPTED;
    }
    out->frame = (const uint8_t *)value.mv_data;
    out->frame_size = value.mv_size;
    mdb_cursor_close(cursor);
    return code;
}

static int delete_batch(struct spool *spool, MDB_txn *txn, const struct spool_batch *batch)
{
    uint8_t key_bytes[KEY_SIZE];
    put_key(key_bytes, batch->boot_ordinal, batch->sequence);
    MDB_val key = {.mv_size = KEY_SIZE, .mv_data = key_bytes};
    const size_t size = batch->frame_size;
    const int code = mdb_del(txn, spool->batches, &key, NULL);
    if (code == 0) {
        spool->counters.held_batches -= 1;
        spool->counters.held_bytes -= size;
    }
    return code;
}

/* first_sequence of a boot after some of its batches have left. */
static int find_first(struct spool *spool, MDB_txn *txn, struct spool_boot *boot)
{
    struct spool_batch first;
    const int code = seek_batch(spool, txn, boot->ordinal, 0, &first);
    if (code != 0 && code != MDB_NOTFOUND) {
        return code;
    }
    const bool holds = code == 0 && first.boot_ordinal == boot->ordinal;
    boot->first_sequence = holds ? first.sequence : 0;
    return store_boot(spool, txn, boot);
}

static int count_batches(struct spool *spool, MDB_txn *txn)
{
    MDB_cursor *cursor = NULL;
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_open(txn, spool->batches, &cursor);
    if (code != 0) {
        return code;
    }
    for (code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); code == 0;
         code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        spool->counters.held_batches += 1;
        spool->counters.held_bytes += value.mv_size;
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int read_boots(struct spool *spool, MDB_txn *txn)
{
    MDB_cursor *cursor = NULL;
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_open(txn, spool->boots, &cursor);
    if (code != 0) {
        return code;
    }
    for (code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); code == 0;
         code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (value.mv_size != sizeof(struct spool_boot) || spool->known_count == BOOTS_MAX) {
            code = MDB_CORRUPTED;
            break;
        }
        memcpy(&spool->known[spool->known_count++], value.mv_data, value.mv_size);
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int read_totals(struct spool *spool, MDB_txn *txn)
{
    char name[] = "dropped";
    MDB_val key = {.mv_size = sizeof(name), .mv_data = name};
    MDB_val value;
    const int code = mdb_get(txn, spool->totals, &key, &value);
    uint64_t dropped[2] = {0};
    if (code == 0 && value.mv_size == sizeof(dropped)) {
        memcpy(dropped, value.mv_data, sizeof(dropped));
        spool->counters.dropped_batches = dropped[0];
        spool->counters.dropped_bytes = dropped[1];
    }
    return code == MDB_NOTFOUND ? 0 : code;
}

static int open_tables(struct spool *spool)
{
    MDB_txn *txn = NULL;
    int code = mdb_txn_begin(spool->environment, NULL, 0, &txn);
    if (code != 0) {
        return code;
    }
    code = mdb_dbi_open(txn, "batches", MDB_CREATE, &spool->batches);
    code = code != 0 ? code : mdb_dbi_open(txn, "boots", MDB_CREATE, &spool->boots);
    code = code != 0 ? code : mdb_dbi_open(txn, "totals", MDB_CREATE, &spool->totals);
    code = code != 0 ? code : count_batches(spool, txn);
    code = code != 0 ? code : read_boots(spool, txn);
    code = code != 0 ? code : read_totals(spool, txn);
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

/* One process a folder: LMDB would let two write in turn, and both would send. */
static int lock_folder(const struct spool *spool, struct weir_error *error)
{
    int descriptor = -1;
    const int code = mdb_env_get_fd(spool->environment, &descriptor);
    if (code != 0) {
        return fail_lmdb(error, spool, "lock", code);
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return weir_fail(error, WEIR_EAGAIN, "spool %s is in use by another sensor",
                         spool->options.folder);
    }
    return WEIR_OK;
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
    const uint64_t map = options->limit_bytes + options->limit_bytes / 10 + (UINT64_C(1) << 20);
    const unsigned flags = options->sync == SPOOL_SYNC_NONE ? MDB_NOSYNC : 0;
    int code = mdb_env_create(&spool->environment);
    code = code != 0 ? code : mdb_env_set_mapsize(spool->environment, map);
    code = code != 0 ? code : mdb_env_set_maxdbs(spool->environment, 3);
    code = code != 0 ? code : mdb_env_open(spool->environment, options->folder, flags, 0600);
    int result = code == 0 ? lock_folder(spool, error) : fail_lmdb(error, spool, "open", code);
    if (result == WEIR_OK) {
        code = open_tables(spool);
        result = code == 0 ? WEIR_OK : fail_lmdb(error, spool, "read", code);
    }
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
    if (spool->environment != NULL) {
        mdb_env_close(spool->environment);
    }
    free(spool);
}

static int begin(struct spool *spool, MDB_txn **txn, struct weir_error *error)
{
    stop_reading(spool);
    const int code = mdb_txn_begin(spool->environment, NULL, 0, txn);
    return code == 0 ? WEIR_OK : fail_lmdb(error, spool, "begin", code);
}

/* Commits when code is 0, else aborts and says why. The counters are put back on failure. */
static int finish(struct spool *spool, MDB_txn *txn, int code, struct spool_counters before,
                  struct weir_error *error)
{
    if (code == 0) {
        code = mdb_txn_commit(txn);
    } else {
        mdb_txn_abort(txn);
    }
    if (code != 0) {
        spool->counters = before;
        return fail_lmdb(error, spool, "write", code);
    }
    return WEIR_OK;
}

/* Forgets boots that hold nothing and are not the latest. */
static int forget_empty_boots(struct spool *spool, MDB_txn *txn)
{
    size_t kept = 0;
    int code = 0;
    for (size_t i = 0; i < spool->known_count && code == 0; i++) {
        const bool is_latest = i + 1 == spool->known_count;
        if (is_latest || spool->known[i].first_sequence != 0) {
            spool->known[kept++] = spool->known[i];
            continue;
        }
        uint8_t key_bytes[KEY_SIZE];
        put_key(key_bytes, spool->known[i].ordinal, 0);
        MDB_val key = {.mv_size = 8, .mv_data = key_bytes};
        code = mdb_del(txn, spool->boots, &key, NULL);
    }
    if (code == 0) {
        spool->known_count = kept;
    }
    return code;
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
    if (spool->known_count == BOOTS_MAX) {
        return weir_fail(error, WEIR_EFULL,
                         "spool %s holds batches of %u starts that were never delivered; deliver "
                         "them or remove the folder",
                         spool->options.folder, BOOTS_MAX);
    }
    struct spool_boot fresh = {.ordinal = latest == NULL ? 1 : latest->ordinal + 1,
                               .id = boot->id,
                               .input_hash = boot->input_hash};
    memcpy(fresh.stream, boot->stream, sizeof(fresh.stream));
    MDB_txn *txn = NULL;
    int result = begin(spool, &txn, error);
    if (result != WEIR_OK) {
        return result;
    }
    result = finish(spool, txn, store_boot(spool, txn, &fresh), spool->counters, error);
    if (result == WEIR_OK) {
        spool->known[spool->known_count++] = fresh;
        *boot = fresh;
    }
    return result;
}

static int drop_oldest(struct spool *spool, MDB_txn *txn, size_t room)
{
    int code = 0;
    while (code == 0 && spool->counters.held_bytes + room > spool->options.limit_bytes) {
        struct spool_batch oldest;
        code = seek_batch(spool, txn, 0, 0, &oldest);
        if (code == MDB_NOTFOUND) {
            return 0;
        }
        const size_t size = oldest.frame_size;
        code = code != 0 ? code : delete_batch(spool, txn, &oldest);
        for (size_t i = 0; i < spool->known_count && code == 0; i++) {
            if (spool->known[i].ordinal == oldest.boot_ordinal) {
                code = find_first(spool, txn, &spool->known[i]);
            }
        }
        spool->counters.dropped_batches += 1;
        spool->counters.dropped_bytes += size;
    }
    return code;
}

static int put_batch(struct spool *spool, MDB_txn *txn, struct spool_boot *boot, uint64_t sequence,
                     const MDB_val *frame)
{
    uint8_t key_bytes[KEY_SIZE];
    put_key(key_bytes, boot->ordinal, sequence);
    MDB_val key = {.mv_size = KEY_SIZE, .mv_data = key_bytes};
    MDB_val value = *frame;
    const int code = mdb_put(txn, spool->batches, &key, &value, MDB_NOOVERWRITE);
    if (code == 0) {
        boot->first_sequence = boot->first_sequence == 0 ? sequence : boot->first_sequence;
        boot->last_sequence = sequence;
        spool->counters.held_batches += 1;
        spool->counters.held_bytes += frame->mv_size;
    }
    return code;
}

int spool_put(struct spool *spool, const struct spool_batch *batch, uint64_t last_record_no,
              bool *kept, struct weir_error *error)
{
    struct spool_boot *latest = latest_boot(spool);
    weir_check(latest != NULL && batch->sequence == latest->last_sequence + 1);
    const bool is_full =
        spool->counters.held_bytes + batch->frame_size > spool->options.limit_bytes;
    if (is_full && spool->options.policy == SPOOL_BLOCK && spool->counters.held_batches > 0) {
        return WEIR_EFULL;
    }
    const struct spool_counters before = spool->counters;
    const struct spool_boot latest_before = *latest;
    MDB_txn *txn = NULL;
    int result = begin(spool, &txn, error);
    if (result != WEIR_OK) {
        return result;
    }
    const bool is_dropped = is_full && spool->options.policy == SPOOL_DROP_NEWEST;
    int code = 0;
    latest->last_record_no = last_record_no;
    if (is_dropped) {
        spool->counters.dropped_batches += 1;
        spool->counters.dropped_bytes += batch->frame_size;
    } else {
        uint8_t *bytes = NULL; /* LMDB's MDB_val is not const; it only reads */
        memcpy(&bytes, &batch->frame, sizeof(bytes));
        const MDB_val value = {.mv_size = batch->frame_size, .mv_data = bytes};
        code = is_full ? drop_oldest(spool, txn, batch->frame_size) : 0;
        code = code != 0 ? code : put_batch(spool, txn, latest, batch->sequence, &value);
    }
    code = code != 0 ? code : store_boot(spool, txn, latest);
    code = code != 0 ? code : store_totals(spool, txn);
    result = finish(spool, txn, code, before, error);
    if (result == WEIR_OK) {
        *kept = !is_dropped;
    } else {
        *latest = latest_before;
    }
    return result;
}

int spool_next(struct spool *spool, uint64_t boot_ordinal, uint64_t sequence,
               struct spool_batch *out, struct weir_error *error)
{
    stop_reading(spool);
    int code = mdb_txn_begin(spool->environment, NULL, MDB_RDONLY, &spool->reading);
    if (code != 0) {
        spool->reading = NULL;
        return fail_lmdb(error, spool, "begin", code);
    }
    struct spool_batch found;
    code = seek_batch(spool, spool->reading, boot_ordinal, sequence + 1, &found);
    if (code != 0) {
        stop_reading(spool);
        return code == MDB_NOTFOUND ? WEIR_ENOENT : fail_lmdb(error, spool, "read", code);
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
    const struct spool_counters before = spool->counters;
    MDB_txn *txn = NULL;
    const int result = begin(spool, &txn, error);
    if (result != WEIR_OK) {
        return result;
    }
    int code = 0;
    struct spool_batch batch;
    while ((code = seek_batch(spool, txn, boot->ordinal, 0, &batch)) == 0 &&
           batch.boot_ordinal == boot->ordinal && batch.sequence <= committed) {
        code = delete_batch(spool, txn, &batch);
        if (code != 0) {
            break;
        }
    }
    code = code == MDB_NOTFOUND ? 0 : code;
    code = code != 0 ? code : find_first(spool, txn, boot);
    code = code != 0 ? code : forget_empty_boots(spool, txn);
    return finish(spool, txn, code, before, error);
}

size_t spool_boots(const struct spool *spool, struct spool_boot *boots, size_t capacity)
{
    for (size_t i = 0; i < spool->known_count && i < capacity; i++) {
        boots[i] = spool->known[i];
    }
    return spool->known_count;
}

struct spool_counters spool_counters(const struct spool *spool)
{
    return spool->counters;
}
