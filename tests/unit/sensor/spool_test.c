/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

#define FRAME_SIZE 10000U

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
    open_spool(place, SPOOL_BLOCK, 2 * FRAME_SIZE);
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
    open_spool(place, SPOOL_DROP_OLDEST, 3 * FRAME_SIZE);
    begin_boot(place, 1, false);
    put_many(place, 1, 5);
    assert_int_equal(spool_boots(place->spool, boots, 2), 1);
    assert_int_equal(boots[0].first_sequence, 3);
    assert_int_equal(boots[0].last_sequence, 5);
    assert_int_equal(spool_counters(place->spool).dropped_batches, 2);
    assert_int_equal(spool_counters(place->spool).dropped_bytes, 2 * FRAME_SIZE);
}

static void full_spool_drops_the_newest_and_keeps_its_number_free(void **state)
{
    struct place *place = (struct place *)*state;
    bool kept = true;
    open_spool(place, SPOOL_DROP_NEWEST, 2 * FRAME_SIZE);
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
    open_spool(place, SPOOL_DROP_OLDEST, 2 * FRAME_SIZE);
    begin_boot(place, 1, false);
    put_many(place, 1, 3);
    open_spool(place, SPOOL_DROP_OLDEST, 2 * FRAME_SIZE);
    assert_int_equal(spool_counters(place->spool).dropped_batches, 1);
    assert_int_equal(spool_counters(place->spool).held_batches, 2);
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
        TEST(second_sensor_on_the_same_folder_is_refused),
        TEST(files_are_for_their_owner_alone),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
