/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/gate/gate_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/cursor.h"

#define READ_SIZE   ((size_t)256 * 1024)
#define HEADER_SIZE 5U

int gate_pipe_init(struct gate_pipe *pipe, int fd)
{
    const int flags = fcntl(fd, F_GETFL);
    *pipe = (struct gate_pipe){.fd = fd};
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? WEIR_OK : WEIR_EIO;
}

void gate_pipe_fini(struct gate_pipe *pipe)
{
    if (pipe->fd >= 0) {
        (void)close(pipe->fd);
    }
    weir_buffer_fini(&pipe->incoming);
    weir_buffer_fini(&pipe->outgoing);
    *pipe = (struct gate_pipe){.fd = -1};
}

/* Moves what is left to the front, so that the buffer does not grow for ever. */
static void drop_front(struct weir_buffer *buffer, size_t *done)
{
    if (*done > 0) {
        memmove(buffer->bytes, buffer->bytes + *done, buffer->size - *done);
        buffer->size -= *done;
        *done = 0;
    }
}

bool gate_pipe_has_output(const struct gate_pipe *pipe)
{
    return pipe->written < pipe->outgoing.size;
}

int gate_pipe_flush(struct gate_pipe *pipe)
{
    while (gate_pipe_has_output(pipe)) {
        const ssize_t sent = send(pipe->fd, pipe->outgoing.bytes + pipe->written,
                                  pipe->outgoing.size - pipe->written, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK ? WEIR_OK : WEIR_EPEER;
        }
        pipe->written += (size_t)sent;
    }
    weir_buffer_reset(&pipe->outgoing);
    pipe->written = 0;
    return WEIR_OK;
}

int gate_pipe_send(struct gate_pipe *pipe, enum gate_kind kind, const void *head, size_t head_size,
                   const void *body, size_t body_size)
{
    const size_t size = head_size + body_size;
    if (pipe->fd < 0) {
        return WEIR_EPEER;
    }
    if (size > GATE_MESSAGE_MAX ||
        pipe->outgoing.size - pipe->written + size + HEADER_SIZE > GATE_QUEUE_MAX) {
        return WEIR_EFULL;
    }
    drop_front(&pipe->outgoing, &pipe->written);
    if (weir_buffer_reserve(&pipe->outgoing, HEADER_SIZE + size) == NULL) {
        pipe->outgoing.failed = false;
        return WEIR_ENOMEM;
    }
    weir_buffer_add_u32(&pipe->outgoing, (uint32_t)size);
    weir_buffer_add_u8(&pipe->outgoing, (uint8_t)kind);
    weir_buffer_add(&pipe->outgoing, head, head_size);
    weir_buffer_add(&pipe->outgoing, body, body_size);
    return gate_pipe_flush(pipe);
}

int gate_pipe_fill(struct gate_pipe *pipe)
{
    drop_front(&pipe->incoming, &pipe->taken);
    const size_t before = pipe->incoming.size;
    for (;;) {
        uint8_t *at = weir_buffer_reserve(&pipe->incoming, READ_SIZE);
        if (at == NULL) {
            pipe->incoming.failed = false;
            return WEIR_ENOMEM;
        }
        const ssize_t got = recv(pipe->fd, at, READ_SIZE, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK ? WEIR_OK : WEIR_EPEER;
        }
        if (got == 0) { /* last words are heard first */
            return pipe->incoming.size > before ? WEIR_OK : WEIR_EPEER;
        }
        pipe->incoming.size += (size_t)got;
        if (pipe->incoming.size >= GATE_MESSAGE_MAX + HEADER_SIZE) {
            return WEIR_OK; /* at least one whole message: let it be taken first */
        }
    }
}

/* Size and kind of the message that comes next, when so much of it has been read. */
static bool read_header(const struct gate_pipe *pipe, uint32_t *size, uint8_t *kind)
{
    if (pipe->incoming.bytes == NULL) {
        return false;
    }
    struct weir_cursor cursor =
        weir_cursor_over(pipe->incoming.bytes + pipe->taken, pipe->incoming.size - pipe->taken);
    return weir_cursor_u32(&cursor, size) && weir_cursor_u8(&cursor, kind);
}

bool gate_pipe_has_input(const struct gate_pipe *pipe)
{
    uint32_t size = 0;
    uint8_t kind = 0;
    return read_header(pipe, &size, &kind) &&
           (size > GATE_MESSAGE_MAX || pipe->incoming.size - pipe->taken - HEADER_SIZE >= size);
}

int gate_pipe_next(struct gate_pipe *pipe, struct gate_message *out)
{
    uint32_t size = 0;
    uint8_t kind = 0;
    if (!read_header(pipe, &size, &kind)) {
        return WEIR_EAGAIN;
    }
    if (size > GATE_MESSAGE_MAX) {
        return WEIR_EPEER;
    }
    if (pipe->incoming.size - pipe->taken - HEADER_SIZE < size) {
        return WEIR_EAGAIN;
    }
    const uint8_t *body = pipe->incoming.bytes + pipe->taken + HEADER_SIZE;
    pipe->taken += HEADER_SIZE + size;
    *out = (struct gate_message){.kind = (enum gate_kind)kind, .body = body, .size = size};
    return WEIR_OK;
}

bool gate_pipe_take_routing_id(struct weir_cursor *cursor, struct weir_routing_id *out)
{
    uint8_t size = 0;
    const uint8_t *bytes = NULL;
    if (!weir_cursor_u8(cursor, &size) || size > sizeof(out->bytes) ||
        !weir_cursor_bytes(cursor, size, &bytes)) {
        return false;
    }
    *out = (struct weir_routing_id){.size = size};
    memcpy(out->bytes, bytes, size);
    return true;
}
