/* SPDX-License-Identifier: Apache-2.0
 *
 * channel: whole frames over one encrypted connection a sensor (ZeroMQ, CURVE both ways).
 *
 * The sensor connects, the collector listens. Who a peer is, is its authenticated public key. The
 * channel promises neither delivery nor order across reconnects: sequences and acknowledgements do.
 *
 * Shape:   descriptors for poll(2) are edge-triggered (ZeroMQ): after each wake-up, and after each
 *          send or recv, ask _events() again until neither recv nor send is possible.
 * Owns:    received bytes belong to the channel until the next recv on it.
 * Errors:  WEIR_EAGAIN nothing to receive, no room to send, or no connection; WEIR_EPEER the peer
 *          is gone; WEIR_ELIMIT a frame over WEIR_FRAME_WIRE_MAX; WEIR_EIO.
 * Threads: one channel, one thread; weir_channel_server_allow and _refusal may be called from any.
 * Source:  architecture 5; ZeroMQ RFC 26 (CURVE), RFC 27 (ZAP).
 */
#ifndef WEIR_PROTO_CHANNEL_H
#define WEIR_PROTO_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "proto/keys.h"

#define WEIR_ROUTING_ID_MAX       32
#define WEIR_CHANNEL_ADDRESS_SIZE 64
#define WEIR_CHANNEL_CAN_RECV     1U
#define WEIR_CHANNEL_CAN_SEND     2U

struct weir_channel;        /* a sensor's end */
struct weir_channel_server; /* the collector's end */

struct weir_channel_options {
    const char *endpoint;             /* "tcp://collector.example:7707" */
    const struct weir_curve_key *key; /* own pair */
    const char *server_public_z85;
    int heartbeat_ms; /* ZMQ_HEARTBEAT_IVL; 0 = 10000 */
    uint64_t seed;    /* of the reconnect jitter */
};

WEIR_MUST_CHECK int weir_channel_open(const struct weir_channel_options *options,
                                      struct weir_channel **out, struct weir_error *error);

/* Takes *channel. What was sent has at most 500 ms more to leave. Receive what is there before:
 * closing with unread messages loses the last ones sent. */
void weir_channel_close(struct weir_channel **channel);

int weir_channel_fd(const struct weir_channel *channel);

/* Sends one frame or WEIR_EAGAIN at once. */
WEIR_MUST_CHECK int weir_channel_send(struct weir_channel *channel, const void *bytes, size_t size);

/* Points *bytes at the next frame, good until the next recv. WEIR_EAGAIN. */
WEIR_MUST_CHECK int weir_channel_recv(struct weir_channel *channel, const uint8_t **bytes,
                                      size_t *size);

enum weir_channel_event_kind {
    WEIR_CHANNEL_CONNECTED = 1,    /* handshake done */
    WEIR_CHANNEL_DISCONNECTED = 2, /* it reconnects by itself */
    WEIR_CHANNEL_REJECTED = 3,     /* the collector does not know our key; see reconnect */
    WEIR_CHANNEL_HANDSHAKE_FAILED = 4,
};

struct weir_channel_event {
    enum weir_channel_event_kind kind;
    char sentence[240];
};

/* What happened to the connection since, oldest first. WEIR_EAGAIN when nothing. */
WEIR_MUST_CHECK int weir_channel_next_event(struct weir_channel *channel,
                                            struct weir_channel_event *out);

/* Tries anew after WEIR_CHANNEL_REJECTED, which ZeroMQ takes for good; the key may have been
 * enrolled since. WEIR_EIO. */
WEIR_MUST_CHECK int weir_channel_reconnect(struct weir_channel *channel);

/* Readable while there may be an event. */
int weir_channel_event_fd(const struct weir_channel *channel);

struct weir_channel_server_options {
    const char *endpoint;             /* "tcp://0.0.0.0:7707", "tcp://127.0.0.1:*", "ipc://..." */
    const struct weir_curve_key *key; /* the collector's pair */
    int heartbeat_ms;                 /* 0 = 10000 */
};

struct weir_routing_id { /* one connection of a peer; a new one after each reconnect */
    uint8_t size;
    uint8_t bytes[WEIR_ROUTING_ID_MAX];
};

struct weir_channel_message {
    struct weir_routing_id from;
    char public_z85[WEIR_CURVE_TEXT_SIZE]; /* authenticated */
    const uint8_t *bytes;                  /* good until the next recv */
    size_t size;
};

struct weir_channel_refusal { /* a key that was not on the list */
    char public_z85[WEIR_CURVE_TEXT_SIZE];
    char fingerprint[WEIR_FINGERPRINT_SIZE];
    char address[WEIR_CHANNEL_ADDRESS_SIZE];
};

/* Listens. Peers that come before weir_channel_server_allow() has told who may enter wait for it.
 */
WEIR_MUST_CHECK int weir_channel_server_open(const struct weir_channel_server_options *options,
                                             struct weir_channel_server **out,
                                             struct weir_error *error);

/* Takes *server. */
void weir_channel_server_close(struct weir_channel_server **server);

/* Where it listens ("tcp://127.0.0.1:40123" when the port was *). */
const char *weir_channel_server_endpoint(const struct weir_channel_server *server);

/* Replaces the list of public keys that may connect. Living connections stay. WEIR_ENOMEM,
 * WEIR_EFORMAT. */
WEIR_MUST_CHECK int weir_channel_server_allow(struct weir_channel_server *server,
                                              const char (*public_z85)[WEIR_CURVE_TEXT_SIZE],
                                              size_t count);

/* Takes the oldest refusal off its queue (the newest 64 are kept). WEIR_EAGAIN when none. */
WEIR_MUST_CHECK int weir_channel_server_refusal(struct weir_channel_server *server,
                                                struct weir_channel_refusal *out);

int weir_channel_server_fd(const struct weir_channel_server *server);
unsigned weir_channel_server_events(struct weir_channel_server *server);

/* WEIR_EAGAIN when nothing waits. Anything that is not one frame of a known peer is dropped. */
WEIR_MUST_CHECK int weir_channel_server_recv(struct weir_channel_server *server,
                                             struct weir_channel_message *out);

/* WEIR_EPEER when that connection is gone, WEIR_EAGAIN when its queue is full. */
WEIR_MUST_CHECK int weir_channel_server_send(struct weir_channel_server *server,
                                             const struct weir_routing_id *to, const void *bytes,
                                             size_t size);

#endif
