/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/ingest.h"

#include <signal.h>
#include <sys/types.h>

#include "proto/control_codec.h"
#include "proto/flow_batch_codec.h"

#include "collector/order/order.h"

#include "tests/support/gate_peer.h"
#include "tests/support/model_file.h"
#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

#define JOBS_MAX     64
#define SENSOR_ID    7U
#define START_US     INT64_C(1767225600000000)
#define QUIET_ROUNDS 20

struct fixture {
    struct gate_peer *peer;
    struct order *order;
    struct model_offer offer;
    struct ingest *ingest;
    struct weir_channel *channel;
    struct weir_arena arena;
    struct weir_control control; /* received last */
    struct weir_control said;
    struct store_job *jobs[JOBS_MAX]; /* what the store was given */
    size_t job_count;
    bool store_is_full;
};

static bool take_job(void *context, struct store_job **job)
{
    struct fixture *f = (struct fixture *)context;
    if (f->store_is_full) {
        return false;
    }
    assert_true(f->job_count < JOBS_MAX);
    f->jobs[f->job_count++] = *job;
    *job = NULL;
    return true;
}

static struct order_now clocks(void)
{
    return (struct order_now){.mono = weir_mono_now(), .wall_us = weir_wall_now_us()};
}

static void set_roster(struct fixture *f, bool is_revoked)
{
    struct sensors_row row = {.id = SENSOR_ID, .name = "s1", .branch = "b1"};
    row.revoked = is_revoked;
    assert_true(weir_curve_bytes(f->peer->sensor_key.public_z85, row.public_key));
    const struct store_roster roster = {.sensors = &row, .count = 1};
    assert_err(ingest_set_roster(f->ingest, &roster, clocks()), WEIR_OK);
}

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    struct gate_event event;
    assert_non_null(f);
    (void)gate_peer_set_up((void **)&f->peer);
    assert_err(order_new(&order_defaults, &f->order), WEIR_OK);
    const struct ingest_options options = {.gate = f->peer->gate,
                                           .order = f->order,
                                           .offer = &f->offer,
                                           .give_job = take_job,
                                           .job_context = f,
                                           .heartbeat_us = 2000000,
                                           .max_lag_us = 60000000};
    assert_err(ingest_new(&options, &f->ingest), WEIR_OK);
    weir_arena_init(&f->arena, 0);
    set_roster(f, false);
    gate_peer_expect(f->peer->gate, GATE_EVENT_LISTENING, &event);
    gate_peer_learn_endpoint(f->peer, &event);
    f->channel = gate_peer_connect(f->peer, &f->peer->sensor_key);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    weir_channel_close(&f->channel);
    ingest_free(f->ingest);
    order_free(f->order);
    model_offer_fini(&f->offer);
    (void)gate_peer_tear_down((void **)&f->peer);
    for (size_t i = 0; i < f->job_count; i++) {
        free(f->jobs[i]);
    }
    weir_arena_fini(&f->arena);
    free(f);
    return 0;
}

static void turn(struct fixture *f)
{
    struct weir_error error = {0};
    if (ingest_receive(f->ingest, clocks(), &error) != WEIR_OK) {
        fail_msg("%s", error.text);
    }
    order_advance(f->order, clocks());
    ingest_send_acks(f->ingest);
}

static void say_on(struct fixture *f, struct weir_channel *channel)
{
    struct weir_buffer frame = {0};
    assert_err(weir_control_encode(&f->said, &frame, NULL), WEIR_OK);
    gate_peer_send(channel, frame.bytes, frame.size);
    weir_buffer_fini(&frame);
}

static bool receive(struct fixture *f, struct weir_channel *channel)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    struct weir_frame frame;
    if (weir_channel_recv(channel, &bytes, &size) != WEIR_OK) {
        return false;
    }
    weir_arena_reset(&f->arena);
    assert_err(weir_frame_decode(bytes, size, &frame, NULL), WEIR_OK);
    if (frame.payload_size == 0) {
        return false; /* the gate tried whether we live */
    }
    assert_err(weir_control_decode(&frame, &f->arena, &f->control, NULL), WEIR_OK);
    return true;
}

/* Turns until the sensor hears a message of this kind. */
static void expect_on(struct fixture *f, struct weir_channel *channel, enum weir_frame_kind kind)
{
    for (int i = 0; i < GATE_PEER_ROUNDS; i++) {
        turn(f);
        while (receive(f, channel)) {
            if (f->control.kind == kind) {
                return;
            }
        }
        (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
    }
    fail_msg("no message of kind %d came", (int)kind);
}

static void expect(struct fixture *f, enum weir_frame_kind kind)
{
    expect_on(f, f->channel, kind);
}

static void expect_refusal(struct fixture *f, struct weir_channel *channel, uint32_t code)
{
    expect_on(f, channel, WEIR_FRAME_REFUSE);
    assert_int_equal(f->control.as.refuse.code, code);
    assert_true(strlen(f->control.as.refuse.sentence) > 0);
}

static void fill_hello(struct fixture *f)
{
    memset(&f->said, 0, sizeof(f->said));
    f->said.kind = WEIR_FRAME_HELLO;
    f->said.as.hello.wire_oldest = WEIR_WIRE_VERSION_OLDEST;
    f->said.as.hello.wire_newest = WEIR_WIRE_VERSION;
    (void)snprintf(f->said.as.hello.program_version, sizeof(f->said.as.hello.program_version),
                   "0.1.0");
    f->said.as.hello.boot.bytes[0] = 0xb0;
    f->said.as.hello.boot.bytes[15] = (uint8_t)SENSOR_ID;
    (void)snprintf(f->said.as.hello.stream, sizeof(f->said.as.hello.stream), "replay");
}

static void join(struct fixture *f)
{
    fill_hello(f);
    say_on(f, f->channel);
    expect(f, WEIR_FRAME_WELCOME);
}

static void fill_heartbeat(struct fixture *f)
{
    memset(&f->said, 0, sizeof(f->said));
    f->said.kind = WEIR_FRAME_HEARTBEAT;
    f->said.as.heartbeat.sent_us = weir_wall_now_us();
    f->said.as.heartbeat.boot.bytes[0] = 0xb0;
    f->said.as.heartbeat.boot.bytes[15] = (uint8_t)SENSOR_ID;
    (void)snprintf(f->said.as.heartbeat.stream, sizeof(f->said.as.heartbeat.stream), "replay");
    f->said.as.heartbeat.low_us = INT64_MIN;
}

static size_t count_jobs(const struct fixture *f, enum store_job_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < f->job_count; i++) {
        count += f->jobs[i]->kind == kind ? 1 : 0;
    }
    return count;
}

static void a_hello_is_welcomed_and_the_session_recorded(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    join(f);
    assert_string_equal(f->control.as.welcome.stream, "replay");
    assert_true(f->control.as.welcome.credit_bytes > 0);
    assert_int_equal(f->control.as.welcome.heartbeat_us, 2000000);
    assert_int_equal(count_jobs(f, STORE_JOB_SESSION), 1);
    assert_string_equal(f->jobs[0]->session.stream, "replay");
    assert_int_equal(f->jobs[0]->session.boot.bytes[0], 0xb0);
}

static void the_session_names_the_oldest_boot_that_is_still_to_come(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    fill_hello(f);
    f->said.as.hello.boot_count = 2;
    f->said.as.hello.boots[0] = (struct weir_boot_range){.boot = {.bytes = {0xa0}},
                                                         .first_sequence = 3,
                                                         .last_sequence = 4};
    f->said.as.hello.boots[1].boot = f->said.as.hello.boot;
    say_on(f, f->channel);
    expect(f, WEIR_FRAME_WELCOME);
    assert_int_equal(f->jobs[0]->session.boot.bytes[0], 0xa0);
}

static void a_session_that_the_store_has_no_room_for_is_recorded_later(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->store_is_full = true;
    join(f);
    assert_int_equal(f->job_count, 0);
    f->store_is_full = false;
    turn(f);
    turn(f);
    assert_int_equal(count_jobs(f, STORE_JOB_SESSION), 1);
}

static void a_wire_version_that_nobody_speaks_is_refused_with_advice(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    fill_hello(f);
    f->said.as.hello.wire_oldest = WEIR_WIRE_VERSION + 1;
    f->said.as.hello.wire_newest = WEIR_WIRE_VERSION + 2;
    say_on(f, f->channel);
    expect_refusal(f, f->channel, WEIR_REFUSE_VERSION);
    assert_non_null(strstr(f->control.as.refuse.sentence, "upgrade"));
}

static void a_stream_that_the_store_would_not_take_is_refused_at_the_door(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    fill_hello(f);
    (void)snprintf(f->said.as.hello.stream, sizeof(f->said.as.hello.stream), "a b");
    say_on(f, f->channel);
    expect_refusal(f, f->channel, WEIR_REFUSE_STREAM);
    assert_non_null(strstr(f->control.as.refuse.sentence, "no blanks"));
}

static void who_has_not_said_hello_is_told_to_once(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    fill_heartbeat(f);
    for (int i = 0; i < 20; i++) {
        say_on(f, f->channel);
    }
    expect_refusal(f, f->channel, WEIR_REFUSE_RESTATE);
    for (int i = 0; i < QUIET_ROUNDS; i++) {
        turn(f);
        assert_false(receive(f, f->channel));
        (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
    }
    join(f);
}

static void a_heartbeat_is_answered_and_its_counters_stored(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    join(f);
    fill_heartbeat(f);
    f->said.as.heartbeat.counter_count = 1;
    (void)snprintf(f->said.as.heartbeat.counters[0].name, WEIR_COUNTER_NAME_SIZE, "packets.seen");
    f->said.as.heartbeat.counters[0].value = 12;
    say_on(f, f->channel);
    expect(f, WEIR_FRAME_HEARTBEAT);
    assert_true(f->control.as.heartbeat.echo_sent_us == f->said.as.heartbeat.sent_us);
    assert_int_equal(count_jobs(f, STORE_JOB_STATUS), 1);
    say_on(f, f->channel);
    expect(f, WEIR_FRAME_HEARTBEAT);
    assert_int_equal(count_jobs(f, STORE_JOB_STATUS), 1); /* not every heartbeat */
}

static void send_batch(struct fixture *f, uint64_t sequence)
{
    struct ready_batch *batch = store_rows_new(SENSOR_ID, sequence, 10, START_US, 1000);
    struct weir_flow_batch_encoder *encoder = NULL;
    struct weir_buffer frame = {0};
    (void)snprintf(batch->batch.stream, sizeof(batch->batch.stream), "replay");
    batch->batch.previous_sequence = sequence - 1;
    assert_err(weir_flow_batch_encoder_new(1, &encoder), WEIR_OK);
    assert_err(weir_flow_batch_encode(encoder, &batch->batch, &frame, NULL), WEIR_OK);
    gate_peer_send(f->channel, frame.bytes, frame.size);
    weir_buffer_fini(&frame);
    weir_flow_batch_encoder_free(encoder);
    store_rows_free(batch);
}

static void a_batch_is_acknowledged_only_after_its_commit(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct ready_batch *ready = NULL;
    join(f);
    send_batch(f, 1);
    memset(&f->said, 0, sizeof(f->said));
    f->said.kind = WEIR_FRAME_END_OF_STREAM;
    f->said.as.end_of_stream.boot.bytes[0] = 0xb0;
    f->said.as.end_of_stream.boot.bytes[15] = (uint8_t)SENSOR_ID;
    f->said.as.end_of_stream.last_sequence = 1;
    (void)snprintf(f->said.as.end_of_stream.stream, sizeof(f->said.as.end_of_stream.stream),
                   "replay");
    say_on(f, f->channel);
    for (int i = 0; i < GATE_PEER_ROUNDS && ready == NULL; i++) {
        turn(f);
        ready = order_pop_ready(f->order);
        if (ready == NULL) {
            (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
        }
    }
    assert_non_null(ready);
    assert_int_equal(ready->sensor_id, SENSOR_ID);
    assert_int_equal(ready->batch.count, 10);
    while (receive(f, f->channel)) {
        assert_true(f->control.kind != WEIR_FRAME_ACK || f->control.as.ack.committed_sequence == 0);
    }
    order_commit_done(f->order, &ready);
    do {
        expect(f, WEIR_FRAME_ACK);
    } while (f->control.as.ack.committed_sequence == 0);
    assert_int_equal(f->control.as.ack.committed_sequence, 1);
    assert_int_equal(ingest_counters(f->ingest).batches, 1);
    assert_int_equal(ingest_counters(f->ingest).records, 10);
}

static void a_number_stored_with_other_content_is_refused_and_ends_the_session(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct order_now now = {.mono = weir_mono_now(), .wall_us = weir_wall_now_us()};
    join(f);
    ingest_refuse_conflict(f->ingest, SENSOR_ID + 1, 7, now); /* nobody there: nothing to say */
    ingest_refuse_conflict(f->ingest, SENSOR_ID, 7, now);
    expect_refusal(f, f->channel, WEIR_REFUSE_CONFLICT);
    assert_non_null(strstr(f->control.as.refuse.sentence, "batch 7"));
    send_batch(f, 1);
    expect_refusal(f, f->channel, WEIR_REFUSE_RESTATE);
    join(f);
}

static void a_batch_that_cannot_be_read_is_refused_with_the_reason(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_buffer frame = {0};
    join(f);
    assert_err(weir_frame_encode(WEIR_FRAME_BATCH, "\x01\x02\x03", 3, &frame), WEIR_OK);
    gate_peer_send(f->channel, frame.bytes, frame.size);
    weir_buffer_fini(&frame);
    expect_refusal(f, f->channel, WEIR_REFUSE_PROTOCOL);
    assert_int_equal(ingest_counters(f->ingest).bad_batches, 1);
}

static void a_cloned_machine_is_refused_while_the_first_one_lives(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    join(f);
    struct weir_channel *clone = gate_peer_connect(f->peer, &f->peer->sensor_key);
    fill_hello(f);
    (void)snprintf(f->said.as.hello.stream, sizeof(f->said.as.hello.stream), "live");
    say_on(f, clone);
    expect_refusal(f, clone, WEIR_REFUSE_CLONE);
    fill_heartbeat(f); /* the first one is still in session, in its own stream */
    say_on(f, f->channel);
    expect(f, WEIR_FRAME_HEARTBEAT);
    weir_channel_close(&clone);
}

static void a_sensor_that_comes_back_after_a_cut_is_welcomed(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    join(f);
    weir_channel_close(&f->channel);
    (void)poll(NULL, 0, 20 * GATE_PEER_ROUND_MS);
    f->channel = gate_peer_connect(f->peer, &f->peer->sensor_key);
    join(f);
}

static void a_gate_that_dies_costs_only_a_hello(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct gate_event event;
    join(f);
    const pid_t gate = (pid_t)gate_pid(f->peer->gate);
    assert_int_equal(kill(gate, SIGKILL), 0);
    for (int i = 0; i < GATE_PEER_ROUNDS && gate_pid(f->peer->gate) == gate; i++) {
        turn(f);
        (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
    }
    while (gate_pid(f->peer->gate) == 0) {
        turn(f);
        (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
    }
    weir_channel_close(&f->channel);
    gate_peer_expect(f->peer->gate, GATE_EVENT_LISTENING, &event);
    gate_peer_learn_endpoint(f->peer, &event);
    f->channel = gate_peer_connect(f->peer, &f->peer->sensor_key);
    join(f);
}

static void a_revoked_sensor_is_told_and_not_heard_any_more(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    join(f);
    set_roster(f, true);
    expect_refusal(f, f->channel, WEIR_REFUSE_PROTOCOL);
    fill_heartbeat(f);
    say_on(f, f->channel);
    for (int i = 0; i < QUIET_ROUNDS; i++) {
        turn(f);
        assert_false(receive(f, f->channel));
        (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
    }
}

static void a_model_is_offered_pulled_and_its_fate_stored(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_buffer file = {0};
    model_file_encode("sensor", 3, MODEL_FILE_LONG, &file);
    assert_err(model_offer_load(&f->offer, file.bytes, file.size, NULL), WEIR_OK);
    fill_hello(f);
    say_on(f, f->channel);
    expect(f, WEIR_FRAME_MODEL_OFFER);
    assert_int_equal(f->control.as.model_offer.version, 3);
    memset(&f->said, 0, sizeof(f->said));
    f->said.kind = WEIR_FRAME_MODEL_PULL;
    f->said.as.model_pull = (struct weir_model_pull){.version = 3, .offset = 8, .length = 16};
    say_on(f, f->channel);
    expect(f, WEIR_FRAME_MODEL_CHUNK);
    assert_int_equal(f->control.as.model_chunk.size, 16);
    assert_memory_equal(f->control.as.model_chunk.bytes, file.bytes + 8, 16);
    memset(&f->said, 0, sizeof(f->said));
    f->said.kind = WEIR_FRAME_MODEL_STATUS;
    f->said.as.model_status.version = 3;
    f->said.as.model_status.state = WEIR_MODEL_ACTIVE;
    say_on(f, f->channel);
    for (int i = 0; i < GATE_PEER_ROUNDS && count_jobs(f, STORE_JOB_MODEL) == 0; i++) {
        turn(f);
        (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
    }
    assert_int_equal(count_jobs(f, STORE_JOB_MODEL), 1);
    weir_buffer_fini(&file);
}

static void a_message_that_sensors_do_not_send_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    join(f);
    memset(&f->said, 0, sizeof(f->said));
    f->said.kind = WEIR_FRAME_ACK;
    f->said.as.ack.boot.bytes[0] = 1;
    say_on(f, f->channel);
    expect_refusal(f, f->channel, WEIR_REFUSE_PROTOCOL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_hello_is_welcomed_and_the_session_recorded),
        TEST(the_session_names_the_oldest_boot_that_is_still_to_come),
        TEST(a_session_that_the_store_has_no_room_for_is_recorded_later),
        TEST(a_wire_version_that_nobody_speaks_is_refused_with_advice),
        TEST(a_stream_that_the_store_would_not_take_is_refused_at_the_door),
        TEST(who_has_not_said_hello_is_told_to_once),
        TEST(a_heartbeat_is_answered_and_its_counters_stored),
        TEST(a_batch_is_acknowledged_only_after_its_commit),
        TEST(a_number_stored_with_other_content_is_refused_and_ends_the_session),
        TEST(a_batch_that_cannot_be_read_is_refused_with_the_reason),
        TEST(a_cloned_machine_is_refused_while_the_first_one_lives),
        TEST(a_sensor_that_comes_back_after_a_cut_is_welcomed),
        TEST(a_gate_that_dies_costs_only_a_hello),
        TEST(a_revoked_sensor_is_told_and_not_heard_any_more),
        TEST(a_model_is_offered_pulled_and_its_fate_stored),
        TEST(a_message_that_sensors_do_not_send_is_refused),
    };
    int code = 0;
    return gate_peer_main(argc, argv, &code) ? code : cmocka_run_group_tests(tests, NULL, NULL);
}
