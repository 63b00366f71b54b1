/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "proto/control_codec.h"
#include "proto/flow_batch_codec.h"

#include "collector/ingest/ingest.h"

#include "tests/support/gate_peer.h"
#include "tests/support/random_batch.h"
#include "tests/support/store_rows.h"
#include "tests/support/weir_test.h"

#define SENSOR_ID 7U

struct fixture {
    struct gate_peer *peer;
    struct order *order;
    struct model_offer offer;
    struct ingest *ingest;
    struct weir_channel *channel;
    struct weir_arena arena;
    struct weir_control control; /* received last */
    uint64_t flagged_flow_id;    /* of the last record that came ahead */
    size_t flagged;
};

static void take_flagged(struct fixture *f, const struct ready_batch *batch)
{
    assert_int_equal(batch->sensor_id, SENSOR_ID);
    assert_true(batch->received_us > 0);
    f->flagged += batch->batch.count;
    f->flagged_flow_id = batch->batch.records[batch->batch.count - 1].flow_id;
}

static bool take_job(void *context, struct store_job **job)
{
    if ((*job)->kind == STORE_JOB_FLAGGED) {
        take_flagged((struct fixture *)context, (*job)->batches[0]);
        flow_row_batch_free((*job)->batches[0]);
    }
    free(*job);
    *job = NULL;
    return true;
}

static struct order_now clocks(void)
{
    return (struct order_now){.mono = weir_mono_now(), .wall_us = weir_wall_now_us()};
}

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    struct gate_event event;
    struct sensors_row row = {.id = SENSOR_ID, .name = "s1", .branch = "b1"};
    assert_non_null(f);
    (void)gate_peer_set_up((void **)&f->peer);
    assert_err(order_new(&order_defaults, &f->order), WEIR_OK);
    const struct ingest_options options = {.gate = f->peer->gate,
                                           .order = f->order,
                                           .offer = &f->offer,
                                           .give_job = take_job,
                                           .heartbeat_us = 2000000,
                                           .job_context = f,
                                           .max_lag_us = 60000000};
    assert_err(ingest_new(&options, &f->ingest), WEIR_OK);
    weir_arena_init(&f->arena, 0);
    assert_true(weir_curve_bytes(f->peer->sensor_key.public_z85, row.public_key));
    const struct store_roster roster = {.sensors = &row, .count = 1};
    assert_err(ingest_set_roster(f->ingest, &roster, clocks()), WEIR_OK);
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
    weir_arena_fini(&f->arena);
    free(f);
    return 0;
}

/* Turns until the sensor hears a message of this kind; 0: until a flagged record has come. */
static void turn_until(struct fixture *f, int kind)
{
    for (int i = 0; i < GATE_PEER_ROUNDS; i++) {
        const uint8_t *bytes = NULL;
        size_t size = 0;
        struct weir_frame frame;
        assert_err(ingest_receive(f->ingest, clocks(), NULL), WEIR_OK);
        while (weir_channel_recv(f->channel, &bytes, &size) == WEIR_OK) {
            assert_err(weir_frame_decode(bytes, size, &frame, NULL), WEIR_OK);
            weir_arena_reset(&f->arena);
            assert_err(weir_control_decode(&frame, &f->arena, &f->control, NULL), WEIR_OK);
            if ((int)f->control.kind == kind) {
                return;
            }
        }
        if (kind == 0 && f->flagged > 0) {
            return;
        }
        (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
    }
    fail_msg("no message of kind %d came", kind);
}

static void join(struct fixture *f)
{
    struct weir_buffer frame = {0};
    memset(&f->control, 0, sizeof(f->control));
    f->control.kind = WEIR_FRAME_HELLO;
    f->control.as.hello.wire_oldest = WEIR_WIRE_VERSION_OLDEST;
    f->control.as.hello.wire_newest = WEIR_WIRE_VERSION;
    f->control.as.hello.boot.bytes[0] = 0xb0;
    memcpy(f->control.as.hello.program_version, "0.1.0", 6);
    memcpy(f->control.as.hello.stream, "live", 5);
    assert_err(weir_control_encode(&f->control, &frame, NULL), WEIR_OK);
    gate_peer_send(f->channel, frame.bytes, frame.size);
    weir_buffer_fini(&frame);
    turn_until(f, WEIR_FRAME_WELCOME);
    assert_true((f->control.as.welcome.capabilities & WEIR_CAPABILITY_PRIORITY) != 0);
}

static void say_flagged(struct fixture *f, uint64_t sequence)
{
    struct weir_flow_batch_encoder *encoder = NULL;
    struct weir_flow_record record;
    struct weir_flow_batch batch;
    struct weir_buffer frame = {0};
    struct weir_rng rng;
    weir_rng_init(&rng, 1);
    test_random_batch(&rng, 0.1, &record, 1, &batch);
    record.flow_id = 77;
    batch.sequence = sequence;
    assert_err(weir_flow_batch_encoder_new(WEIR_ZSTD_LEVEL_NONE, &encoder), WEIR_OK);
    assert_err(weir_flow_batch_encode_priority(encoder, &batch, &frame, NULL), WEIR_OK);
    gate_peer_send(f->channel, frame.bytes, frame.size);
    weir_flow_batch_encoder_free(encoder);
    weir_buffer_fini(&frame);
}

static void a_flagged_record_is_handed_on_and_is_no_batch(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    join(f);
    say_flagged(f, 0);
    turn_until(f, 0);
    assert_true(f->flagged_flow_id == 77);
    assert_true(ingest_counters(f->ingest).flagged == 1);
    assert_true(ingest_counters(f->ingest).batches == 0);
    assert_true(ingest_counters(f->ingest).records == 0);
}

static void a_priority_frame_with_a_sequence_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    join(f);
    say_flagged(f, 5);
    turn_until(f, WEIR_FRAME_REFUSE);
    assert_int_equal(f->control.as.refuse.code, WEIR_REFUSE_PROTOCOL);
    assert_true(f->flagged == 0);
}

int main(int argc, char **argv)
{
    int code = 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flagged_record_is_handed_on_and_is_no_batch, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_priority_frame_with_a_sequence_is_refused, set_up,
                                        tear_down),
    };
    return gate_peer_main(argc, argv, &code) ? code : cmocka_run_group_tests(tests, NULL, NULL);
}
