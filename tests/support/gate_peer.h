/* SPDX-License-Identifier: Apache-2.0
 *
 * gate_peer: a gate process and sensors' channels into it, for tests.
 *
 * A gate executes the program it belongs to again, so a test's main must call gate_peer_main().
 *
 * Owns:    the gate and its keys from gate_peer_set_up to gate_peer_tear_down.
 */
#ifndef WEIR_TESTS_SUPPORT_GATE_PEER_H
#define WEIR_TESTS_SUPPORT_GATE_PEER_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/gate/gate.h"
#include "collector/gate/gate_loop.h"

#include "tests/support/weir_test.h"

#define GATE_PEER_ROUNDS   1000
#define GATE_PEER_ROUND_MS 10

#if defined(__SANITIZE_THREAD__) /* gcc's word */
#define GATE_PEER_THREAD_SANITIZER 1
#elif defined(__has_feature) /* clang's */
#if __has_feature(thread_sanitizer)
#define GATE_PEER_THREAD_SANITIZER 1
#endif
#endif
#if defined(GATE_PEER_THREAD_SANITIZER)
/* The gate has no environment, so tests/support/tsan.supp does not reach it. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:libzmq.so\n";
}
#endif

struct gate_peer {
    struct weir_curve_key collector_key, sensor_key, stranger_key;
    struct gate *gate;
    char endpoint[200]; /* once it listens */
};

/* True, and *code is the exit code, when the program was called to be a gate. */
static inline bool gate_peer_main(int argc, char **argv, int *code)
{
    const bool is_gate = argc == 3 && strcmp(argv[1], GATE_ARGUMENT) == 0;
    if (is_gate) {
        *code = gate_loop_run((int)strtol(argv[2], NULL, 10));
    }
    return is_gate;
}

/* Waits for the next event of this kind; other kinds are passed over. */
static inline void gate_peer_expect(struct gate *gate, enum gate_event_kind kind,
                                    struct gate_event *out)
{
    struct weir_error error = {0};
    for (int i = 0; i < GATE_PEER_ROUNDS; i++) {
        const int code = gate_next(gate, out, &error);
        if (code == WEIR_OK && out->kind == kind) {
            return;
        }
        if (code != WEIR_OK && code != WEIR_EAGAIN) {
            fail_msg("%s", error.text);
        }
        if (code == WEIR_EAGAIN) {
            (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
        }
    }
    fail_msg("no gate event of kind %d came", (int)kind);
}

static inline int gate_peer_set_up(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)calloc(1, sizeof(*peer));
    struct weir_error error = {0};
    assert_non_null(peer);
    assert_err(weir_curve_key_init(&peer->collector_key), WEIR_OK);
    assert_err(weir_curve_key_init(&peer->sensor_key), WEIR_OK);
    assert_err(weir_curve_key_init(&peer->stranger_key), WEIR_OK);
    if (gate_new("tcp://127.0.0.1:*", &peer->collector_key, &peer->gate, &error) != WEIR_OK) {
        fail_msg("%s", error.text);
    }
    *state = peer;
    return 0;
}

static inline int gate_peer_tear_down(void **state)
{
    struct gate_peer *peer = (struct gate_peer *)*state;
    gate_free(peer->gate);
    free(peer);
    return 0;
}

static inline void gate_peer_learn_endpoint(struct gate_peer *peer, const struct gate_event *event)
{
    const char *port = strrchr(event->text, ':');
    assert_non_null(port);
    (void)snprintf(peer->endpoint, sizeof(peer->endpoint), "tcp://127.0.0.1%s", port);
}

/* Lets the sensor's key in and waits until the gate listens. */
static inline void gate_peer_listen(struct gate_peer *peer)
{
    struct gate_event event;
    assert_err(gate_allow(peer->gate,
                          (const char(*)[WEIR_CURVE_TEXT_SIZE]) & peer->sensor_key.public_z85, 1),
               WEIR_OK);
    gate_peer_expect(peer->gate, GATE_EVENT_LISTENING, &event);
    gate_peer_learn_endpoint(peer, &event);
}

static inline struct weir_channel *gate_peer_connect(const struct gate_peer *peer,
                                                     const struct weir_curve_key *key)
{
    struct weir_channel *channel = NULL;
    const struct weir_channel_options options = {.endpoint = peer->endpoint,
                                                 .key = key,
                                                 .server_public_z85 =
                                                     peer->collector_key.public_z85,
                                                 .seed = 1};
    assert_err(weir_channel_open(&options, &channel, NULL), WEIR_OK);
    return channel;
}

/* Sends once the connection stands. */
static inline void gate_peer_send(struct weir_channel *channel, const void *bytes, size_t size)
{
    int code = WEIR_EAGAIN;
    for (int i = 0; i < GATE_PEER_ROUNDS && code == WEIR_EAGAIN; i++) {
        code = weir_channel_send(channel, bytes, size);
        if (code == WEIR_EAGAIN) {
            (void)poll(NULL, 0, GATE_PEER_ROUND_MS);
        }
    }
    assert_err(code, WEIR_OK);
}

#endif
