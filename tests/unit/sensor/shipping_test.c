/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/shipping.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/flow/l2_event.h"

#include "sensor/export/outbox.h"
#include "sensor/export/spool.h"

#include "tests/support/random_batch.h"
#include "tests/support/uplink_peer.h"
#include "tests/support/weir_test.h"

#define PLENTY    (1U << 20)
#define SMALL     (32U << 10) /* of the spool: some batches */
#define MANY      100         /* records: more batches than that */
#define SECOND_US INT64_C(1000000)

struct fixture {
    struct uplink_peer peer;
    char folder[64], spool[96], key[96], collector_key[96];
    struct sensor_options options;
    struct tally tally;
    struct shipping *shipping;
    bool is_lossy; /* the spool may drop some */
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    uplink_peer_open(&f->peer);
    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/weir-shipping-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->spool, sizeof(f->spool), "%s/spool", f->folder);
    (void)snprintf(f->key, sizeof(f->key), "%s/key", f->folder);
    (void)snprintf(f->collector_key, sizeof(f->collector_key), "%s/collector", f->folder);
    assert_err(weir_curve_key_save(&f->peer.sensor_key, f->key, false, NULL), WEIR_OK);
    assert_err(weir_curve_key_save(&f->peer.collector_key, f->collector_key, true, NULL), WEIR_OK);
    assert_err(tally_init(&f->tally, 1), WEIR_OK);
    f->options = (struct sensor_options){
        .resume = true,
        .collector = f->peer.endpoint,
        .key = f->key,
        .collector_key = f->collector_key,
        .heartbeat_us = SECOND_US,
        .spool_folder = f->spool,
        .spool_limit_bytes = PLENTY,
        .spool_policy = SPOOL_BLOCK,
        .spool_sync = SPOOL_SYNC_NONE,
    };
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    static const char *const names[] = {"spool/data.mdb", "spool/lock.mdb", "key", "collector"};
    if (f->shipping != NULL) {
        (void)!shipping_stop(&f->shipping, 0, NULL);
    }
    tally_fini(&f->tally);
    uplink_peer_close(&f->peer);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", f->folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->spool);
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

static int begin(struct fixture *f, struct weir_error *error)
{
    struct shipping_keys keys = {0};
    int code = shipping_load_keys(&f->options, &keys, error);
    code = code != WEIR_OK ? code
                           : shipping_start(&f->options, &keys, &f->tally, 1, &f->shipping, error);
    shipping_keys_fini(&keys);
    return code;
}

static void start(struct fixture *f)
{
    assert_err(begin(f, NULL), WEIR_OK);
}

/* Every third second has an event; its count says which one it is. */
static void add_event(struct fixture *f, uint64_t number)
{
    const struct weir_l2_event event = {.rule = WEIR_L2_A_DUP,
                                        .severity = WEIR_SEVERITY_HIGH,
                                        .count = number,
                                        .first_us = SECOND_US,
                                        .last_us = SECOND_US};
    assert_err(outbox_add_event(shipping_outbox(f->shipping, 0), &event), WEIR_OK);
}

static void add_records(struct fixture *f, uint64_t first, uint64_t last)
{
    struct outbox *outbox = shipping_outbox(f->shipping, 0);
    for (uint64_t record_no = first; record_no <= last; record_no++) {
        struct weir_flow_batch random;
        struct weir_flow_record record;
        struct weir_rng rng;
        weir_rng_init(&rng, record_no);
        test_random_batch(&rng, 0.1, &record, 1, &random);
        record.record_no = record_no;
        assert_err(outbox_add(outbox, &record), WEIR_OK);
        if (record_no % 3 == 0) {
            add_event(f, record_no / 3);
        }
        const int64_t clock_us = (int64_t)(1 + record_no) * SECOND_US;
        if (outbox_is_due(outbox, clock_us)) {
            assert_err(outbox_advance(outbox, clock_us, 0), WEIR_OK);
        }
    }
}

/* Acknowledges every batch; gives the number of records, which must come in order, without gaps, as
 * must the events. */
static uint64_t serve(struct fixture *f)
{
    uint64_t records = 0;
    uint64_t events = 0;
    struct pollfd done = {.fd = shipping_done_fd(f->shipping), .events = POLLIN};
    for (int i = 0; i < UPLINK_PEER_ROUNDS; i++) {
        while (uplink_peer_receive(&f->peer)) {
            const struct weir_flow_batch *batch = &f->peer.batch;
            if (f->peer.kind == WEIR_FRAME_HELLO) {
                uplink_peer_welcome(&f->peer, PLENTY, &f->peer.control.as.hello.boot, 0);
            } else if (f->peer.kind == WEIR_FRAME_BATCH) {
                for (size_t j = 0; j < batch->count; j++) {
                    records++;
                    assert_true(f->is_lossy || batch->records[j].record_no == records);
                }
                for (size_t j = 0; j < batch->event_count; j++) {
                    events++;
                    assert_true(f->is_lossy || batch->events[j].count == events);
                }
                uplink_peer_ack(&f->peer, PLENTY, &batch->boot, batch->sequence);
            }
        }
        if (poll(&done, 1, UPLINK_PEER_ROUND_MS) > 0) {
            assert_true(f->is_lossy || events == records / 3);
            return records;
        }
    }
    fail_msg("nothing is done");
    return 0;
}

static void records_go_through_to_the_collector(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    start(f);
    add_records(f, 1, 30);
    assert_err(outbox_finish(shipping_outbox(f->shipping, 0), 40 * SECOND_US), WEIR_OK);
    assert_int_equal(serve(f), 30);
    assert_err(shipping_stop(&f->shipping, SECOND_US, NULL), WEIR_OK);
}

static void a_resumed_replay_passes_over_what_is_spooled(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    start(f);
    add_records(f, 1, 10);
    assert_err(shipping_stop(&f->shipping, 0, NULL), WEIR_EAGAIN); /* cut: no end is said */
    start(f);
    add_records(f, 1, 20); /* from the first packet again */
    assert_err(outbox_finish(shipping_outbox(f->shipping, 0), 30 * SECOND_US), WEIR_OK);
    assert_int_equal(serve(f), 20);
    assert_err(shipping_stop(&f->shipping, SECOND_US, NULL), WEIR_OK);
}

static void a_replay_of_which_the_spool_dropped_something_is_no_success(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_error error = {0};
    f->options.spool_policy = SPOOL_DROP_NEWEST;
    f->options.spool_limit_bytes = SMALL;
    f->is_lossy = true;
    start(f);
    add_records(f, 1, MANY);
    assert_err(outbox_finish(shipping_outbox(f->shipping, 0), (MANY + 10) * SECOND_US), WEIR_OK);
    const uint64_t delivered = serve(f);
    assert_in_range(delivered, 1, MANY - 1);
    assert_err(shipping_stop(&f->shipping, SECOND_US, &error), WEIR_EFULL);
    assert_non_null(strstr(error.text, "gave up"));
    f->options.spool_policy = SPOOL_BLOCK;
    f->options.spool_limit_bytes = PLENTY;
    f->options.resume = false;
    f->is_lossy = false;
    start(f); /* what an earlier run lost is not told again */
    add_records(f, 1, 3);
    assert_err(outbox_finish(shipping_outbox(f->shipping, 0), 10 * SECOND_US), WEIR_OK);
    assert_int_equal(serve(f), 3);
    assert_err(shipping_stop(&f->shipping, SECOND_US, NULL), WEIR_OK);
}

static void a_missing_key_file_is_named(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_error error = {0};
    assert_int_equal(unlink(f->key), 0);
    assert_err(begin(f, &error), WEIR_ENOENT);
    assert_non_null(strstr(error.text, f->key));
}

static void a_public_key_alone_is_not_enough(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_error error = {0};
    f->options.key = f->collector_key;
    assert_err(begin(f, &error), WEIR_EINVAL);
    assert_non_null(strstr(error.text, f->collector_key));
    assert_non_null(strstr(error.text, "--make-key"));
}

static void a_spool_folder_that_cannot_be_made_is_named(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_error error = {0};
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/key/spool", f->folder); /* below a file */
    f->options.spool_folder = path;
    assert_err(begin(f, &error), WEIR_EIO);
    assert_non_null(strstr(error.text, path));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(records_go_through_to_the_collector),
        TEST(a_resumed_replay_passes_over_what_is_spooled),
        TEST(a_replay_of_which_the_spool_dropped_something_is_no_success),
        TEST(a_missing_key_file_is_named),
        TEST(a_public_key_alone_is_not_enough),
        TEST(a_spool_folder_that_cannot_be_made_is_named),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
