/* SPDX-License-Identifier: Apache-2.0
 *
 * talk: one TCP connection being acted out on the wire.
 *
 * A script opens it, lets the two ends say things and closes it; every step moves its clock on.
 *
 * Shape:   `path` is client to server. Sequence numbers are kept as real ends keep them.
 */
#ifndef WEIR_DEPLOY_DEMO_TRAFFIC_TALK_H
#define WEIR_DEPLOY_DEMO_TRAFFIC_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/rng.h"

#include "deploy/demo/traffic/wire.h"

struct talk {
    struct wire *wire;
    struct weir_rng *rng;
    struct wire_path path;
    int64_t now_us;
    int64_t trip_us; /* one way */
    uint32_t client_sequence, server_sequence;
};

/* Three-way handshake. */
void talk_open(struct talk *talk);

/* Text or filler (text NULL) from one end, acknowledged by the other. */
void talk_say(struct talk *talk, bool from_client, const char *text, size_t size);

/* printf-less convenience: the text without its NUL. */
void talk_line(struct talk *talk, bool from_client, const char *text);

/* An FTP login in clear: a name and a password of chance lengths, and the answer after wait_us. */
void talk_login(struct talk *talk, bool is_right, int64_t wait_us);

/* Time passes in silence. */
void talk_wait(struct talk *talk, int64_t span_us);

/* FIN, FIN, ACK; the client or the server first. */
void talk_close(struct talk *talk, bool client_first);

/* RST from one end. */
void talk_reset(struct talk *talk, bool from_client);

/* A SYN that gets a RST (refused), or nothing (repeats more SYNs, 1 s, 3 s, ... apart). */
void talk_refused(struct talk *talk);
void talk_unanswered(struct talk *talk, int repeats);

#endif
