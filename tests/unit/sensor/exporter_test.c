/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/exporter.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sensor/export/outbox.h"

#include "tests/support/random_batch.h"
#include "tests/support/uplink_peer.h"
#include "tests/support/weir_test.h"

#define PLENTY    (1U << 20)
#define SECOND_US INT64_C(1000000)
#define ROOM      4

struct fixture {
    struct uplink_peer peer;
    char folder[64];
    struct weir_ring *items, *models;
    struct junction *junction;
    struct outbox *outbox;
    struct spool *spool;
    struct exporter *exporter;
    struct weir_boot_id boot;
    uint64_t record_no;
};

static size_t count_nothing(void *context, struct weir_counter *counters, size_t capacity)
{
    (void)context;
    (void)counters;
    (void)capacity;
    return 0;
}

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    uplink_peer_open(&f->peer);
    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/weir-export-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_err(weir_ring_new(ROOM, &f->items), WEIR_OK);
    assert_err(weir_ring_new(ROOM, &f->models), WEIR_OK);
    assert_err(junction_new(f->items, 1, &f->junction), WEIR_OK);
    const struct outbox_options outbox = {.junction = f->junction};
    assert_err(outbox_new(&outbox, &f->outbox), WEIR_OK);
    f->boot = (struct weir_boot_id){.bytes = {4, 5}};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    void *item = NULL;
    if (f->exporter != NULL) {
        (void)!exporter_stop(&f->exporter, 0, NULL);
    }
    while ((item = weir_ring_pop(f->items)) != NULL) {
        outbox_item_free((struct outbox_item *)item);
    }
    outbox_free(f->outbox);
    junction_free(f->junction);
    weir_ring_free(f->items);
    weir_ring_free(f->models);
    spool_close(f->spool);
    uplink_peer_close(&f->peer);
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", f->folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

static void start(struct fixture *f, enum spool_policy policy, uint64_t limit_bytes)
{
    const struct spool_options spool = {.folder = f->folder,
                                        .limit_bytes = limit_bytes,
                                        .policy = policy,
                                        .sync = SPOOL_SYNC_NONE};
    assert_err(spool_open(&spool, &f->spool, NULL), WEIR_OK);
    struct exporter_options options = {
        .spool = f->spool,
        .boot = {.id = f->boot, .stream = "replay"},
        .items = f->items,
        .junction = f->junction,
        .models = f->models,
        .endpoint = f->peer.endpoint,
        .key = f->peer.sensor_key,
        .heartbeat_us = SECOND_US,
        .count = count_nothing,
        .context = f,
    };
    memcpy(options.server_public_z85, f->peer.collector_key.public_z85,
           sizeof(options.server_public_z85));
    assert_err(spool_begin_boot(f->spool, true, &options.boot, NULL), WEIR_OK);
    assert_err(exporter_start(&options, &f->exporter, NULL), WEIR_OK);
}

/* One batch of one record, closed by a second of packet time. */
static int add_batch(struct fixture *f)
{
    struct weir_flow_batch random;
    struct weir_flow_record record;
    struct weir_rng rng;
    f->record_no += 1;
    weir_rng_init(&rng, f->record_no);
    test_random_batch(&rng, 0.1, &record, 1, &random);
    record.record_no = f->record_no;
    int code = outbox_add(f->outbox, &record);
    return code != WEIR_OK ? code
                           : outbox_advance(f->outbox, (int64_t)(1 + f->record_no) * SECOND_US, 0);
}

/* The collector's part: welcomes, and acknowledges every batch, until the exporter is done. */
static uint64_t serve(struct fixture *f)
{
    uint64_t last = 0;
    struct pollfd done = {.fd = exporter_done_fd(f->exporter), .events = POLLIN};
    for (int i = 0; i < UPLINK_PEER_ROUNDS; i++) {
        while (uplink_peer_receive(&f->peer)) {
            if (f->peer.kind == WEIR_FRAME_HELLO) {
                uplink_peer_welcome(&f->peer, PLENTY, &f->boot, last);
            } else if (f->peer.kind == WEIR_FRAME_BATCH) {
                assert_int_equal(f->peer.batch.previous_sequence, last);
                last = f->peer.batch.sequence;
                uplink_peer_ack(&f->peer, PLENTY, &f->boot, last);
            }
        }
        if (poll(&done, 1, UPLINK_PEER_ROUND_MS) > 0) {
            return last;
        }
    }
    fail_msg("the exporter does not end");
    return 0;
}

static void what_was_metered_is_delivered(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    start(f, SPOOL_BLOCK, PLENTY);
    for (int i = 0; i < 10; i++) {
        assert_err(add_batch(f), WEIR_OK);
    }
    assert_err(outbox_finish(f->outbox, 20 * SECOND_US), WEIR_OK);
    const uint64_t last = serve(f);
    assert_true(last >= 10);
    assert_true(f->peer.batch.low_us == WEIR_LOW_END);
    assert_err(exporter_stop(&f->exporter, SECOND_US, NULL), WEIR_OK);
    assert_int_equal(spool_counters(f->spool).held_batches, 0);
}

static void a_marker_tells_when_the_one_before_it_was_sent(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_marker seen[2] = {{0}};
    size_t count = 0;
    uint64_t last = 0;
    start(f, SPOOL_BLOCK, PLENTY);
    assert_err(outbox_advance(f->outbox, SECOND_US, 0), WEIR_OK);
    assert_err(outbox_add_marker(f->outbox, 5, 6), WEIR_OK);
    assert_err(outbox_advance(f->outbox, 2 * SECOND_US, 0), WEIR_OK);
    for (int i = 0; i < UPLINK_PEER_ROUNDS && count < 2; i++) {
        while (count < 2 && uplink_peer_receive(&f->peer)) {
            if (f->peer.kind == WEIR_FRAME_HELLO) {
                uplink_peer_welcome(&f->peer, PLENTY, &f->boot, last);
            } else if (f->peer.kind == WEIR_FRAME_BATCH && f->peer.batch.marker_count == 1) {
                last = f->peer.batch.sequence;
                seen[count++] = f->peer.batch.markers[0];
                uplink_peer_ack(&f->peer, PLENTY, &f->boot, last);
                assert_err(outbox_add_marker(f->outbox, 7, 8), WEIR_OK);
                assert_err(outbox_advance(f->outbox, 4 * SECOND_US, 0), WEIR_OK);
            }
        }
        (void)poll(NULL, 0, UPLINK_PEER_ROUND_MS);
    }
    assert_int_equal(count, 2);
    assert_true(seen[0].number == 1 && seen[0].injected_us == 5 && seen[0].clock_us == 6);
    assert_true(seen[0].spooled_us >= seen[0].closed_us && seen[0].closed_us > 0);
    assert_true(seen[0].sent_number == 0 && seen[0].sent_us == 0);
    assert_true(seen[1].number == 2 && seen[1].sent_number == 1);
    assert_true(seen[1].sent_us >= seen[0].spooled_us);
}

static void say_flagged(struct fixture *f)
{
    struct weir_flow_batch random;
    struct weir_flow_record record;
    struct weir_rng rng;
    weir_rng_init(&rng, ++f->record_no);
    test_random_batch(&rng, 0.1, &record, 1, &random);
    record.record_no = f->record_no;
    record.flow_id = 4242;
    record.verdict = (struct weir_verdict){.model_version = 3, .score = 0.75F, .flagged = true};
    assert_err(outbox_add(f->outbox, &record), WEIR_OK);
}

/* One turn of the collector's part; gives what came, 0 for nothing. */
static int hear(struct fixture *f)
{
    if (!uplink_peer_receive(&f->peer)) {
        (void)poll(NULL, 0, UPLINK_PEER_ROUND_MS);
        return 0;
    }
    if (f->peer.kind == WEIR_FRAME_HELLO) {
        uplink_peer_welcome(&f->peer, 1, &f->boot, 0); /* no credit: batches have to wait */
    }
    return (int)f->peer.kind;
}

static void a_flagged_record_comes_while_batches_wait(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->peer.capabilities = WEIR_CAPABILITY_PRIORITY;
    start(f, SPOOL_BLOCK, PLENTY);
    assert_err(add_batch(f), WEIR_OK);
    int kind = 0;
    for (int i = 0; i < UPLINK_PEER_ROUNDS && kind != WEIR_FRAME_HEARTBEAT; i++) {
        kind = hear(f); /* said after WELCOME */
    }
    say_flagged(f);
    for (int i = 0; i < UPLINK_PEER_ROUNDS && kind != WEIR_FRAME_PRIORITY; i++) {
        kind = hear(f);
        assert_int_not_equal(kind, WEIR_FRAME_BATCH);
    }
    assert_int_equal(kind, WEIR_FRAME_PRIORITY);
    assert_true(f->peer.batch.count == 1 && f->peer.batch.sequence == 0);
    assert_true(f->peer.batch.records[0].flow_id == 4242);
    assert_true(f->peer.batch.records[0].verdict.flagged);
    assert_true(junction_counts(f->junction).flagged_left_out == 0);
}

static void a_collector_that_does_not_know_priority_gets_none(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    start(f, SPOOL_BLOCK, PLENTY);
    int kind = 0;
    for (int i = 0; i < UPLINK_PEER_ROUNDS && kind != WEIR_FRAME_HEARTBEAT; i++) {
        kind = hear(f);
    }
    say_flagged(f);
    for (int i = 0; i < 20; i++) {
        assert_int_not_equal(hear(f), WEIR_FRAME_PRIORITY);
    }
    assert_true(junction_counts(f->junction).flagged_left_out == 1);
}

static void stopped_without_a_collector_everything_waits_in_the_spool(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_error error = {0};
    struct spool_boot boot;
    start(f, SPOOL_BLOCK, PLENTY);
    assert_err(add_batch(f), WEIR_OK);
    assert_err(add_batch(f), WEIR_OK);
    assert_err(outbox_finish(f->outbox, 9 * SECOND_US), WEIR_OK);
    assert_err(exporter_stop(&f->exporter, 0, &error), WEIR_EAGAIN); /* at once, and yet spooled */
    assert_non_null(strstr(error.text, "wait in the spool"));
    assert_null(weir_ring_pop(f->items));
    assert_int_equal(spool_boots(f->spool, &boot, 1), 1);
    assert_int_equal(boot.last_record_no, 2);
    assert_int_equal(spool_counters(f->spool).held_batches, boot.last_sequence);
}

static void a_spool_that_blocks_makes_metering_wait_and_loses_nothing(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    int code = WEIR_OK;
    uint64_t added = 0;
    start(f, SPOOL_BLOCK, 1000); /* room for few */
    /* Nobody acknowledges: the spool fills, then the ring; then outbox gives up. */
    junction_stop(f->junction);
    for (int i = 0; i < 1000 && code == WEIR_OK; i++) {
        code = add_batch(f);
        added += code == WEIR_OK;
        (void)poll(NULL, 0, 2);
    }
    assert_err(code, WEIR_EAGAIN);
    assert_int_equal(spool_counters(f->spool).dropped_batches, 0);
    assert_true(added >= ROOM && added < 100);
}

static void a_failing_disk_is_waited_for(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct rlimit before;
    start(f, SPOOL_DROP_OLDEST, PLENTY);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small = {.rlim_cur = 4096, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_err(add_batch(f), WEIR_OK);
    assert_err(add_batch(f), WEIR_OK);
    assert_err(outbox_finish(f->outbox, 9 * SECOND_US), WEIR_OK);
    (void)poll(NULL, 0, 300);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)serve(f);
    assert_true(f->peer.batch.low_us == WEIR_LOW_END);
    assert_int_equal(f->peer.batch.last_record_no, 2);
    assert_err(exporter_stop(&f->exporter, SECOND_US, NULL), WEIR_OK);
}

static void a_disk_that_still_fails_at_the_end_is_said(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct rlimit before;
    struct weir_error error = {0};
    start(f, SPOOL_DROP_OLDEST, PLENTY);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small = {.rlim_cur = 4096, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_err(add_batch(f), WEIR_OK);
    assert_err(outbox_finish(f->outbox, 9 * SECOND_US), WEIR_OK);
    const int code = exporter_stop(&f->exporter, 0, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_err(code, WEIR_EIO);
    assert_non_null(strstr(error.text, f->folder));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_metered_is_delivered),
        TEST(stopped_without_a_collector_everything_waits_in_the_spool),
        TEST(a_spool_that_blocks_makes_metering_wait_and_loses_nothing),
        TEST(a_failing_disk_is_waited_for),
        TEST(a_disk_that_still_fails_at_the_end_is_said),
        TEST(a_marker_tells_when_the_one_before_it_was_sent),
        TEST(a_flagged_record_comes_while_batches_wait),
        TEST(a_collector_that_does_not_know_priority_gets_none),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
