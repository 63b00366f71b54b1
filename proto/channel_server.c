/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's end of a channel, and the thread that ZeroMQ asks whom to let in (ZAP). */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/channel.h"
#include "proto/channel_socket.h"
#include "proto/frame.h"

/* Debian's zmq.h hides this option behind the draft interface though the library of 4.3 has it.
 * Without it a collector whose ZAP thread is gone would let every key in. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

#define MAPPED        "::ffff:" /* how an IPv4 peer looks to an IPv6 socket */
#define DOMAIN        "weir"
#define ZAP_ENDPOINT  "inproc://zeromq.zap.01"
#define ZAP_PARTS     7
#define ZAP_PART_MAX  256
#define CURVE_SIZE    32
#define HANDSHAKE_MS  10000
#define REFUSALS_KEPT 64U
#define ENDPOINT_SIZE 256

struct public_key {
    char z85[WEIR_CURVE_TEXT_SIZE];
};

struct weir_channel_server {
    void *context;
    void *socket;
    void *zap; /* belongs to the thread from its start on */
    pthread_t thread;
    bool thread_runs;
    zmq_msg_t held; /* what recv lent last */
    char endpoint[ENDPOINT_SIZE];
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t told;   /* the list is there, or is_closing */
    bool is_closing;
    struct public_key *allowed; /* sorted; NULL until the list is told */
    size_t allowed_count;
    struct weir_channel_refusal refusals[REFUSALS_KEPT];
    size_t refusal_first, refusal_count;
};

static int compare_keys(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct public_key));
}

/* The mutex is held. Of too many refusals the oldest is forgotten. */
static void remember_refusal(struct weir_channel_server *server, const struct public_key *key,
                             const char *address)
{
    if (server->refusal_count == REFUSALS_KEPT) {
        server->refusal_first = (server->refusal_first + 1) % REFUSALS_KEPT;
        server->refusal_count--;
    }
    const size_t at = (server->refusal_first + server->refusal_count) % REFUSALS_KEPT;
    struct weir_channel_refusal *refusal = &server->refusals[at];
    memset(refusal, 0, sizeof(*refusal));
    memcpy(refusal->public_z85, key->z85, sizeof(key->z85));
    (void)weir_curve_fingerprint(key->z85, refusal->fingerprint);
    const size_t mapped = strlen(MAPPED);
    (void)snprintf(refusal->address, sizeof(refusal->address), "%.*s",
                   (int)sizeof(refusal->address) - 1,
                   strncmp(address, MAPPED, mapped) == 0 ? address + mapped : address);
    server->refusal_count++;
}

/* Peers that come before the list is told wait here: a refusal they would take for good. */
static bool may_enter(struct weir_channel_server *server, const struct public_key *key,
                      const char *address)
{
    (void)pthread_mutex_lock(&server->mutex);
    while (server->allowed == NULL && !server->is_closing) {
        (void)pthread_cond_wait(&server->told, &server->mutex);
    }
    const bool allowed =
        server->allowed != NULL && bsearch(key, server->allowed, server->allowed_count,
                                           sizeof(*server->allowed), compare_keys) != NULL;
    if (!allowed) {
        remember_refusal(server, key, address);
    }
    (void)pthread_mutex_unlock(&server->mutex);
    return allowed;
}

struct zap_request { /* RFC 27, section 4: version, id, domain, address, identity, mechanism, key */
    uint8_t part[ZAP_PARTS][ZAP_PART_MAX];
    size_t size[ZAP_PARTS];
};

/* Reads one whole request. False when the context ends. Parts too long or too many leave sizes
 * that answer() refuses. */
static bool read_request(void *zap, struct zap_request *request)
{
    memset(request, 0, sizeof(*request));
    int more = 1;
    for (size_t i = 0; more != 0; i++) {
        uint8_t spare[1];
        uint8_t *at = i < ZAP_PARTS ? request->part[i] : spare;
        const size_t room = i < ZAP_PARTS ? ZAP_PART_MAX - 1 : sizeof(spare);
        const int size = zmq_recv(zap, at, room, 0);
        if (size < 0 && errno != EINTR) {
            return false;
        }
        if (i < ZAP_PARTS && size >= 0) {
            request->size[i] = (size_t)size;
        }
        size_t option_size = sizeof(more);
        if (zmq_getsockopt(zap, ZMQ_RCVMORE, &more, &option_size) != 0) {
            return false;
        }
    }
    return true;
}

static bool part_is(const struct zap_request *request, size_t i, const char *text)
{
    return request->size[i] == strlen(text) &&
           memcmp(request->part[i], text, request->size[i]) == 0;
}

static void answer(struct weir_channel_server *server, const struct zap_request *request)
{
    struct public_key key;
    memset(&key, 0, sizeof(key));
    const char *address = (const char *)request->part[3];
    bool allowed = part_is(request, 0, "1.0") && part_is(request, 2, DOMAIN) &&
                   part_is(request, 5, "CURVE") && request->size[6] == CURVE_SIZE &&
                   zmq_z85_encode(key.z85, request->part[6], CURVE_SIZE) != NULL;
    allowed = allowed && may_enter(server, &key, address);
    const char *status = allowed ? "200" : "400";
    const char *text = allowed ? "OK" : "unknown key";
    const size_t id_size = allowed ? strlen(key.z85) : 0;
    (void)zmq_send(server->zap, "1.0", 3, ZMQ_SNDMORE);
    (void)zmq_send(server->zap, request->part[1], request->size[1], ZMQ_SNDMORE);
    (void)zmq_send(server->zap, status, 3, ZMQ_SNDMORE);
    (void)zmq_send(server->zap, text, strlen(text), ZMQ_SNDMORE);
    (void)zmq_send(server->zap, key.z85, id_size, ZMQ_SNDMORE);
    (void)zmq_send(server->zap, "", 0, 0);
}

static void *answer_all(void *argument)
{
    struct weir_channel_server *server = (struct weir_channel_server *)argument;
    struct zap_request request;
    while (read_request(server->zap, &request)) {
        answer(server, &request);
    }
    (void)zmq_close(server->zap);
    return NULL;
}

static int set_server_options(void *socket, const struct weir_channel_server_options *options)
{
    int err = weir_channel_socket_init(socket, options->heartbeat_ms);
    err |= weir_channel_socket_set(socket, ZMQ_ROUTER_MANDATORY, 1);
    err |= weir_channel_socket_set(socket, ZMQ_ROUTER_HANDOVER, 0);
    err |= weir_channel_socket_set(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    err |= weir_channel_socket_set(socket, ZMQ_CURVE_SERVER, 1);
    err |=
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, options->key->secret_z85, WEIR_CURVE_TEXT_SIZE);
    err |= zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, DOMAIN, strlen(DOMAIN));
    err |= weir_channel_socket_set(socket, ZMQ_ZAP_ENFORCE_DOMAIN, 1);
    return err == 0 ? 0 : WEIR_EIO;
}

/* The thread must answer before the socket listens: a peer in between would be refused for good. */
static int start(struct weir_channel_server *server,
                 const struct weir_channel_server_options *options)
{
    server->context = zmq_ctx_new();
    server->zap = server->context == NULL ? NULL : zmq_socket(server->context, ZMQ_REP);
    if (server->zap == NULL || weir_channel_socket_set(server->zap, ZMQ_LINGER, 0) != 0 ||
        zmq_bind(server->zap, ZAP_ENDPOINT) != 0) {
        return WEIR_EIO;
    }
    if (pthread_create(&server->thread, NULL, answer_all, server) != 0) {
        return WEIR_EIO;
    }
    server->thread_runs = true;
    server->socket = zmq_socket(server->context, ZMQ_ROUTER);
    if (server->socket == NULL || set_server_options(server->socket, options) != 0 ||
        zmq_bind(server->socket, options->endpoint) != 0) {
        return WEIR_EIO;
    }
    size_t size = sizeof(server->endpoint);
    return zmq_getsockopt(server->socket, ZMQ_LAST_ENDPOINT, server->endpoint, &size) == 0
               ? 0
               : WEIR_EIO;
}

int weir_channel_server_open(const struct weir_channel_server_options *options,
                             struct weir_channel_server **out, struct weir_error *error)
{
    if (!weir_curve_text_valid(options->key->secret_z85)) {
        return weir_fail(error, WEIR_EINVAL, "%s: the collector's key pair is needed",
                         options->endpoint);
    }
    struct weir_channel_server *server = (struct weir_channel_server *)calloc(1, sizeof(*server));
    if (server == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "%s: out of memory", options->endpoint);
    }
    (void)zmq_msg_init(&server->held);
    (void)pthread_mutex_init(&server->mutex, NULL);
    (void)pthread_cond_init(&server->told, NULL);
    if (start(server, options) != 0) {
        const int reason = errno;
        weir_channel_server_close(&server);
        return weir_fail(error, WEIR_EIO, "%s: cannot listen: %s", options->endpoint,
                         zmq_strerror(reason));
    }
    *out = server;
    return 0;
}

void weir_channel_server_close(struct weir_channel_server **server)
{
    struct weir_channel_server *taken = *server;
    *server = NULL;
    if (taken == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&taken->mutex);
    taken->is_closing = true;
    (void)pthread_cond_signal(&taken->told);
    (void)pthread_mutex_unlock(&taken->mutex);
    (void)zmq_msg_close(&taken->held);
    if (taken->socket != NULL) {
        (void)zmq_close(taken->socket);
    }
    if (taken->zap != NULL && !taken->thread_runs) {
        (void)zmq_close(taken->zap);
    }
    if (taken->context != NULL) {
        (void)zmq_ctx_shutdown(taken->context);
    }
    if (taken->thread_runs) {
        (void)pthread_join(taken->thread, NULL);
    }
    if (taken->context != NULL) {
        (void)zmq_ctx_term(taken->context);
    }
    (void)pthread_cond_destroy(&taken->told);
    (void)pthread_mutex_destroy(&taken->mutex);
    free(taken->allowed);
    free(taken);
}

const char *weir_channel_server_endpoint(const struct weir_channel_server *server)
{
    return server->endpoint;
}

int weir_channel_server_allow(struct weir_channel_server *server,
                              const char (*public_z85)[WEIR_CURVE_TEXT_SIZE], size_t count)
{
    struct public_key *keys = (struct public_key *)calloc(count == 0 ? 1 : count, sizeof(*keys));
    if (keys == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        if (!weir_curve_text_valid(public_z85[i])) {
            free(keys);
            return WEIR_EFORMAT;
        }
        memcpy(keys[i].z85, public_z85[i], sizeof(keys[i].z85));
    }
    qsort(keys, count, sizeof(*keys), compare_keys);
    (void)pthread_mutex_lock(&server->mutex);
    struct public_key *old = server->allowed;
    server->allowed = keys;
    server->allowed_count = count;
    (void)pthread_cond_signal(&server->told);
    (void)pthread_mutex_unlock(&server->mutex);
    free(old);
    return 0;
}

int weir_channel_server_refusal(struct weir_channel_server *server,
                                struct weir_channel_refusal *out)
{
    (void)pthread_mutex_lock(&server->mutex);
    const bool some = server->refusal_count > 0;
    if (some) {
        *out = server->refusals[server->refusal_first];
        server->refusal_first = (server->refusal_first + 1) % REFUSALS_KEPT;
        server->refusal_count--;
    }
    (void)pthread_mutex_unlock(&server->mutex);
    return some ? 0 : WEIR_EAGAIN;
}

int weir_channel_server_fd(const struct weir_channel_server *server)
{
    return weir_channel_socket_fd(server->socket);
}

unsigned weir_channel_server_events(struct weir_channel_server *server)
{
    return weir_channel_socket_events(server->socket);
}

int weir_channel_server_recv(struct weir_channel_server *server, struct weir_channel_message *out)
{
    for (;;) {
        uint8_t id[WEIR_ROUTING_ID_MAX];
        const int id_size = zmq_recv(server->socket, id, sizeof(id), ZMQ_DONTWAIT);
        if (id_size < 0) {
            return errno == EAGAIN || errno == EINTR ? WEIR_EAGAIN : WEIR_EIO;
        }
        if (zmq_msg_recv(&server->held, server->socket, ZMQ_DONTWAIT) < 0) {
            return errno == EAGAIN || errno == EINTR ? WEIR_EAGAIN : WEIR_EIO;
        }
        const bool more = zmq_msg_more(&server->held) != 0;
        if (more) {
            weir_channel_socket_skip(server->socket);
        }
        const char *key = zmq_msg_gets(&server->held, "User-Id");
        if (more || id_size > WEIR_ROUTING_ID_MAX || key == NULL ||
            strlen(key) != WEIR_CURVE_TEXT_SIZE - 1) {
            continue;
        }
        memset(out, 0, sizeof(*out));
        out->from.size = (uint8_t)id_size;
        memcpy(out->from.bytes, id, (size_t)id_size);
        memcpy(out->public_z85, key, WEIR_CURVE_TEXT_SIZE);
        out->bytes = (const uint8_t *)zmq_msg_data(&server->held);
        out->size = zmq_msg_size(&server->held);
        return 0;
    }
}

int weir_channel_server_send(struct weir_channel_server *server, const struct weir_routing_id *to,
                             const void *bytes, size_t size)
{
    if (size > WEIR_FRAME_WIRE_MAX) {
        return WEIR_ELIMIT;
    }
    int sent = zmq_send(server->socket, to->bytes, to->size, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    if (sent >= 0) {
        sent = zmq_send(server->socket, bytes, size, ZMQ_DONTWAIT);
    }
    if (sent >= 0) {
        return 0;
    }
    if (errno == EHOSTUNREACH) {
        return WEIR_EPEER;
    }
    return errno == EAGAIN || errno == EINTR ? WEIR_EAGAIN : WEIR_EIO;
}
