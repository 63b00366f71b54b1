/* SPDX-License-Identifier: Apache-2.0
 *
 * gate: the collector's end of its gate process: starts it, talks to it, starts it again.
 *
 * Owns:    the child process and the socket pair. Keys reach the child over the pair alone, never
 *          by argument, environment or file.
 * Errors:  a gate that died, hangs or talks nonsense is killed, started again and told everything;
 *          sessions say hello again.
 * Threads: the collector's main thread.
 * Source:  architecture 5 (gate).
 */
#ifndef WEIR_COLLECTOR_GATE_GATE_H
#define WEIR_COLLECTOR_GATE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "proto/channel.h"
#include "proto/keys.h"

#define GATE_ARGUMENT "--gate" /* how the program is called to be a gate: --gate FD */

struct gate;

enum gate_event_kind {
    GATE_EVENT_LISTENING, /* text: where */
    GATE_EVENT_FRAME,     /* a checked frame of an authenticated peer */
    GATE_EVENT_REFUSED,   /* text: fingerprint and address of an unknown key */
    GATE_EVENT_PROBED,    /* alive: the answer to gate_probe() */
    GATE_EVENT_RESTARTED, /* the gate died and is started again: every routing id is void */
};

struct gate_event { /* lent until the next gate_next */
    enum gate_event_kind kind;
    struct weir_routing_id from;
    char public_z85[WEIR_CURVE_TEXT_SIZE];
    const uint8_t *frame;
    size_t frame_size;
    bool alive;
    char text[200];
};

/* Starts the gate. It listens after the first gate_allow(), once GATE_EVENT_LISTENING has come. */
WEIR_MUST_CHECK int gate_new(const char *endpoint, const struct weir_curve_key *key,
                             struct gate **out, struct weir_error *error);
void gate_free(struct gate *gate);

/* Replaces the keys that may connect; connections that live stay. A dead gate is told when it is
 * back. WEIR_ENOMEM, WEIR_EFULL: it still has the list before; say it again later. */
WEIR_MUST_CHECK int gate_allow(struct gate *gate, const char (*public_z85)[WEIR_CURVE_TEXT_SIZE],
                               size_t count);

/* Queues a frame for a peer. WEIR_EFULL: the gate does not read fast enough; the frame is dropped.
 */
WEIR_MUST_CHECK int gate_send(struct gate *gate, const struct weir_routing_id *to,
                              const void *frame, size_t size);

/* Asks whether a connection still lives; GATE_EVENT_PROBED answers. */
WEIR_MUST_CHECK int gate_probe(struct gate *gate, const struct weir_routing_id *to);

/* The next event, or WEIR_EAGAIN; also what starts a dead gate. WEIR_EIO: the gate cannot be
 * started or cannot listen for some seconds, *error says why. WEIR_ENOMEM. */
WEIR_MUST_CHECK int gate_next(struct gate *gate, struct gate_event *out, struct weir_error *error);

int gate_fd(const struct gate *gate);
bool gate_has_output(const struct gate *gate); /* wait for POLLOUT too */
bool gate_has_input(const struct gate *gate);  /* do not wait: an event is here already */
int64_t gate_pid(const struct gate *gate);

#endif
