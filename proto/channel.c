/* SPDX-License-Identifier: Apache-2.0 */
/* A sensor's end; channel_server.c is the collector's. */
#include "proto/channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/base/rng.h"

#include "proto/channel_socket.h"
#include "proto/frame.h"

#define RECONNECT_FIRST_MS  500
#define RECONNECT_JITTER_MS 500
#define RECONNECT_MAX_MS    60000
#define ENDPOINT_SIZE       256

struct weir_channel {
    void *context;
    void *socket;
    void *monitor;
    zmq_msg_t held; /* what recv lent last */
    char endpoint[ENDPOINT_SIZE];
};

static int set_client_options(void *socket, const struct weir_channel_options *options)
{
    struct weir_rng rng;
    weir_rng_init(&rng, options->seed);
    const int reconnect_ms = RECONNECT_FIRST_MS + (int)weir_rng_below(&rng, RECONNECT_JITTER_MS);
    int err = weir_channel_socket_init(socket, options->heartbeat_ms);
    err |= weir_channel_socket_set(socket, ZMQ_IMMEDIATE, 1);
    err |= weir_channel_socket_set(socket, ZMQ_RECONNECT_IVL, reconnect_ms);
    err |= weir_channel_socket_set(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
    err |= zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, options->server_public_z85,
                          WEIR_CURVE_TEXT_SIZE);
    err |=
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, options->key->public_z85, WEIR_CURVE_TEXT_SIZE);
    err |=
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, options->key->secret_z85, WEIR_CURVE_TEXT_SIZE);
    return err == 0 ? 0 : WEIR_EIO;
}

static int watch(struct weir_channel *channel)
{
    const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
                       ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    if (zmq_socket_monitor(channel->socket, "inproc://monitor", events) != 0) {
        return WEIR_EIO;
    }
    channel->monitor = zmq_socket(channel->context, ZMQ_PAIR);
    if (channel->monitor == NULL || weir_channel_socket_set(channel->monitor, ZMQ_LINGER, 0) != 0 ||
        zmq_connect(channel->monitor, "inproc://monitor") != 0) {
        return WEIR_EIO;
    }
    return 0;
}

int weir_channel_open(const struct weir_channel_options *options, struct weir_channel **out,
                      struct weir_error *error)
{
    if (!weir_curve_text_valid(options->server_public_z85) ||
        !weir_curve_text_valid(options->key->public_z85) ||
        !weir_curve_text_valid(options->key->secret_z85)) {
        return weir_fail(error, WEIR_EINVAL, "%s: own key pair and the collector's key are needed",
                         options->endpoint);
    }
    struct weir_channel *channel = (struct weir_channel *)calloc(1, sizeof(*channel));
    if (channel == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "%s: out of memory", options->endpoint);
    }
    (void)zmq_msg_init(&channel->held);
    (void)snprintf(channel->endpoint, sizeof(channel->endpoint), "%s", options->endpoint);
    channel->context = zmq_ctx_new();
    channel->socket = channel->context == NULL ? NULL : zmq_socket(channel->context, ZMQ_DEALER);
    if (channel->socket == NULL || set_client_options(channel->socket, options) != 0 ||
        watch(channel) != 0 || zmq_connect(channel->socket, options->endpoint) != 0) {
        const int reason = errno;
        weir_channel_close(&channel);
        return weir_fail(error, WEIR_EIO, "%s: cannot connect: %s", options->endpoint,
                         zmq_strerror(reason));
    }
    *out = channel;
    return 0;
}

void weir_channel_close(struct weir_channel **channel)
{
    struct weir_channel *taken = *channel;
    *channel = NULL;
    if (taken == NULL) {
        return;
    }
    (void)zmq_msg_close(&taken->held);
    if (taken->monitor != NULL) {
        (void)zmq_socket_monitor(taken->socket, NULL, 0);
        (void)zmq_close(taken->monitor);
    }
    if (taken->socket != NULL) {
        (void)zmq_close(taken->socket);
    }
    if (taken->context != NULL) {
        (void)zmq_ctx_term(taken->context);
    }
    free(taken);
}

int weir_channel_fd(const struct weir_channel *channel)
{
    return weir_channel_socket_fd(channel->socket);
}

int weir_channel_send(struct weir_channel *channel, const void *bytes, size_t size)
{
    if (size > WEIR_FRAME_WIRE_MAX) {
        return WEIR_ELIMIT;
    }
    if (zmq_send(channel->socket, bytes, size, ZMQ_DONTWAIT) < 0) {
        return errno == EAGAIN || errno == EINTR ? WEIR_EAGAIN : WEIR_EIO;
    }
    return 0;
}

int weir_channel_recv(struct weir_channel *channel, const uint8_t **bytes, size_t *size)
{
    for (;;) {
        if (zmq_msg_recv(&channel->held, channel->socket, ZMQ_DONTWAIT) < 0) {
            return errno == EAGAIN || errno == EINTR ? WEIR_EAGAIN : WEIR_EIO;
        }
        if (zmq_msg_more(&channel->held) == 0) {
            break;
        }
        weir_channel_socket_skip(channel->socket); /* ours are one part; this is not ours */
    }
    *bytes = (const uint8_t *)zmq_msg_data(&channel->held);
    *size = zmq_msg_size(&channel->held);
    return 0;
}

static void describe(uint16_t event, uint32_t value, const char *endpoint,
                     struct weir_channel_event *out)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        out->kind = WEIR_CHANNEL_CONNECTED;
        (void)snprintf(out->sentence, sizeof(out->sentence), "connected to %s", endpoint);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        out->kind = WEIR_CHANNEL_REJECTED;
        (void)snprintf(out->sentence, sizeof(out->sentence),
                       "%s does not know this sensor's key (status %u): enrol it at the collector",
                       endpoint, (unsigned)value);
        break;
    case ZMQ_EVENT_DISCONNECTED:
        out->kind = WEIR_CHANNEL_DISCONNECTED;
        (void)snprintf(out->sentence, sizeof(out->sentence),
                       "lost the connection to %s; if this repeats at once, the key of the "
                       "collector given here may be wrong",
                       endpoint);
        break;
    default:
        out->kind = WEIR_CHANNEL_HANDSHAKE_FAILED;
        (void)snprintf(out->sentence, sizeof(out->sentence),
                       "handshake with %s failed (0x%x): is the key of the collector right?",
                       endpoint, (unsigned)value);
        break;
    }
}

int weir_channel_next_event(struct weir_channel *channel, struct weir_channel_event *out)
{
    uint8_t head[6];
    char endpoint[128] = {0};
    const int head_size = zmq_recv(channel->monitor, head, sizeof(head), ZMQ_DONTWAIT);
    if (head_size < 0) {
        return errno == EAGAIN || errno == EINTR ? WEIR_EAGAIN : WEIR_EIO;
    }
    const int size = zmq_recv(channel->monitor, endpoint, sizeof(endpoint) - 1, ZMQ_DONTWAIT);
    if (head_size != (int)sizeof(head) || size < 0) {
        return WEIR_EIO;
    }
    uint16_t event = 0;
    uint32_t value = 0;
    memcpy(&event, head, sizeof(event)); /* the monitor's numbers are in the host's order */
    memcpy(&value, head + sizeof(event), sizeof(value));
    memset(out, 0, sizeof(*out));
    describe(event, value, endpoint, out);
    return 0;
}

int weir_channel_reconnect(struct weir_channel *channel)
{
    (void)zmq_disconnect(channel->socket, channel->endpoint); /* it may be gone already */
    return zmq_connect(channel->socket, channel->endpoint) == 0 ? 0 : WEIR_EIO;
}

int weir_channel_event_fd(const struct weir_channel *channel)
{
    return weir_channel_socket_fd(channel->monitor);
}
