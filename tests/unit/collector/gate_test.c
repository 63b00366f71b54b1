/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/gate/gate.h"

#include <signal.h>
#include <sys/types.h>

#include "common/base/clock.h"

#include "proto/frame.h"

#include "tests/support/gate_peer.h"
#include "tests/support/weir_test.h"

#define QUIET_ROUNDS 30

static void send_frame(struct weir_channel *channel, const char *text)
{
    struct weir_buffer frame = {0};
    assert_err(weir_frame_encode(WEIR_FRAME_END_OF_STREAM, text, strlen(text), &frame), WEIR_OK);
    gate_peer_send(channel, frame.bytes, frame.size);
    weir_buffer_fini(&frame);
}

static void expect_frame(struct gate_peer *peer, const char *text, struct gate_event *event)
{
    struct weir_frame frame;
    gate_peer_expect(peer->gate, GATE_EVENT_FRAME, event);
    assert_string_equal(event->public_z85, peer->sensor_key.public_z85);
    assert_err(weir_frame_decode(event->frame, event->frame_size, &frame, NULL), WEIR_OK);
    assert_int_equal(frame.payload_size, strlen(text));
    assert_memory_equal(frame.payload, text, strlen(text));
}

static void it_does_not_listen_before_it_knows_whom_to_let_in(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    struct gate_event event;
    for (int i = 0; i < QUIET_ROUNDS; i++) {
        assert_err(gate_next(peer->gate, &event, NULL), WEIR_EAGAIN);
        (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
    }
    gate_peer_listen(peer);
}

static void a_known_key_is_heard_and_answered(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    struct gate_event event;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    int code = WEIR_EAGAIN;
    gate_peer_listen(peer);
    struct weir_channel *channel = gate_peer_connect(peer, &peer->sensor_key);
    send_frame(channel, "hello");
    expect_frame(peer, "hello", &event);
    const struct weir_routing_id from = event.from;
    assert_err(gate_send(peer->gate, &from, "an answer", 9), WEIR_OK);
    for (int i = 0; i < GATE_PEER_ROUNDS && code == WEIR_EAGAIN; i++) {
        code = weir_channel_recv(channel, &bytes, &size);
        if (code == WEIR_EAGAIN) {
            (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
        }
    }
    assert_err(code, WEIR_OK);
    assert_int_equal(size, 9);
    assert_memory_equal(bytes, "an answer", 9);
    weir_channel_close(&channel);
}

static void a_connection_that_ended_is_probed_dead(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    struct gate_event event;
    gate_peer_listen(peer);
    struct weir_channel *channel = gate_peer_connect(peer, &peer->sensor_key);
    send_frame(channel, "hello");
    expect_frame(peer, "hello", &event);
    const struct weir_routing_id from = event.from;
    assert_err(gate_probe(peer->gate, &from), WEIR_OK);
    gate_peer_expect(peer->gate, GATE_EVENT_PROBED, &event);
    assert_true(event.alive);
    assert_int_equal(event.from.size, from.size);
    weir_channel_close(&channel);
    for (int i = 0; i < GATE_PEER_ROUNDS && event.alive; i++) {
        assert_err(gate_probe(peer->gate, &from), WEIR_OK);
        gate_peer_expect(peer->gate, GATE_EVENT_PROBED, &event);
    }
    assert_false(event.alive);
}

static void an_unknown_key_is_refused_by_fingerprint(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    struct gate_event event;
    char fingerprint[WEIR_FINGERPRINT_SIZE];
    gate_peer_listen(peer);
    struct weir_channel *channel = gate_peer_connect(peer, &peer->stranger_key);
    gate_peer_expect(peer->gate, GATE_EVENT_REFUSED, &event);
    assert_true(weir_curve_fingerprint(peer->stranger_key.public_z85, fingerprint));
    assert_non_null(strstr(event.text, fingerprint));
    assert_non_null(strstr(event.text, "127.0.0.1"));
    weir_channel_close(&channel);
}

static void what_is_no_frame_does_not_pass(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    struct gate_event event;
    gate_peer_listen(peer);
    struct weir_channel *channel = gate_peer_connect(peer, &peer->sensor_key);
    gate_peer_send(channel, "these bytes are not a frame at all", 34);
    send_frame(channel, "this one is");
    expect_frame(peer, "this one is", &event);
    weir_channel_close(&channel);
}

static void a_killed_gate_is_started_again_and_told_everything(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    struct gate_event event;
    gate_peer_listen(peer);
    const pid_t first = (pid_t)gate_pid(peer->gate);
    assert_true(first > 0);
    assert_int_equal(kill(first, SIGKILL), 0);
    gate_peer_expect(peer->gate, GATE_EVENT_RESTARTED, &event);
    assert_err(gate_send(peer->gate, &event.from, "lost", 4), WEIR_EPEER);
    gate_peer_expect(peer->gate, GATE_EVENT_LISTENING, &event);
    assert_true(gate_pid(peer->gate) > 0 && gate_pid(peer->gate) != first);
    gate_peer_learn_endpoint(peer, &event);
    struct weir_channel *channel = gate_peer_connect(peer, &peer->sensor_key);
    send_frame(channel, "again");
    expect_frame(peer, "again", &event);
    weir_channel_close(&channel);
}

static void keys_given_while_it_is_dead_reach_the_next_one(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    struct gate_event event;
    assert_int_equal(kill((pid_t)gate_pid(peer->gate), SIGKILL), 0);
    gate_peer_expect(peer->gate, GATE_EVENT_RESTARTED, &event);
    gate_peer_listen(peer);
    struct weir_channel *channel = gate_peer_connect(peer, &peer->sensor_key);
    send_frame(channel, "in");
    expect_frame(peer, "in", &event);
    weir_channel_close(&channel);
}

static void a_gate_that_hangs_does_not_hold_up_its_owner(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    gate_peer_listen(peer);
    const struct weir_mono since = weir_mono_now();
    assert_int_equal(kill((pid_t)gate_pid(peer->gate), SIGSTOP), 0);
    gate_free(peer->gate);
    peer->gate = NULL;
    assert_true(weir_mono_since_us(weir_mono_now(), since) < INT64_C(5000000));
}

static void signals_meant_for_the_collector_leave_it_alone(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    struct gate_event event;
    gate_peer_listen(peer);
    const pid_t pid = (pid_t)gate_pid(peer->gate);
    assert_int_equal(kill(pid, SIGTERM) + kill(pid, SIGINT) + kill(pid, SIGHUP), 0);
    struct weir_channel *channel = gate_peer_connect(peer, &peer->sensor_key);
    send_frame(channel, "still here");
    expect_frame(peer, "still here", &event);
    assert_int_equal(gate_pid(peer->gate), pid);
    weir_channel_close(&channel);
}

static void a_place_where_nobody_can_listen_is_for_a_person(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    struct gate *gate = NULL;
    struct gate_event event;
    struct weir_error error = {0};
    int code = WEIR_EAGAIN;
    assert_err(gate_new("tcp://no.such.host.invalid:1", &peer->collector_key, &gate, &error),
               WEIR_OK);
    assert_err(gate_allow(gate, NULL, 0), WEIR_OK);
    for (int i = 0; i < GATE_PEER_ROUNDS && code == WEIR_EAGAIN; i++) {
        code = gate_next(gate, &event, &error);
        (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
    }
    assert_err(code, WEIR_EIO);
    assert_non_null(strstr(error.text, "no.such.host.invalid"));
    gate_free(gate);
    char longest[300];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_err(gate_new(longest, &peer->collector_key, &gate, &error), WEIR_EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gate_peer_set_up, gate_peer_tear_down)

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(it_does_not_listen_before_it_knows_whom_to_let_in),
        TEST(a_known_key_is_heard_and_answered),
        TEST(a_connection_that_ended_is_probed_dead),
        TEST(an_unknown_key_is_refused_by_fingerprint),
        TEST(what_is_no_frame_does_not_pass),
        TEST(a_killed_gate_is_started_again_and_told_everything),
        TEST(keys_given_while_it_is_dead_reach_the_next_one),
        TEST(a_gate_that_hangs_does_not_hold_up_its_owner),
        TEST(signals_meant_for_the_collector_leave_it_alone),
        TEST(a_place_where_nobody_can_listen_is_for_a_person),
    };
    int code = 0;
    return gate_peer_main(argc, argv, &code) ? code : cmocka_run_group_tests(tests, NULL, NULL);
}
