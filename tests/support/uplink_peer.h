/* SPDX-License-Identifier: Apache-2.0
 *
 * uplink_peer: the collector's end of an uplink, in the test's own process.
 *
 * It answers nothing by itself: the test receives, and says what it wants said.
 *
 * Owns:    server and keys from uplink_peer_open to uplink_peer_close.
 */
#ifndef WEIR_TESTS_SUPPORT_UPLINK_PEER_H
#define WEIR_TESTS_SUPPORT_UPLINK_PEER_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/buffer.h"

#include "proto/channel.h"
#include "proto/control_codec.h"
#include "proto/flow_batch_codec.h"

#include "tests/support/weir_test.h"

#define UPLINK_PEER_ROUNDS   1500
#define UPLINK_PEER_ROUND_MS 10
#define UPLINK_PEER_ARENA    (16U * 1024U * 1024U)

struct uplink_peer {
    struct weir_curve_key collector_key, sensor_key;
    struct weir_channel_server *server;
    char endpoint[128];
    struct weir_flow_batch_decoder *decoder;
    struct weir_arena arena;
    struct weir_buffer frame;
    struct weir_routing_id from; /* who spoke last */
    uint64_t capabilities;       /* said with each WELCOME */

    enum weir_frame_kind kind; /* of what came last */
    struct weir_control control;
    struct weir_flow_batch batch; /* good until the next message */
    size_t frame_size;
};

static inline void uplink_peer_listen(struct uplink_peer *peer, const char *endpoint)
{
    const struct weir_channel_server_options options = {.endpoint = endpoint,
                                                        .key = &peer->collector_key};
    struct weir_error error = {0};
    int code = WEIR_EIO;
    for (int i = 0; i < UPLINK_PEER_ROUNDS && code != WEIR_OK; i++) { /* the port may linger */
        code = weir_channel_server_open(&options, &peer->server, &error);
        (void)poll(NULL, 0, code == WEIR_OK ? 0 : UPLINK_PEER_ROUND_MS);
    }
    assert_err(code, WEIR_OK);
    assert_err(weir_channel_server_allow(peer->server,
                                         (const char(*)[WEIR_CURVE_TEXT_SIZE]) &
                                             peer->sensor_key.public_z85,
                                         1),
               WEIR_OK);
    (void)snprintf(peer->endpoint, sizeof(peer->endpoint), "%s",
                   weir_channel_server_endpoint(peer->server));
}

static inline void uplink_peer_open(struct uplink_peer *peer)
{
    memset(peer, 0, sizeof(*peer));
    assert_err(weir_curve_key_init(&peer->collector_key), WEIR_OK);
    assert_err(weir_curve_key_init(&peer->sensor_key), WEIR_OK);
    assert_err(weir_flow_batch_decoder_new(&peer->decoder), WEIR_OK);
    weir_arena_init(&peer->arena, UPLINK_PEER_ARENA);
    uplink_peer_listen(peer, "tcp://127.0.0.1:*");
}

static inline void uplink_peer_close(struct uplink_peer *peer)
{
    weir_channel_server_close(&peer->server);
    weir_flow_batch_decoder_free(peer->decoder);
    weir_arena_fini(&peer->arena);
    weir_buffer_fini(&peer->frame);
}

/* Dies and comes back at the same place: what was not read is lost. */
static inline void uplink_peer_restart(struct uplink_peer *peer)
{
    char endpoint[128];
    memcpy(endpoint, peer->endpoint, sizeof(endpoint));
    weir_channel_server_close(&peer->server);
    uplink_peer_listen(peer, endpoint);
}

/* True when something came; peer->kind says what. */
static inline bool uplink_peer_receive(struct uplink_peer *peer)
{
    struct weir_channel_message message;
    struct weir_frame frame;
    if (weir_channel_server_recv(peer->server, &message) != WEIR_OK) {
        return false;
    }
    weir_arena_reset(&peer->arena);
    peer->from = message.from;
    peer->frame_size = message.size;
    assert_err(weir_frame_decode(message.bytes, message.size, &frame, NULL), WEIR_OK);
    peer->kind = frame.kind;
    if (frame.kind == WEIR_FRAME_BATCH || frame.kind == WEIR_FRAME_PRIORITY) {
        assert_err(weir_flow_batch_decode(peer->decoder, &frame, &peer->arena, &peer->batch, NULL),
                   WEIR_OK);
    } else {
        assert_err(weir_control_decode(&frame, &peer->arena, &peer->control, NULL), WEIR_OK);
    }
    return true;
}

/* Who spoke last may be gone by now; then it says hello again. */
static inline void uplink_peer_send(struct uplink_peer *peer, const struct weir_control *control)
{
    weir_buffer_reset(&peer->frame);
    assert_err(weir_control_encode(control, &peer->frame, NULL), WEIR_OK);
    const int code =
        weir_channel_server_send(peer->server, &peer->from, peer->frame.bytes, peer->frame.size);
    assert_true(code == WEIR_OK || code == WEIR_EPEER);
}

static inline void uplink_peer_welcome(struct uplink_peer *peer, uint64_t credit_bytes,
                                       const struct weir_boot_id *boot, uint64_t committed)
{
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    assert_non_null(control);
    control->kind = WEIR_FRAME_WELCOME;
    struct weir_welcome *welcome = &control->as.welcome;
    welcome->wire_version = WEIR_WIRE_VERSION;
    welcome->credit_bytes = credit_bytes;
    welcome->heartbeat_us = 10000000;
    welcome->capabilities = peer->capabilities;
    (void)snprintf(welcome->stream, sizeof(welcome->stream), "replay");
    welcome->boots[0] = (struct weir_boot_commit){.boot = *boot, .committed_sequence = committed};
    welcome->boot_count = 1;
    uplink_peer_send(peer, control);
    free(control);
}

static inline void uplink_peer_ack(struct uplink_peer *peer, uint64_t credit_bytes,
                                   const struct weir_boot_id *boot, uint64_t committed)
{
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    assert_non_null(control);
    control->kind = WEIR_FRAME_ACK;
    control->as.ack = (struct weir_ack){.boot = *boot,
                                        .committed_sequence = committed,
                                        .received_sequence = committed,
                                        .credit_bytes = credit_bytes};
    uplink_peer_send(peer, control);
    free(control);
}

static inline void uplink_peer_refuse(struct uplink_peer *peer, enum weir_refuse_code code)
{
    struct weir_control *control = (struct weir_control *)calloc(1, sizeof(*control));
    assert_non_null(control);
    control->kind = WEIR_FRAME_REFUSE;
    control->as.refuse = (struct weir_refuse){.code = code, .sentence = "the test says no"};
    uplink_peer_send(peer, control);
    free(control);
}

#endif
