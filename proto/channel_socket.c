/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/channel_socket.h"

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "proto/channel.h"
#include "proto/frame.h"

#define HEARTBEAT_MS 10000
#define LINGER_MS    500
#define TIMEOUT_MS   1000
#define QUEUE_MAX    1000 /* messages; bytes are bounded by credit */
#define BACKLOG      1024 /* after an outage every sensor comes back at once */

int weir_channel_socket_set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value));
}

int weir_channel_socket_init(void *socket, int heartbeat_ms)
{
    const int every_ms = heartbeat_ms == 0 ? HEARTBEAT_MS : heartbeat_ms;
    const int64_t size_max = WEIR_FRAME_WIRE_MAX;
    int err = zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size_max, sizeof(size_max));
    err |= weir_channel_socket_set(socket, ZMQ_LINGER, LINGER_MS);
    err |= weir_channel_socket_set(socket, ZMQ_SNDTIMEO, TIMEOUT_MS);
    err |= weir_channel_socket_set(socket, ZMQ_RCVTIMEO, TIMEOUT_MS);
    err |= weir_channel_socket_set(socket, ZMQ_SNDHWM, QUEUE_MAX);
    err |= weir_channel_socket_set(socket, ZMQ_RCVHWM, QUEUE_MAX);
    err |= weir_channel_socket_set(socket, ZMQ_BACKLOG, BACKLOG);
    err |= weir_channel_socket_set(socket, ZMQ_IPV6, 1);
    err |= weir_channel_socket_set(socket, ZMQ_TCP_KEEPALIVE, 1);
    err |= weir_channel_socket_set(socket, ZMQ_HEARTBEAT_IVL, every_ms);
    err |= weir_channel_socket_set(socket, ZMQ_HEARTBEAT_TIMEOUT, 3 * every_ms);
    err |= weir_channel_socket_set(socket, ZMQ_HEARTBEAT_TTL, 3 * every_ms);
    return err;
}

int weir_channel_socket_fd(void *socket)
{
    int fd = -1;
    size_t size = sizeof(fd);
    return zmq_getsockopt(socket, ZMQ_FD, &fd, &size) == 0 ? fd : -1;
}

unsigned weir_channel_socket_events(void *socket)
{
    int events = 0;
    size_t size = sizeof(events);
    if (zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) != 0) {
        return 0;
    }
    return ((events & ZMQ_POLLIN) != 0 ? WEIR_CHANNEL_CAN_RECV : 0U) |
           ((events & ZMQ_POLLOUT) != 0 ? WEIR_CHANNEL_CAN_SEND : 0U);
}

void weir_channel_socket_skip(void *socket)
{
    int more = 1;
    while (more != 0) {
        uint8_t ignored[1];
        size_t size = sizeof(more);
        if (zmq_recv(socket, ignored, sizeof(ignored), ZMQ_DONTWAIT) < 0 ||
            zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) != 0) {
            return;
        }
    }
}
