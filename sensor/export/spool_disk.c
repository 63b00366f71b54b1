/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/spool_disk.h"

#include <stddef.h>
#include <string.h>

#include "common/base/cursor.h"

#define KEY_SIZE     16U
#define BOOT_SIZE    8U /* of KEY_SIZE: the ordinal alone */
#define COUNT_SIZE   4U
#define PAGE_SIZE    4096U
#define PAGE_ROOM    (PAGE_SIZE - 16U) /* after LMDB's page header */
#define NODE_HEADER  10U               /* and the node's pointer */
#define INLINE_MAX   2038U             /* larger nodes go to pages of their own */
#define TOTALS_COUNT 3U

/* Rows of before events were numbered end here. A replay resumed from one sends its events anew. */
#define SIZE_WITHOUT_EVENTS offsetof(struct spool_boot, last_event_no)

static void put_key(uint8_t key[KEY_SIZE], uint64_t ordinal, uint64_t sequence)
{
    for (size_t i = 0; i < 8; i++) {
        key[i] = (uint8_t)(ordinal >> (56 - 8 * i));
        key[8 + i] = (uint8_t)(sequence >> (56 - 8 * i));
    }
}

static bool get_batch(const MDB_val *key, const MDB_val *value, struct spool_batch *out)
{
    struct weir_cursor names = weir_cursor_over(key->mv_data, key->mv_size);
    struct weir_cursor bytes = weir_cursor_over(value->mv_data, value->mv_size);
    *out = (struct spool_batch){0};
    if (!weir_cursor_u64(&names, &out->boot_ordinal) || !weir_cursor_u64(&names, &out->sequence) ||
        !weir_cursor_u32(&bytes, &out->record_count)) {
        return false;
    }
    out->frame = bytes.next;
    out->frame_size = bytes.left;
    return true;
}

size_t spool_disk_charge(size_t frame_size)
{
    const size_t node = KEY_SIZE + NODE_HEADER + COUNT_SIZE + frame_size;
    if (node <= INLINE_MAX) {
        return PAGE_SIZE / (PAGE_ROOM / node);
    }
    const size_t pages =
        (COUNT_SIZE + frame_size + PAGE_SIZE - PAGE_ROOM + PAGE_SIZE - 1) / PAGE_SIZE;
    return pages * PAGE_SIZE + PAGE_SIZE / (PAGE_ROOM / (KEY_SIZE + NODE_HEADER + 8U));
}

static int read_batches(const struct spool_disk *disk, MDB_txn *txn, struct spool_content *content)
{
    MDB_cursor *cursor = NULL;
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_open(txn, disk->batches, &cursor);
    if (code != 0) {
        return code;
    }
    for (code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); code == 0;
         code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        struct spool_batch batch;
        if (!get_batch(&key, &value, &batch)) {
            code = MDB_CORRUPTED;
            break;
        }
        content->counters.held_batches += 1;
        content->counters.held_bytes += batch.frame_size;
        content->charged_bytes += spool_disk_charge(batch.frame_size);
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int read_boots(const struct spool_disk *disk, MDB_txn *txn, struct spool_content *content)
{
    MDB_cursor *cursor = NULL;
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_open(txn, disk->boots, &cursor);
    if (code != 0) {
        return code;
    }
    for (code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); code == 0;
         code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        const bool is_known =
            value.mv_size == sizeof(struct spool_boot) || value.mv_size == SIZE_WITHOUT_EVENTS;
        if (!is_known || content->boot_count == SPOOL_DISK_BOOTS_MAX) {
            code = MDB_CORRUPTED;
            break;
        }
        struct spool_boot *boot = &content->boots[content->boot_count++];
        *boot = (struct spool_boot){0};
        memcpy(boot, value.mv_data, value.mv_size);
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int read_totals(const struct spool_disk *disk, MDB_txn *txn, struct spool_counters *counters)
{
    char name[] = "dropped";
    MDB_val key = {.mv_size = sizeof(name), .mv_data = name};
    MDB_val value;
    uint64_t dropped[TOTALS_COUNT] = {0};
    const int code = mdb_get(txn, disk->totals, &key, &value);
    if (code == 0 && value.mv_size == sizeof(dropped)) {
        memcpy(dropped, value.mv_data, sizeof(dropped));
        counters->dropped_batches = dropped[0];
        counters->dropped_bytes = dropped[1];
        counters->dropped_records = dropped[2];
    }
    return code == MDB_NOTFOUND ? 0 : code;
}

static int read_tables(struct spool_disk *disk, struct spool_content *content)
{
    MDB_txn *txn = NULL;
    int code = mdb_txn_begin(disk->environment, NULL, 0, &txn);
    if (code != 0) {
        return code;
    }
    code = mdb_dbi_open(txn, "batches", MDB_CREATE, &disk->batches);
    code = code != 0 ? code : mdb_dbi_open(txn, "boots", MDB_CREATE, &disk->boots);
    code = code != 0 ? code : mdb_dbi_open(txn, "totals", MDB_CREATE, &disk->totals);
    code = code != 0 ? code : read_batches(disk, txn, content);
    code = code != 0 ? code : read_boots(disk, txn, content);
    code = code != 0 ? code : read_totals(disk, txn, &content->counters);
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

int spool_disk_open(struct spool_disk *disk, const struct spool_options *options,
                    struct spool_content *content)
{
    const uint64_t map = options->limit_bytes + options->limit_bytes / 10 + (UINT64_C(1) << 20);
    const unsigned flags = options->sync == SPOOL_SYNC_NONE ? MDB_NOSYNC : 0;
    *disk = (struct spool_disk){0};
    *content = (struct spool_content){0};
    int code = mdb_env_create(&disk->environment);
    code = code != 0 ? code : mdb_env_set_mapsize(disk->environment, map);
    code = code != 0 ? code : mdb_env_set_maxdbs(disk->environment, 3);
    code = code != 0 ? code : mdb_env_open(disk->environment, options->folder, flags, 0600);
    return code != 0 ? code : read_tables(disk, content);
}

void spool_disk_close(struct spool_disk *disk)
{
    if (disk->environment != NULL) {
        mdb_env_close(disk->environment);
        disk->environment = NULL;
    }
}

int spool_disk_seek(const struct spool_disk *disk, MDB_txn *txn, uint64_t ordinal,
                    uint64_t sequence, struct spool_batch *out)
{
    uint8_t key_bytes[KEY_SIZE];
    put_key(key_bytes, ordinal, sequence);
    MDB_val key = {.mv_size = KEY_SIZE, .mv_data = key_bytes};
    MDB_val value = {0};
    MDB_cursor *cursor = NULL;
    int code = mdb_cursor_open(txn, disk->batches, &cursor);
    if (code != 0) {
        return code;
    }
    code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (code == 0 && !get_batch(&key, &value, out)) {
        code = MDB_CORRUPTED;
    }
    mdb_cursor_close(cursor);
    return code;
}

int spool_disk_put(const struct spool_disk *disk, MDB_txn *txn, const struct spool_batch *batch)
{
    uint8_t key_bytes[KEY_SIZE];
    put_key(key_bytes, batch->boot_ordinal, batch->sequence);
    MDB_val key = {.mv_size = KEY_SIZE, .mv_data = key_bytes};
    MDB_val value = {.mv_size = COUNT_SIZE + batch->frame_size};
    /* APPEND leaves pages full, which halves what small batches take. */
    const int code = mdb_put(txn, disk->batches, &key, &value, MDB_RESERVE | MDB_APPEND);
    if (code == 0) {
        uint8_t *bytes = (uint8_t *)value.mv_data;
        for (size_t i = 0; i < COUNT_SIZE; i++) {
            bytes[i] = (uint8_t)(batch->record_count >> (24 - 8 * i));
        }
        memcpy(bytes + COUNT_SIZE, batch->frame, batch->frame_size);
    }
    return code;
}

int spool_disk_delete(const struct spool_disk *disk, MDB_txn *txn, const struct spool_batch *batch)
{
    uint8_t key_bytes[KEY_SIZE];
    put_key(key_bytes, batch->boot_ordinal, batch->sequence);
    MDB_val key = {.mv_size = KEY_SIZE, .mv_data = key_bytes};
    return mdb_del(txn, disk->batches, &key, NULL);
}

int spool_disk_store_boot(const struct spool_disk *disk, MDB_txn *txn,
                          const struct spool_boot *boot)
{
    uint8_t key_bytes[KEY_SIZE];
    put_key(key_bytes, boot->ordinal, 0);
    struct spool_boot copy = *boot;
    MDB_val key = {.mv_size = BOOT_SIZE, .mv_data = key_bytes};
    MDB_val value = {.mv_size = sizeof(copy), .mv_data = &copy};
    return mdb_put(txn, disk->boots, &key, &value, 0);
}

int spool_disk_delete_boot(const struct spool_disk *disk, MDB_txn *txn, uint64_t ordinal)
{
    uint8_t key_bytes[KEY_SIZE];
    put_key(key_bytes, ordinal, 0);
    MDB_val key = {.mv_size = BOOT_SIZE, .mv_data = key_bytes};
    return mdb_del(txn, disk->boots, &key, NULL);
}

int spool_disk_store_totals(const struct spool_disk *disk, MDB_txn *txn,
                            const struct spool_counters *counters)
{
    char name[] = "dropped";
    uint64_t dropped[TOTALS_COUNT] = {counters->dropped_batches, counters->dropped_bytes,
                                      counters->dropped_records};
    MDB_val key = {.mv_size = sizeof(name), .mv_data = name};
    MDB_val value = {.mv_size = sizeof(dropped), .mv_data = dropped};
    return mdb_put(txn, disk->totals, &key, &value, 0);
}
