/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/channel.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/frame.h"

#include "tests/support/weir_test.h"

#define WAIT_ROUNDS 2500 /* a peer put off is let go after the handshake's 10 s */
#define ROUND_MS    10
#define QUIET_MS    400

struct fixture {
    struct weir_curve_key server_key, sensor_key, stranger_key;
    struct weir_channel_server *server;
    struct weir_channel *channel;
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_err(weir_curve_key_init(&f->server_key), 0);
    assert_err(weir_curve_key_init(&f->sensor_key), 0);
    assert_err(weir_curve_key_init(&f->stranger_key), 0);
    const struct weir_channel_server_options options = {.endpoint = "tcp://127.0.0.1:*",
                                                        .key = &f->server_key};
    assert_err(weir_channel_server_open(&options, &f->server, NULL), 0);
    assert_err(weir_channel_server_allow(
                   f->server, (const char(*)[WEIR_CURVE_TEXT_SIZE]) & f->sensor_key.public_z85, 1),
               0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    weir_channel_close(&f->channel);
    weir_channel_server_close(&f->server);
    free(f);
    return 0;
}

static void open_channel(struct fixture *f, const struct weir_curve_key *key,
                         const char *server_public)
{
    const struct weir_channel_options options = {
        .endpoint = weir_channel_server_endpoint(f->server),
        .key = key,
        .server_public_z85 = server_public,
        .seed = 1,
    };
    assert_err(weir_channel_open(&options, &f->channel, NULL), 0);
}

static void pause_round(void)
{
    (void)poll(NULL, 0, ROUND_MS);
}

static int send_when_possible(struct weir_channel *channel, const void *bytes, size_t size)
{
    int err = WEIR_EAGAIN;
    for (int i = 0; i < WAIT_ROUNDS && err == WEIR_EAGAIN; i++) {
        err = weir_channel_send(channel, bytes, size);
        if (err == WEIR_EAGAIN) {
            pause_round();
        }
    }
    return err;
}

static int server_receives(struct weir_channel_server *server, struct weir_channel_message *out)
{
    int err = WEIR_EAGAIN;
    for (int i = 0; i < WAIT_ROUNDS && err == WEIR_EAGAIN; i++) {
        err = weir_channel_server_recv(server, out);
        if (err == WEIR_EAGAIN) {
            pause_round();
        }
    }
    return err;
}

static int next_event(struct weir_channel *channel, struct weir_channel_event *out)
{
    int err = WEIR_EAGAIN;
    for (int i = 0; i < WAIT_ROUNDS && err == WEIR_EAGAIN; i++) {
        err = weir_channel_next_event(channel, out);
        if (err == WEIR_EAGAIN) {
            pause_round();
        }
    }
    return err;
}

/* Nothing gets through in a while in which a known key would have. */
static void assert_silent(struct fixture *f)
{
    struct weir_channel_message message;
    for (int i = 0; i < QUIET_MS / ROUND_MS; i++) {
        const int sent = weir_channel_send(f->channel, "x", 1);
        assert_true(sent == WEIR_EAGAIN || sent == 0);
        assert_err(weir_channel_server_recv(f->server, &message), WEIR_EAGAIN);
        pause_round();
    }
}

static void a_known_key_passes_and_names_its_sender(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    open_channel(f, &f->sensor_key, f->server_key.public_z85);
    struct weir_channel_event event;
    assert_err(next_event(f->channel, &event), 0);
    assert_int_equal(event.kind, WEIR_CHANNEL_CONNECTED);
    assert_err(send_when_possible(f->channel, "hello", 5), 0);
    struct weir_channel_message message;
    assert_err(server_receives(f->server, &message), 0);
    assert_int_equal(message.size, 5);
    assert_memory_equal(message.bytes, "hello", 5);
    assert_string_equal(message.public_z85, f->sensor_key.public_z85);
    assert_err(weir_channel_server_send(f->server, &message.from, "welcome", 7), 0);
    const uint8_t *bytes = NULL;
    size_t size = 0;
    int err = WEIR_EAGAIN;
    for (int i = 0; i < WAIT_ROUNDS && err == WEIR_EAGAIN; i++) {
        err = weir_channel_recv(f->channel, &bytes, &size);
        if (err != 0) {
            pause_round();
        }
    }
    assert_err(err, 0);
    assert_int_equal(size, 7);
    assert_memory_equal(bytes, "welcome", 7);
}

static void an_unknown_key_is_refused_and_reported(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    open_channel(f, &f->stranger_key, f->server_key.public_z85);
    struct weir_channel_event event;
    assert_err(next_event(f->channel, &event), 0);
    assert_int_equal(event.kind, WEIR_CHANNEL_REJECTED);
    assert_non_null(strstr(event.sentence, "enrol"));
    struct weir_channel_refusal refusal;
    assert_err(weir_channel_server_refusal(f->server, &refusal), 0);
    assert_string_equal(refusal.public_z85, f->stranger_key.public_z85);
    char fingerprint[WEIR_FINGERPRINT_SIZE];
    assert_true(weir_curve_fingerprint(f->stranger_key.public_z85, fingerprint));
    assert_string_equal(refusal.fingerprint, fingerprint);
    assert_string_equal(refusal.address, "127.0.0.1");
    assert_silent(f);
}

static void assert_next_event(struct fixture *f, enum weir_channel_event_kind kind)
{
    struct weir_channel_event event = {0};
    assert_err(next_event(f->channel, &event), 0);
    for (int i = 0; i < WAIT_ROUNDS && event.kind != kind; i++) {
        assert_err(next_event(f->channel, &event), 0);
    }
    assert_int_equal(event.kind, kind);
}

static void a_rejected_channel_enters_when_it_tries_again_after_enrolment(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    open_channel(f, &f->stranger_key, f->server_key.public_z85);
    assert_next_event(f, WEIR_CHANNEL_REJECTED);
    assert_err(weir_channel_server_allow(f->server,
                                         (const char(*)[WEIR_CURVE_TEXT_SIZE]) &
                                             f->stranger_key.public_z85,
                                         1),
               0);
    assert_silent(f); /* it does not try by itself */
    assert_err(weir_channel_reconnect(f->channel), 0);
    assert_next_event(f, WEIR_CHANNEL_CONNECTED);
    assert_err(send_when_possible(f->channel, "hello", 5), 0);
    struct weir_channel_message message;
    assert_err(server_receives(f->server, &message), 0);
    assert_string_equal(message.public_z85, f->stranger_key.public_z85);
}

static void peers_that_come_before_the_list_wait_for_it(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    weir_channel_server_close(&f->server);
    const struct weir_channel_server_options options = {.endpoint = "tcp://127.0.0.1:*",
                                                        .key = &f->server_key};
    assert_err(weir_channel_server_open(&options, &f->server, NULL), 0);
    open_channel(f, &f->sensor_key, f->server_key.public_z85);
    assert_silent(f);
    struct weir_channel_refusal refusal;
    assert_err(weir_channel_server_refusal(f->server, &refusal), WEIR_EAGAIN);
    assert_err(weir_channel_server_allow(
                   f->server, (const char(*)[WEIR_CURVE_TEXT_SIZE]) & f->sensor_key.public_z85, 1),
               0);
    assert_next_event(f, WEIR_CHANNEL_CONNECTED);
}

static void a_server_closes_while_peers_wait_for_the_list(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    weir_channel_server_close(&f->server);
    const struct weir_channel_server_options options = {.endpoint = "tcp://127.0.0.1:*",
                                                        .key = &f->server_key};
    assert_err(weir_channel_server_open(&options, &f->server, NULL), 0);
    open_channel(f, &f->sensor_key, f->server_key.public_z85);
    assert_silent(f); /* and torn down so */
}

static void a_key_that_is_allowed_later_enters_without_restart(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    char keys[2][WEIR_CURVE_TEXT_SIZE];
    memcpy(keys[0], f->sensor_key.public_z85, sizeof(keys[0]));
    memcpy(keys[1], f->stranger_key.public_z85, sizeof(keys[1]));
    assert_err(weir_channel_server_allow(f->server, (const char(*)[WEIR_CURVE_TEXT_SIZE])keys, 2),
               0);
    open_channel(f, &f->stranger_key, f->server_key.public_z85);
    assert_err(send_when_possible(f->channel, "hello", 5), 0);
    struct weir_channel_message message;
    assert_err(server_receives(f->server, &message), 0);
    assert_string_equal(message.public_z85, f->stranger_key.public_z85);
    keys[1][0] = '~';
    assert_err(weir_channel_server_allow(f->server, (const char(*)[WEIR_CURVE_TEXT_SIZE])keys, 2),
               WEIR_EFORMAT);
}

static void a_wrong_collector_key_gives_no_connection(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    open_channel(f, &f->sensor_key, f->stranger_key.public_z85);
    assert_silent(f);
    struct weir_channel_event event;
    assert_err(weir_channel_next_event(f->channel, &event), 0);
    assert_true(event.kind != WEIR_CHANNEL_CONNECTED);
    assert_non_null(strstr(event.sentence, "key of the collector"));
}

static void a_peer_without_curve_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    void *context = zmq_ctx_new();
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    const int zero = 0;
    assert_int_equal(zmq_setsockopt(dealer, ZMQ_LINGER, &zero, sizeof(zero)), 0);
    assert_int_equal(zmq_connect(dealer, weir_channel_server_endpoint(f->server)), 0);
    (void)zmq_send(dealer, "hello", 5, ZMQ_DONTWAIT);
    struct weir_channel_message message;
    for (int i = 0; i < QUIET_MS / ROUND_MS; i++) {
        assert_err(weir_channel_server_recv(f->server, &message), WEIR_EAGAIN);
        pause_round();
    }
    (void)zmq_close(dealer);
    (void)zmq_ctx_term(context);
}

/* A peer of ours never sends it, so this one is a bare socket with a known key. */
static void a_message_over_the_maximum_drops_its_peer(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_err(weir_channel_send(NULL, NULL, WEIR_FRAME_WIRE_MAX + 1), WEIR_ELIMIT);
    void *context = zmq_ctx_new();
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    const int zero = 0;
    (void)zmq_setsockopt(dealer, ZMQ_LINGER, &zero, sizeof(zero));
    (void)zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, f->server_key.public_z85, 41);
    (void)zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, f->sensor_key.public_z85, 41);
    (void)zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, f->sensor_key.secret_z85, 41);
    assert_int_equal(zmq_connect(dealer, weir_channel_server_endpoint(f->server)), 0);
    assert_int_equal(zmq_send(dealer, "hello", 5, 0), 5);
    struct weir_channel_message message;
    assert_err(server_receives(f->server, &message), 0);
    const struct weir_routing_id first = message.from;
    const size_t size = WEIR_FRAME_WIRE_MAX + 1000;
    void *large = calloc(1, size);
    assert_non_null(large);
    assert_int_equal(zmq_send(dealer, large, size, 0), (int)size);
    free(large);
    int err = 0;
    for (int i = 0; i < WAIT_ROUNDS && err != WEIR_EPEER; i++) {
        assert_err(weir_channel_server_recv(f->server, &message), WEIR_EAGAIN);
        err = weir_channel_server_send(f->server, &first, "x", 1);
        pause_round();
    }
    assert_err(err, WEIR_EPEER);
    (void)zmq_close(dealer);
    (void)zmq_ctx_term(context);
}

static void an_unknown_routing_id_is_no_peer(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct weir_routing_id nobody = {.size = 5, .bytes = {0, 1, 2, 3, 4}};
    assert_err(weir_channel_server_send(f->server, &nobody, "x", 1), WEIR_EPEER);
}

static void an_endpoint_that_cannot_be_used_is_a_sentence(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_error error = {0};
    struct weir_channel_server *second = NULL;
    const struct weir_channel_server_options options = {.endpoint =
                                                            weir_channel_server_endpoint(f->server),
                                                        .key = &f->server_key};
    assert_err(weir_channel_server_open(&options, &second, &error), WEIR_EIO);
    assert_null(second);
    assert_non_null(strstr(error.text, "cannot listen"));
    struct weir_channel *channel = NULL;
    const struct weir_channel_options wrong = {.endpoint = "nowhere",
                                               .key = &f->sensor_key,
                                               .server_public_z85 = "short"};
    assert_err(weir_channel_open(&wrong, &channel, &error), WEIR_EINVAL);
    assert_null(channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_known_key_passes_and_names_its_sender, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_key_is_refused_and_reported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_rejected_channel_enters_when_it_tries_again_after_enrolment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(peers_that_come_before_the_list_wait_for_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_server_closes_while_peers_wait_for_the_list, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_key_that_is_allowed_later_enters_without_restart, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_wrong_collector_key_gives_no_connection, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_peer_without_curve_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_over_the_maximum_drops_its_peer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_routing_id_is_no_peer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_endpoint_that_cannot_be_used_is_a_sentence, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
