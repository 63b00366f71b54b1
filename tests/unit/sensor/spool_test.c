/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/spool.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

#define FRAME_SIZE 10000U
#define TAKEN      12400U /* by such a frame in the file, in whole pages */
#define RECORDS    7U

struct place { /* a folder of its own for each test */
    char folder[64];
    struct spool *spool;
    struct spool_boot boot;
};

static void open_spool(struct place *place, enum spool_policy policy, uint64_t limit_bytes)
{
    const struct spool_options options = {.folder = place->folder,
                                          .limit_bytes = limit_bytes,
                                          .policy = policy,
                                          .sync = SPOOL_SYNC_NONE};
    spool_close(place->spool);
    place->spool = NULL;
    assert_err(spool_open(&options, &place->spool, NULL), WEIR_OK);
}

static void begin_boot(struct place *place, uint8_t name, bool resume)
{
    place->boot = (struct spool_boot){.id = {.bytes = {name}}, .stream = "replay"};
    assert_err(spool_begin_boot(place->spool, resume, &place->boot, NULL), WEIR_OK);
}

static int put(struct place *place, uint64_t sequence, bool *kept)
{
    uint8_t frame[FRAME_SIZE] = {(uint8_t)sequence};
    const struct spool_batch batch = {.sequence = sequence,
                                      .record_count = RECORDS,
                                      .last_event_no = sequence * 10,
                                      .frame = frame,
                                      .frame_size = sizeof(frame)};
    return spool_put(place->spool, &batch, sequence * 100, kept, NULL);
}

static void put_many(struct place *place, uint64_t first, uint64_t last)
{
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        bool kept = false;
        assert_err(put(place, sequence, &kept), WEIR_OK);
    }
}

static int setup(void **state)
{
    struct place *place = (struct place *)calloc(1, sizeof(*place));
    assert_non_null(place);
    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/weir-spool-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = (struct place *)*state;
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    spool_close(place->spool);
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", place->folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(place->folder);
    free(place);
    return 0;
}

static void batches_come_back_in_order_after_a_restart(void **state)
{
    struct place *place = (struct place *)*state;
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    begin_boot(place, 1, false);
    put_many(place, 1, 3);
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    struct spool_batch batch = {0};
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        assert_err(spool_next(place->spool, 1, sequence - 1, &batch, NULL), WEIR_OK);
        assert_int_equal(batch.sequence, sequence);
        assert_int_equal(batch.frame[0], sequence);
        assert_int_equal(batch.frame_size, FRAME_SIZE);
    }
    assert_err(spool_next(place->spool, 1, 3, &batch, NULL), WEIR_ENOENT);
    assert_int_equal(spool_counters(place->spool).held_batches, 3);
}

static void acknowledged_batches_leave(void **state)
{
    struct place *place = (struct place *)*state;
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    begin_boot(place, 1, false);
    put_many(place, 1, 5);
    assert_err(spool_acknowledge(place->spool, &place->boot.id, 3, NULL), WEIR_OK);
    struct spool_batch batch = {0};
    assert_err(spool_next(place->spool, 0, 0, &batch, NULL), WEIR_OK);
    assert_int_equal(batch.sequence, 4);
    assert_int_equal(spool_counters(place->spool).held_bytes, 2 * FRAME_SIZE);
}

static void resumed_replay_knows_how_far_it_had_come(void **state)
{
    struct place *place = (struct place *)*state;
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    begin_boot(place, 1, true);
    put_many(place, 1, 4);
    assert_err(spool_acknowledge(place->spool, &place->boot.id, 4, NULL), WEIR_OK);
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    begin_boot(place, 2, true);
    assert_int_equal(place->boot.id.bytes[0], 1);
    assert_int_equal(place->boot.last_sequence, 4);
    assert_int_equal(place->boot.last_record_no, 400);
    assert_int_equal(place->boot.last_event_no, 40);
}

static void replay_of_other_files_is_a_new_boot(void **state)
{
    struct place *place = (struct place *)*state;
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    begin_boot(place, 1, true);
    put_many(place, 1, 1);
    struct spool_boot other = {.id = {.bytes = {2}}, .stream = "replay", .input_hash = 7};
    assert_err(spool_begin_boot(place->spool, true, &other, NULL), WEIR_OK);
    assert_int_equal(other.id.bytes[0], 2);
    assert_int_equal(other.last_sequence, 0);
}

static void older_boots_are_delivered_first_and_then_forgotten(void **state)
{
    struct place *place = (struct place *)*state;
    struct spool_boot boots[4];
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    begin_boot(place, 1, false);
    put_many(place, 1, 2);
    begin_boot(place, 2, false);
    put_many(place, 1, 1);
    struct spool_batch batch = {0};
    assert_err(spool_next(place->spool, 1, 2, &batch, NULL), WEIR_OK);
    assert_int_equal(batch.boot_ordinal, 2);
    assert_int_equal(spool_boots(place->spool, boots, 4), 2);
    assert_err(spool_acknowledge(place->spool, &boots[0].id, 2, NULL), WEIR_OK);
    assert_int_equal(spool_boots(place->spool, boots, 4), 1);
    assert_int_equal(boots[0].id.bytes[0], 2);
}

static void full_spool_blocks(void **state)
{
    struct place *place = (struct place *)*state;
    bool kept = false;
    open_spool(place, SPOOL_BLOCK, 2 * TAKEN);
    begin_boot(place, 1, false);
    put_many(place, 1, 2);
    assert_err(put(place, 3, &kept), WEIR_EFULL);
    assert_err(spool_acknowledge(place->spool, &place->boot.id, 1, NULL), WEIR_OK);
    assert_err(put(place, 3, &kept), WEIR_OK);
    assert_true(kept);
}

static void full_spool_drops_the_oldest_and_counts_it(void **state)
{
    struct place *place = (struct place *)*state;
    struct spool_boot boots[2];
    open_spool(place, SPOOL_DROP_OLDEST, 3 * TAKEN);
    begin_boot(place, 1, false);
    put_many(place, 1, 5);
    assert_int_equal(spool_boots(place->spool, boots, 2), 1);
    assert_int_equal(boots[0].first_sequence, 3);
    assert_int_equal(boots[0].last_sequence, 5);
    assert_int_equal(spool_counters(place->spool).dropped_batches, 2);
    assert_int_equal(spool_counters(place->spool).dropped_bytes, 2 * FRAME_SIZE);
    assert_int_equal(spool_counters(place->spool).dropped_records, 2 * RECORDS);
}

static void full_spool_drops_the_newest_and_keeps_its_number_free(void **state)
{
    struct place *place = (struct place *)*state;
    bool kept = true;
    open_spool(place, SPOOL_DROP_NEWEST, 2 * TAKEN);
    begin_boot(place, 1, false);
    put_many(place, 1, 2);
    assert_err(put(place, 3, &kept), WEIR_OK);
    assert_false(kept);
    assert_err(spool_acknowledge(place->spool, &place->boot.id, 2, NULL), WEIR_OK);
    assert_err(put(place, 3, &kept), WEIR_OK);
    assert_true(kept);
}

static void drops_are_remembered_across_restarts(void **state)
{
    struct place *place = (struct place *)*state;
    open_spool(place, SPOOL_DROP_OLDEST, 2 * TAKEN);
    begin_boot(place, 1, false);
    put_many(place, 1, 3);
    open_spool(place, SPOOL_DROP_OLDEST, 2 * TAKEN);
    assert_int_equal(spool_counters(place->spool).dropped_batches, 1);
    assert_int_equal(spool_counters(place->spool).dropped_records, RECORDS);
    assert_int_equal(spool_counters(place->spool).held_batches, 2);
}

/* LMDB stores in pages, so the limit must be one of pages: else the map is full before it. */
static void batches_of_any_size_fill_the_spool_to_its_limit(void **state)
{
    struct place *place = (struct place *)*state;
    static const size_t sizes[] = {60, 1000, 1400, 2010, 2100, 4200, 70000};
    static const uint8_t frame[70000];
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        bool kept = false;
        open_spool(place, SPOOL_DROP_OLDEST, 1 << 20);
        begin_boot(place, (uint8_t)(10 + i), false);
        for (uint64_t sequence = 1; sequence <= 6 * (1 << 20) / sizes[i] && sequence < 6000;
             sequence++) {
            const struct spool_batch batch = {.sequence = sequence,
                                              .frame = frame,
                                              .frame_size = sizes[i]};
            struct weir_error error = {0};
            assert_err(spool_put(place->spool, &batch, sequence, &kept, &error), WEIR_OK);
            assert_true(kept);
        }
        assert_true(spool_counters(place->spool).held_bytes > (1 << 18));
    }
}

static void starts_without_batches_leave_no_trace(void **state)
{
    struct place *place = (struct place *)*state;
    struct spool_boot boots[4];
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    for (uint8_t i = 1; i < 100; i++) {
        begin_boot(place, i, false);
    }
    assert_true(spool_boots(place->spool, boots, 4) <= 2);
}

static void too_many_starts_drop_the_oldest(void **state)
{
    struct place *place = (struct place *)*state;
    struct spool_boot boots[64];
    open_spool(place, SPOOL_DROP_OLDEST, 8 << 20);
    for (uint8_t i = 1; i <= 65; i++) {
        begin_boot(place, i, false);
        put_many(place, 1, 2);
    }
    assert_int_equal(spool_boots(place->spool, boots, 64), 64);
    assert_int_equal(boots[0].id.bytes[0], 2);
    assert_int_equal(spool_counters(place->spool).dropped_batches, 2);
}

static void too_many_starts_are_refused_when_nothing_may_be_dropped(void **state)
{
    struct place *place = (struct place *)*state;
    open_spool(place, SPOOL_BLOCK, 8 << 20);
    for (uint8_t i = 1; i <= 64; i++) {
        begin_boot(place, i, false);
        put_many(place, 1, 1);
    }
    struct spool_boot boot = {.id = {.bytes = {65}}, .stream = "replay"};
    struct weir_error error = {0};
    assert_err(spool_begin_boot(place->spool, false, &boot, &error), WEIR_EFULL);
    assert_non_null(strstr(error.text, "never delivered"));
    assert_int_equal(spool_counters(place->spool).held_batches, 64);
}

static void a_renamed_boot_keeps_its_batches_and_its_new_name(void **state)
{
    struct place *place = (struct place *)*state;
    const struct weir_boot_id fresh = {.bytes = {99}};
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    begin_boot(place, 1, true);
    put_many(place, 1, 2);
    assert_err(spool_rename_boot(place->spool, 1, &fresh, NULL), WEIR_OK);
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    struct spool_batch batch = {0};
    assert_err(spool_next(place->spool, 0, 0, &batch, NULL), WEIR_OK);
    assert_true(batch.is_renamed);
    assert_int_equal(batch.boot_id.bytes[0], 99);
    assert_err(spool_acknowledge(place->spool, &fresh, 2, NULL), WEIR_OK);
    assert_int_equal(spool_counters(place->spool).held_batches, 0);
}

/* A limit on the size of files stands for the full disk. */
static void after_a_full_disk_the_same_batch_can_be_put(void **state)
{
    struct place *place = (struct place *)*state;
    struct rlimit before;
    struct weir_error error = {0};
    bool kept = false;
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    begin_boot(place, 1, false);
    put_many(place, 1, 2);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 16384, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const int code = put(place, 3, &kept);
    assert_err(spool_acknowledge(place->spool, &(struct weir_boot_id){.bytes = {7}}, 1, &error), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_err(code, WEIR_EIO);
    assert_int_equal(spool_counters(place->spool).held_batches, 2);
    assert_err(put(place, 3, &kept), WEIR_OK);
    assert_true(kept);
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    assert_int_equal(spool_counters(place->spool).held_batches, 3);
}

static void second_sensor_on_the_same_folder_is_refused(void **state)
{
    struct place *place = (struct place *)*state;
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    const struct spool_options options = {.folder = place->folder, .limit_bytes = 1 << 20};
    struct spool *second = NULL;
    struct weir_error error = {0};
    assert_err(spool_open(&options, &second, &error), WEIR_EAGAIN);
    assert_non_null(strstr(error.text, "in use by another sensor"));
}

static void files_are_for_their_owner_alone(void **state)
{
    struct place *place = (struct place *)*state;
    char path[128];
    struct stat status;
    open_spool(place, SPOOL_BLOCK, 1 << 20);
    (void)snprintf(path, sizeof(path), "%s/data.mdb", place->folder);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(batches_come_back_in_order_after_a_restart),
        TEST(acknowledged_batches_leave),
        TEST(resumed_replay_knows_how_far_it_had_come),
        TEST(replay_of_other_files_is_a_new_boot),
        TEST(older_boots_are_delivered_first_and_then_forgotten),
        TEST(full_spool_blocks),
        TEST(full_spool_drops_the_oldest_and_counts_it),
        TEST(full_spool_drops_the_newest_and_keeps_its_number_free),
        TEST(drops_are_remembered_across_restarts),
        TEST(batches_of_any_size_fill_the_spool_to_its_limit),
        TEST(starts_without_batches_leave_no_trace),
        TEST(too_many_starts_drop_the_oldest),
        TEST(too_many_starts_are_refused_when_nothing_may_be_dropped),
        TEST(a_renamed_boot_keeps_its_batches_and_its_new_name),
        TEST(after_a_full_disk_the_same_batch_can_be_put),
        TEST(second_sensor_on_the_same_folder_is_refused),
        TEST(files_are_for_their_owner_alone),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
