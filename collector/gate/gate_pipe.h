/* SPDX-License-Identifier: Apache-2.0
 *
 * gate_pipe: whole messages both ways over the socket pair between the collector and its gate.
 *
 * Shape:   length (u32), kind (u8), then the body; see enum gate_kind for what each body is.
 * Owns:    the descriptor and both buffers.
 * Errors:  WEIR_EPEER the other end is gone or talks nonsense; WEIR_EFULL nothing was queued,
 *          because the other end does not read.
 * Threads: one end, one thread. Nothing here blocks.
 */
#ifndef WEIR_COLLECTOR_GATE_GATE_PIPE_H
#define WEIR_COLLECTOR_GATE_GATE_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/cursor.h"
#include "common/base/err.h"

#include "proto/channel.h"
#include "proto/frame.h"

#define GATE_MESSAGE_MAX (WEIR_FRAME_WIRE_MAX + 1024U)
#define GATE_QUEUE_MAX   ((size_t)32 * 1024 * 1024) /* bytes that may wait to be written */

enum gate_kind {
    /* to the gate */
    GATE_OPEN = 1,  /* endpoint text NUL, public Z85, secret Z85: listen */
    GATE_ALLOW = 2, /* public Z85 texts of 40 characters, one after the other */
    GATE_SEND = 3,  /* routing id, frame */
    GATE_PROBE = 4, /* routing id: is that connection alive? */
    /* from the gate */
    GATE_LISTENING = 16, /* endpoint text: where */
    GATE_FAILED = 17,    /* sentence: could not listen */
    GATE_FRAME = 18,     /* routing id, public Z85 (40), frame */
    GATE_REFUSAL = 19,   /* public Z85 NUL, fingerprint NUL, address NUL */
    GATE_PROBED = 20,    /* alive (u8), routing id */
};

struct gate_pipe {
    int fd;
    struct weir_buffer incoming, outgoing;
    size_t taken;   /* bytes of incoming already given out */
    size_t written; /* bytes of outgoing already written */
};

struct gate_message { /* lent until the next gate_pipe_next */
    enum gate_kind kind;
    const uint8_t *body;
    size_t size;
};

/* Takes the descriptor, which becomes non-blocking. */
WEIR_MUST_CHECK int gate_pipe_init(struct gate_pipe *pipe, int fd);
void gate_pipe_fini(struct gate_pipe *pipe);

/* Queues head and body as one message and writes what it can. */
WEIR_MUST_CHECK int gate_pipe_send(struct gate_pipe *pipe, enum gate_kind kind, const void *head,
                                   size_t head_size, const void *body, size_t body_size);

/* Writes more of what waits; WEIR_OK also when some still waits. */
WEIR_MUST_CHECK int gate_pipe_flush(struct gate_pipe *pipe);
bool gate_pipe_has_output(const struct gate_pipe *pipe);

/* True when gate_pipe_next() has something to say without reading more. */
bool gate_pipe_has_input(const struct gate_pipe *pipe);

/* Reads what is there. */
WEIR_MUST_CHECK int gate_pipe_fill(struct gate_pipe *pipe);

/* The next whole message read so far. WEIR_EAGAIN when there is none, WEIR_EPEER for nonsense. */
WEIR_MUST_CHECK int gate_pipe_next(struct gate_pipe *pipe, struct gate_message *out);

/* Reads a routing id (size u8, bytes) from a message's body. */
bool gate_pipe_take_routing_id(struct weir_cursor *cursor, struct weir_routing_id *out);

#endif
