/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/gate/gate_loop.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/base/cursor.h"
#include "common/base/log.h"
#include "common/base/sysexit.h"

#include "proto/channel.h"
#include "proto/frame.h"

#include "collector/gate/gate_pipe.h"

#define WAIT_MS 100
#define QUEUE_HIGH                                                                                 \
    ((size_t)8 * 1024 * 1024) /* above this nothing more is taken from the network                 \
                               */
#define Z85_LENGTH     ((size_t)WEIR_CURVE_TEXT_SIZE - 1)
#define FRAMES_A_ROUND 256

struct gate_loop {
    struct gate_pipe pipe;
    struct weir_channel_server *server; /* NULL until GATE_OPEN */
};

/* An answer that finds no room is dropped: the collector asks again. */
static int send_or_drop(struct gate_loop *loop, enum gate_kind kind, const void *body, size_t size)
{
    const int code = gate_pipe_send(&loop->pipe, kind, body, size, NULL, 0);
    return code == WEIR_EFULL ? WEIR_OK : code;
}

static int open_server(struct gate_loop *loop, const struct gate_message *message)
{
    struct weir_error error = {0};
    const uint8_t *end = (const uint8_t *)memchr(message->body, '\0', message->size);
    const size_t text_size = end == NULL ? 0 : (size_t)(end - message->body) + 1;
    if (end == NULL || message->size != text_size + 2 * Z85_LENGTH || loop->server != NULL) {
        return WEIR_EPEER;
    }
    struct weir_curve_key key = {0};
    memcpy(key.public_z85, message->body + text_size, Z85_LENGTH);
    memcpy(key.secret_z85, message->body + text_size + Z85_LENGTH, Z85_LENGTH);
    const struct weir_channel_server_options options = {.endpoint = (const char *)message->body,
                                                        .key = &key};
    const int code = weir_channel_server_open(&options, &loop->server, &error);
    weir_curve_key_fini(&key);
    if (code != WEIR_OK) {
        return send_or_drop(loop, GATE_FAILED, error.text, strlen(error.text));
    }
    const char *where = weir_channel_server_endpoint(loop->server);
    return send_or_drop(loop, GATE_LISTENING, where, strlen(where));
}

static int allow(struct gate_loop *loop, const struct gate_message *message)
{
    const size_t count = message->size / Z85_LENGTH;
    char(*keys)[WEIR_CURVE_TEXT_SIZE] =
        (char(*)[WEIR_CURVE_TEXT_SIZE])calloc(count + 1, sizeof(*keys));
    if (keys == NULL || message->size % Z85_LENGTH != 0) {
        free(keys);
        return WEIR_EPEER;
    }
    if (loop->server == NULL) { /* it could not listen, and has said so */
        free(keys);
        return WEIR_OK;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(keys[i], message->body + i * Z85_LENGTH, Z85_LENGTH);
    }
    const int code =
        weir_channel_server_allow(loop->server, (const char(*)[WEIR_CURVE_TEXT_SIZE])keys, count);
    free(keys);
    return code;
}

/* Says whether a connection lives, by sending it the smallest frame there is: an empty heartbeat
 * that peers read as one without a stream. */
static int probe(struct gate_loop *loop, const struct weir_routing_id *to)
{
    struct weir_buffer frame = {0};
    uint8_t answer[2 + WEIR_ROUTING_ID_MAX];
    int code = weir_frame_encode(WEIR_FRAME_HEARTBEAT, NULL, 0, &frame);
    code = code != WEIR_OK ? code
                           : weir_channel_server_send(loop->server, to, frame.bytes, frame.size);
    weir_buffer_fini(&frame);
    answer[0] = code != WEIR_EPEER;
    answer[1] = to->size;
    memcpy(answer + 2, to->bytes, to->size);
    return send_or_drop(loop, GATE_PROBED, answer, 2U + to->size);
}

static int on_message(struct gate_loop *loop, const struct gate_message *message)
{
    struct weir_cursor cursor = weir_cursor_over(message->body, message->size);
    struct weir_routing_id to;
    if (message->kind == GATE_OPEN) {
        return open_server(loop, message);
    }
    if (message->kind == GATE_ALLOW) {
        return allow(loop, message);
    }
    if (loop->server == NULL || !gate_pipe_take_routing_id(&cursor, &to)) {
        return WEIR_EPEER;
    }
    if (message->kind == GATE_PROBE) {
        return probe(loop, &to);
    }
    if (message->kind == GATE_SEND) {
        /* Undelivered control is said again by the protocol; a dead peer says hello again. */
        (void)!weir_channel_server_send(loop->server, &to, cursor.next, cursor.left);
        return WEIR_OK;
    }
    return WEIR_EPEER;
}

static int take_orders(struct gate_loop *loop)
{
    int code = gate_pipe_fill(&loop->pipe);
    struct gate_message message;
    while (code == WEIR_OK && (code = gate_pipe_next(&loop->pipe, &message)) == WEIR_OK) {
        code = on_message(loop, &message);
    }
    return code == WEIR_EAGAIN ? WEIR_OK : code;
}

static int pass_frame(struct gate_loop *loop, const struct weir_channel_message *message)
{
    struct weir_frame frame;
    struct weir_error error = {0};
    uint8_t head[1 + WEIR_ROUTING_ID_MAX + Z85_LENGTH];
    if (weir_frame_decode(message->bytes, message->size, &frame, &error) != WEIR_OK) {
        weir_log(WEIR_LOG_WARN, "gate.bad_frame", "key=%s reason=\"%s\"", message->public_z85,
                 error.text);
        return WEIR_OK;
    }
    const size_t id_size = message->from.size;
    head[0] = message->from.size;
    memcpy(head + 1, message->from.bytes, id_size);
    memcpy(head + 1 + id_size, message->public_z85, Z85_LENGTH);
    return gate_pipe_send(&loop->pipe, GATE_FRAME, head, 1 + id_size + Z85_LENGTH, message->bytes,
                          message->size);
}

/* The collector is slower than the network: what waits in ZeroMQ's queues slows the sensors. */
static bool is_congested(const struct gate_loop *loop)
{
    return loop->pipe.outgoing.size - loop->pipe.written > QUEUE_HIGH;
}

static int pass_refusals(struct gate_loop *loop)
{
    struct weir_channel_refusal refusal;
    int code = WEIR_OK;
    while (code == WEIR_OK && !is_congested(loop) &&
           weir_channel_server_refusal(loop->server, &refusal) == WEIR_OK) {
        struct weir_buffer body = {0};
        weir_buffer_add(&body, refusal.public_z85, strlen(refusal.public_z85) + 1);
        weir_buffer_add(&body, refusal.fingerprint, strlen(refusal.fingerprint) + 1);
        weir_buffer_add(&body, refusal.address, strlen(refusal.address) + 1);
        code = body.failed ? WEIR_OK : send_or_drop(loop, GATE_REFUSAL, body.bytes, body.size);
        weir_buffer_fini(&body);
    }
    return code;
}

static int take_frames(struct gate_loop *loop)
{
    struct weir_channel_message message;
    int code = pass_refusals(loop);
    for (int i = 0; i < FRAMES_A_ROUND && code == WEIR_OK && !is_congested(loop); i++) {
        if (weir_channel_server_recv(loop->server, &message) != WEIR_OK) {
            break;
        }
        code = pass_frame(loop, &message);
    }
    return code;
}

static int turn(struct gate_loop *loop)
{
    const bool listens = loop->server != NULL;
    const bool has_more = listens && !is_congested(loop) &&
                          (weir_channel_server_events(loop->server) & WEIR_CHANNEL_CAN_RECV) != 0;
    struct pollfd polled[2] = {
        {.fd = loop->pipe.fd,
         .events = (short)(POLLIN | (gate_pipe_has_output(&loop->pipe) ? POLLOUT : 0))},
        {.fd = listens ? weir_channel_server_fd(loop->server) : -1, .events = POLLIN},
    };
    (void)poll(polled, is_congested(loop) ? 1 : 2, has_more ? 0 : WAIT_MS);
    int code = gate_pipe_flush(&loop->pipe);
    code = code != WEIR_OK ? code : take_orders(loop);
    return code != WEIR_OK || loop->server == NULL ? code : take_frames(loop);
}

int gate_loop_run(int fd)
{
    struct gate_loop loop = {0};
    int code = gate_pipe_init(&loop.pipe, fd);
    /* It ends when the collector closes the pair, which may still have things to say after a
     * signal that went to both. */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGUSR1, SIG_IGN);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)prctl(PR_SET_NAME, "weir-gate", 0, 0, 0);
    while (code == WEIR_OK) {
        code = turn(&loop);
    }
    weir_channel_server_close(&loop.server);
    gate_pipe_fini(&loop.pipe);
    return code == WEIR_EPEER ? WEIR_EXIT_OK : weir_exit_code(code); /* EPEER: asked to end */
}
