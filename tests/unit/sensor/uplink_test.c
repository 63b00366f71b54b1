/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/uplink.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/support/uplink_peer.h"
#include "tests/support/weir_test.h"

#define PLENTY    (1U << 20)
#define SECOND_US INT64_C(1000000)

struct fixture {
    struct uplink_peer peer;
    char folder[64];
    struct spool *spool;
    struct spool_boot boot;
    struct uplink *uplink;
    struct uplink_pulse pulse;
    int64_t ahead_us;  /* of the monotonic clock: time passes as the test wants */
    unsigned offers;   /* model offers that reached the callback */
    size_t frame_size; /* of the batch put last */
};

static void on_control(void *context, const struct weir_control *control)
{
    struct fixture *f = (struct fixture *)context;
    f->offers += control->kind == WEIR_FRAME_MODEL_OFFER;
}

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    uplink_peer_open(&f->peer);
    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/weir-uplink-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    const struct spool_options spool = {.folder = f->folder,
                                        .limit_bytes = PLENTY,
                                        .policy = SPOOL_BLOCK,
                                        .sync = SPOOL_SYNC_NONE};
    assert_err(spool_open(&spool, &f->spool, NULL), WEIR_OK);
    f->boot = (struct spool_boot){.id = {.bytes = {1, 2, 3}}, .stream = "replay"};
    assert_err(spool_begin_boot(f->spool, false, &f->boot, NULL), WEIR_OK);
    const struct uplink_options options = {
        .channel = {.endpoint = f->peer.endpoint,
                    .key = &f->peer.sensor_key,
                    .server_public_z85 = f->peer.collector_key.public_z85,
                    .seed = 1},
        .spool = f->spool,
        .boot = f->boot,
        .heartbeat_us = 3600 * SECOND_US,
        .on_control = on_control,
        .context = f,
    };
    assert_err(uplink_open(&options, &f->uplink, NULL), WEIR_OK);
    f->pulse.low_us = 7;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    uplink_close(&f->uplink);
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

static void step(struct fixture *f)
{
    struct weir_mono now = weir_mono_now();
    now.ns += f->ahead_us * 1000;
    uplink_set_pulse(f->uplink, &f->pulse);
    assert_err(uplink_step(f->uplink, now, NULL), WEIR_OK);
}

/* Steps until this kind of message arrives; heartbeats in between are passed over. */
static void expect(struct fixture *f, enum weir_frame_kind kind)
{
    for (int i = 0; i < UPLINK_PEER_ROUNDS; i++) {
        step(f);
        while (uplink_peer_receive(&f->peer)) {
            if (f->peer.kind == kind) {
                return;
            }
            assert_int_equal(f->peer.kind, WEIR_FRAME_HEARTBEAT);
        }
        (void)poll(NULL, 0, UPLINK_PEER_ROUND_MS);
    }
    fail_msg("no message of kind %d came", (int)kind);
}

/* For a while nothing but heartbeats comes. */
static void expect_silence(struct fixture *f)
{
    for (int i = 0; i < 20; i++) {
        step(f);
        while (uplink_peer_receive(&f->peer)) {
            assert_int_equal(f->peer.kind, WEIR_FRAME_HEARTBEAT);
        }
        (void)poll(NULL, 0, UPLINK_PEER_ROUND_MS);
    }
}

static void expect_batch(struct fixture *f, uint64_t sequence)
{
    expect(f, WEIR_FRAME_BATCH);
    assert_int_equal(f->peer.batch.sequence, sequence);
}

/* Steps until this is how the spool stands. */
static void expect_held(struct fixture *f, uint64_t batches)
{
    for (int i = 0; i < UPLINK_PEER_ROUNDS && spool_counters(f->spool).held_batches != batches;
         i++) {
        step(f);
        (void)poll(NULL, 0, UPLINK_PEER_ROUND_MS);
    }
    assert_int_equal(spool_counters(f->spool).held_batches, batches);
}

/* Empty batches are batches: their numbers are all that matters here. */
static void spool_batches(struct fixture *f, uint64_t first, uint64_t last)
{
    struct weir_flow_batch_encoder *encoder = NULL;
    struct weir_buffer frame = {0};
    assert_err(weir_flow_batch_encoder_new(WEIR_ZSTD_LEVEL_NONE, &encoder), WEIR_OK);
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        bool kept = false;
        struct weir_flow_batch batch = {.boot = f->boot.id,
                                        .sequence = sequence,
                                        .previous_sequence = sequence - 1,
                                        .low_us = 7,
                                        .sent_us = 7};
        memcpy(batch.stream, f->boot.stream, sizeof(batch.stream));
        weir_buffer_reset(&frame);
        assert_err(weir_flow_batch_encode(encoder, &batch, &frame, NULL), WEIR_OK);
        const struct spool_batch spooled = {.sequence = sequence,
                                            .frame = frame.bytes,
                                            .frame_size = frame.size};
        assert_err(spool_put(f->spool, &spooled, sequence, &kept, NULL), WEIR_OK);
        f->frame_size = frame.size;
    }
    f->pulse.last_sequence = last;
    weir_buffer_fini(&frame);
    weir_flow_batch_encoder_free(encoder);
}

static void come_up(struct fixture *f, uint64_t credit_bytes, uint64_t committed)
{
    expect(f, WEIR_FRAME_HELLO);
    uplink_peer_welcome(&f->peer, credit_bytes, &f->boot.id, committed);
}

static void a_stream_is_delivered_from_hello_to_the_last_acknowledgement(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    spool_batches(f, 1, 3);
    f->pulse.has_ended = true;
    expect(f, WEIR_FRAME_HELLO);
    const struct weir_hello *hello = &f->peer.control.as.hello;
    assert_int_equal(hello->wire_newest, WEIR_WIRE_VERSION);
    assert_string_equal(hello->stream, "replay");
    assert_int_equal(hello->boot_count, 1);
    assert_int_equal(hello->boots[0].first_sequence, 1);
    assert_int_equal(hello->boots[0].last_sequence, 3);
    uplink_peer_welcome(&f->peer, PLENTY, &f->boot.id, 0);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        expect_batch(f, sequence);
        assert_memory_equal(f->peer.batch.boot.bytes, f->boot.id.bytes, 16);
    }
    expect(f, WEIR_FRAME_END_OF_STREAM);
    assert_int_equal(f->peer.control.as.end_of_stream.last_sequence, 3);
    assert_false(uplink_is_delivered(f->uplink));
    uplink_peer_ack(&f->peer, PLENTY, &f->boot.id, 2);
    expect_held(f, 1);
    assert_false(uplink_is_delivered(f->uplink));
    uplink_peer_ack(&f->peer, PLENTY, &f->boot.id, 3);
    expect_held(f, 0);
    assert_true(uplink_is_delivered(f->uplink));
}

static void hello_is_said_once_a_connection(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    expect(f, WEIR_FRAME_HELLO);
    expect_silence(f);
    f->ahead_us = 6 * SECOND_US; /* nobody answered */
    expect(f, WEIR_FRAME_HELLO);
}

static void without_credit_nothing_is_sent(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    spool_batches(f, 1, 2);
    come_up(f, 0, 0);
    expect_silence(f);
    assert_true(uplink_is_up(f->uplink));
    uplink_peer_ack(&f->peer, PLENTY, &f->boot.id, 0);
    expect_batch(f, 1);
}

static void never_more_in_flight_than_the_credit(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    spool_batches(f, 1, 5);
    come_up(f, 2 * f->frame_size + 1, 0);
    expect_batch(f, 1);
    expect_batch(f, 2);
    expect_silence(f);
    uplink_peer_ack(&f->peer, 2 * f->frame_size + 1, &f->boot.id, 1);
    expect_batch(f, 3);
    expect_silence(f);
}

static void an_acknowledgement_of_an_unknown_boot_changes_nothing_but_the_credit(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct weir_boot_id unknown = {.bytes = {9}};
    spool_batches(f, 1, 3);
    come_up(f, f->frame_size, 0);
    expect_batch(f, 1);
    uplink_peer_ack(&f->peer, f->frame_size, &unknown, 100);
    expect_silence(f);
    assert_int_equal(spool_counters(f->spool).held_batches, 3);
    uplink_peer_ack(&f->peer, PLENTY, &unknown, 100);
    expect_batch(f, 2);
}

static void after_a_restart_of_the_collector_it_goes_on_behind_what_is_committed(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    spool_batches(f, 1, 4);
    come_up(f, PLENTY, 0);
    expect_batch(f, 1);
    expect_batch(f, 2);
    const struct weir_mono died = weir_mono_now();
    uplink_peer_restart(&f->peer);
    come_up(f, PLENTY, 1);
    assert_true(weir_mono_since_us(weir_mono_now(), died) < 5 * SECOND_US);
    expect_batch(f, 2);
    expect_batch(f, 3);
    expect_batch(f, 4);
    assert_int_equal(spool_counters(f->spool).held_batches, 3);
}

static void asked_to_state_itself_again_it_sends_again(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    spool_batches(f, 1, 2);
    come_up(f, PLENTY, 0);
    expect_batch(f, 1);
    expect_batch(f, 2);
    uplink_peer_refuse(&f->peer, WEIR_REFUSE_RESTATE);
    uplink_peer_refuse(&f->peer, WEIR_REFUSE_RESTATE);
    come_up(f, PLENTY, 0);
    expect_batch(f, 1);
    expect_batch(f, 2);
    expect_silence(f);
}

static void refused_it_waits_longer_each_time_and_says_hello_again(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    spool_batches(f, 1, 1);
    expect(f, WEIR_FRAME_HELLO);
    uplink_peer_refuse(&f->peer, WEIR_REFUSE_CLONE);
    expect_silence(f);
    f->ahead_us += 6 * SECOND_US;
    expect(f, WEIR_FRAME_HELLO);
    uplink_peer_refuse(&f->peer, WEIR_REFUSE_CLONE);
    expect_silence(f);
    f->ahead_us += 6 * SECOND_US;
    expect_silence(f);
    f->ahead_us += 6 * SECOND_US;
    come_up(f, PLENTY, 0);
    expect_batch(f, 1);
}

static void a_stopping_collector_is_asked_again_soon(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    come_up(f, PLENTY, 0);
    expect_silence(f);
    uplink_peer_refuse(&f->peer, WEIR_REFUSE_SHUTDOWN);
    expect_silence(f);
    assert_false(uplink_is_up(f->uplink));
    f->ahead_us += 2 * SECOND_US;
    expect(f, WEIR_FRAME_HELLO);
}

static void a_batch_refused_stays_and_is_not_offered_without_end(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    spool_batches(f, 1, 1);
    for (int i = 0; i < 5; i++) { /* after 5, 10, 20, 40 s; the fifth is not before 60 s */
        come_up(f, PLENTY, 0);
        expect_batch(f, 1);
        uplink_peer_refuse(&f->peer, WEIR_REFUSE_PROTOCOL);
        expect_silence(f);
        f->ahead_us += i < 4 ? 41 * SECOND_US : 50 * SECOND_US;
    }
    expect_silence(f);
    assert_int_equal(spool_counters(f->spool).held_batches, 1);
}

static void after_a_conflict_it_goes_on_under_a_new_boot_id(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    spool_batches(f, 1, 3);
    come_up(f, PLENTY, 1);
    expect_batch(f, 2);
    expect_batch(f, 3);
    uplink_peer_refuse(&f->peer, WEIR_REFUSE_CONFLICT);
    uplink_peer_refuse(&f->peer, WEIR_REFUSE_CONFLICT); /* the second batch in flight */
    expect_silence(f);
    const struct weir_boot_id fresh = uplink_boot_id(f->uplink);
    assert_memory_not_equal(fresh.bytes, f->boot.id.bytes, 16);
    f->ahead_us += 6 * SECOND_US;
    expect(f, WEIR_FRAME_HELLO);
    const struct weir_hello *hello = &f->peer.control.as.hello;
    assert_memory_equal(hello->boot.bytes, fresh.bytes, 16);
    assert_int_equal(hello->boot_count, 1);
    assert_int_equal(hello->boots[0].first_sequence, 2);
    uplink_peer_welcome(&f->peer, PLENTY, &fresh, 0);
    expect_batch(f, 2);
    assert_memory_equal(f->peer.batch.boot.bytes, fresh.bytes, 16);
    expect_batch(f, 3);
    uplink_peer_ack(&f->peer, PLENTY, &fresh, 3);
    expect_held(f, 0);
}

static void a_wire_version_that_is_not_ours_is_not_spoken(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    assert_non_null(control);
    spool_batches(f, 1, 1);
    expect(f, WEIR_FRAME_HELLO);
    control->kind = WEIR_FRAME_WELCOME;
    control->as.welcome.wire_version = WEIR_WIRE_VERSION + 1;
    control->as.welcome.credit_bytes = PLENTY;
    uplink_peer_send(&f->peer, control);
    free(control);
    expect_silence(f);
    assert_false(uplink_is_up(f->uplink));
}

static void heartbeats_answer_with_the_stamps_of_the_peer(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    assert_non_null(control);
    come_up(f, PLENTY, 0);
    expect(f, WEIR_FRAME_HEARTBEAT);
    assert_true(f->peer.control.as.heartbeat.low_us == 7);
    assert_int_equal(f->peer.control.as.heartbeat.echo_sent_us, 0);
    control->kind = WEIR_FRAME_HEARTBEAT;
    control->as.heartbeat.sent_us = 12345;
    uplink_peer_send(&f->peer, control);
    free(control);
    expect_silence(f);
    f->ahead_us += 11 * SECOND_US; /* the collector asked for one every 10 s */
    expect(f, WEIR_FRAME_HEARTBEAT);
    assert_int_equal(f->peer.control.as.heartbeat.echo_sent_us, 12345);
    assert_true(f->peer.control.as.heartbeat.echo_received_us > 12345);
}

static void a_silent_collector_is_greeted_anew(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    spool_batches(f, 1, 1);
    come_up(f, PLENTY, 0);
    expect_batch(f, 1);
    f->ahead_us += 31 * SECOND_US;
    come_up(f, PLENTY, 0);
    expect_batch(f, 1);
}

static void a_lost_acknowledgement_is_asked_for(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    assert_non_null(control);
    control->kind = WEIR_FRAME_HEARTBEAT;
    control->as.heartbeat.sent_us = 1;
    spool_batches(f, 1, 1);
    come_up(f, PLENTY, 0);
    expect_batch(f, 1);
    for (int i = 0; i < 2; i++) { /* the collector lives, and says nothing of the batch */
        f->ahead_us += 29 * SECOND_US;
        uplink_peer_send(&f->peer, control);
        expect_silence(f);
    }
    free(control);
    f->ahead_us += 3 * SECOND_US;
    come_up(f, PLENTY, 1);
    expect_held(f, 0);
}

static void model_messages_reach_the_callback(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    assert_non_null(control);
    come_up(f, PLENTY, 0);
    control->kind = WEIR_FRAME_MODEL_OFFER;
    control->as.model_offer.version = 4;
    uplink_peer_send(&f->peer, control);
    expect_silence(f);
    assert_int_equal(f->offers, 1);
    memset(control, 0, sizeof(*control));
    control->kind = WEIR_FRAME_MODEL_STATUS;
    control->as.model_status.version = 4;
    control->as.model_status.state = WEIR_MODEL_ACTIVE;
    assert_err(uplink_send(f->uplink, control), WEIR_OK);
    expect(f, WEIR_FRAME_MODEL_STATUS);
    free(control);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_stream_is_delivered_from_hello_to_the_last_acknowledgement),
        TEST(hello_is_said_once_a_connection),
        TEST(without_credit_nothing_is_sent),
        TEST(never_more_in_flight_than_the_credit),
        TEST(an_acknowledgement_of_an_unknown_boot_changes_nothing_but_the_credit),
        TEST(after_a_restart_of_the_collector_it_goes_on_behind_what_is_committed),
        TEST(asked_to_state_itself_again_it_sends_again),
        TEST(refused_it_waits_longer_each_time_and_says_hello_again),
        TEST(a_stopping_collector_is_asked_again_soon),
        TEST(a_batch_refused_stays_and_is_not_offered_without_end),
        TEST(after_a_conflict_it_goes_on_under_a_new_boot_id),
        TEST(a_wire_version_that_is_not_ours_is_not_spoken),
        TEST(heartbeats_answer_with_the_stamps_of_the_peer),
        TEST(a_silent_collector_is_greeted_anew),
        TEST(a_lost_acknowledgement_is_asked_for),
        TEST(model_messages_reach_the_callback),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
