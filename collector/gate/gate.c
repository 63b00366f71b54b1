/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/gate/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/cursor.h"
#include "common/base/log.h"
#include "common/base/signals.h"

#include "collector/gate/gate_pipe.h"

#define Z85_LENGTH       (WEIR_CURVE_TEXT_SIZE - 1U)
#define CHILD_FD         3
#define NAP_MS           5
#define PATIENCE_MS      1000             /* for a gate that was asked to end */
#define RESTART_US       INT64_C(200000)  /* not more often than this */
#define LISTEN_WITHIN_US INT64_C(5000000) /* after this it is for a person */

struct gate {
    char endpoint[256];
    struct weir_curve_key key;
    char (*allowed)[WEIR_CURVE_TEXT_SIZE]; /* told again to each new gate; NULL = not known yet */
    size_t allowed_count;
    struct gate_pipe pipe;
    pid_t pid;    /* 0 = dead; gate_next() starts another */
    bool is_told; /* where to listen, and with which key */
    struct weir_mono started_at;
    struct weir_mono failing_since; /* it cannot listen; 0 = it can */
};

/* In the child: only the socket pair and standard error stay open, nothing of the environment. */
static _Noreturn void become_gate(int fd)
{
    char number[] = "3";
    char name[] = "weir-gate";
    char argument[] = GATE_ARGUMENT;
    char *const arguments[] = {name, argument, number, NULL};
    char *const environment[] = {NULL};
    weir_signals_restore();
    if (fd != CHILD_FD && dup2(fd, CHILD_FD) < 0) {
        _exit(71);
    }
    (void)fcntl(CHILD_FD, F_SETFD, 0);
    (void)execve("/proc/self/exe", arguments, environment);
    _exit(71);
}

static int tell_keys(struct gate *gate)
{
    struct weir_buffer body = {0};
    for (size_t i = 0; i < gate->allowed_count; i++) {
        weir_buffer_add(&body, gate->allowed[i], Z85_LENGTH);
    }
    const int code = body.failed
                         ? WEIR_ENOMEM
                         : gate_pipe_send(&gate->pipe, GATE_ALLOW, body.bytes, body.size, NULL, 0);
    weir_buffer_fini(&body);
    return code;
}

/* Nobody can connect before it is known who may: else a whole fleet would be told that it is
 * unknown whenever the collector starts. */
static int tell_everything(struct gate *gate)
{
    if (gate->allowed == NULL) {
        return WEIR_OK;
    }
    if (!gate->is_told) {
        struct weir_buffer body = {0};
        weir_buffer_add(&body, gate->endpoint, strlen(gate->endpoint) + 1);
        weir_buffer_add(&body, gate->key.public_z85, Z85_LENGTH);
        weir_buffer_add(&body, gate->key.secret_z85, Z85_LENGTH);
        const int code =
            body.failed ? WEIR_ENOMEM
                        : gate_pipe_send(&gate->pipe, GATE_OPEN, body.bytes, body.size, NULL, 0);
        explicit_bzero(body.bytes, body.size);
        weir_buffer_fini(&body);
        if (code != WEIR_OK) {
            return code;
        }
        gate->is_told = true;
    }
    return tell_keys(gate);
}

/* Ends the child and forgets it. It holds nothing, so it gets a second to say goodbye and is then
 * killed: the collector must not wait for a gate that hangs. */
static void reap(struct gate *gate, int patience_ms)
{
    const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
    int status = 0;
    pid_t done = 0;
    gate_pipe_fini(&gate->pipe); /* closing the pair ends the gate */
    for (int waited = 0; gate->pid > 0 && waited < patience_ms && done == 0; waited += NAP_MS) {
        done = waitpid(gate->pid, &status, WNOHANG);
        if (done == 0) {
            (void)nanosleep(&nap, NULL);
        }
    }
    if (gate->pid > 0 && done == 0) {
        (void)kill(gate->pid, SIGKILL);
        (void)waitpid(gate->pid, &status, 0);
    }
    gate->pid = 0;
}

/* WEIR_EPEER: it died at once. */
static int start(struct gate *gate, struct weir_error *error)
{
    int ends[2];
    gate->is_told = false;
    gate->started_at = weir_mono_now();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): glibc keeps its text by thread */
        return weir_fail(error, WEIR_EIO, "gate: socketpair: %s", strerror(errno));
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become_gate(ends[1]);
    }
    const int why = errno;
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): glibc keeps its text by thread */
        return weir_fail(error, WEIR_EIO, "gate: fork: %s", strerror(why));
    }
    gate->pid = pid;
    if (gate_pipe_init(&gate->pipe, ends[0]) != WEIR_OK) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): glibc keeps its text by thread */
        return weir_fail(error, WEIR_EIO, "gate: fcntl: %s", strerror(errno));
    }
    const int code = tell_everything(gate);
    return code == WEIR_OK ? code : weir_fail(error, code, "gate: %s", weir_err_text(code));
}

int gate_new(const char *endpoint, const struct weir_curve_key *key, struct gate **out,
             struct weir_error *error)
{
    struct gate *gate = (struct gate *)calloc(1, sizeof(*gate));
    if (gate == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "gate: out of memory");
    }
    if (strlen(endpoint) >= sizeof(gate->endpoint)) {
        free(gate);
        return weir_fail(error, WEIR_EINVAL, "gate.listen: longer than %zu characters",
                         sizeof(gate->endpoint) - 1);
    }
    gate->key = *key;
    gate->pipe.fd = -1;
    (void)snprintf(gate->endpoint, sizeof(gate->endpoint), "%s", endpoint);
    const int code = start(gate, error);
    if (code != WEIR_OK) {
        gate_free(gate);
        return code;
    }
    *out = gate;
    return WEIR_OK;
}

void gate_free(struct gate *gate)
{
    if (gate != NULL) {
        reap(gate, PATIENCE_MS);
        weir_curve_key_fini(&gate->key);
        free(gate->allowed);
        free(gate);
    }
}

int gate_allow(struct gate *gate, const char (*public_z85)[WEIR_CURVE_TEXT_SIZE], size_t count)
{
    char(*copy)[WEIR_CURVE_TEXT_SIZE] =
        (char(*)[WEIR_CURVE_TEXT_SIZE])calloc(count + 1, sizeof(*copy));
    if (copy == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(copy[i], public_z85[i], sizeof(copy[i]));
    }
    free(gate->allowed);
    gate->allowed = copy;
    gate->allowed_count = count;
    return gate->pid == 0 ? WEIR_OK : tell_everything(gate);
}

static size_t put_routing_id(uint8_t head[1 + WEIR_ROUTING_ID_MAX],
                             const struct weir_routing_id *to)
{
    head[0] = to->size;
    memcpy(head + 1, to->bytes, to->size);
    return 1U + to->size;
}

int gate_send(struct gate *gate, const struct weir_routing_id *to, const void *frame, size_t size)
{
    uint8_t head[1 + WEIR_ROUTING_ID_MAX];
    const size_t head_size = put_routing_id(head, to);
    return gate_pipe_send(&gate->pipe, GATE_SEND, head, head_size, frame, size);
}

int gate_probe(struct gate *gate, const struct weir_routing_id *to)
{
    uint8_t head[1 + WEIR_ROUTING_ID_MAX];
    const size_t head_size = put_routing_id(head, to);
    return gate_pipe_send(&gate->pipe, GATE_PROBE, head, head_size, NULL, 0);
}

static bool read_frame(struct weir_cursor *cursor, struct gate_event *out)
{
    const uint8_t *key = NULL;
    if (!gate_pipe_take_routing_id(cursor, &out->from) ||
        !weir_cursor_bytes(cursor, Z85_LENGTH, &key)) {
        return false;
    }
    memcpy(out->public_z85, key, Z85_LENGTH);
    out->frame = cursor->next;
    out->frame_size = cursor->left;
    return true;
}

/* Three NUL-terminated texts: key, fingerprint, address. */
static bool read_refusal(const struct gate_message *message, struct gate_event *out)
{
    const char *at = (const char *)message->body;
    const char *end = at + message->size;
    const char *texts[3];
    for (int i = 0; i < 3; i++) {
        const char *nul = (const char *)memchr(at, '\0', (size_t)(end - at));
        if (nul == NULL) {
            return false;
        }
        texts[i] = at;
        at = nul + 1;
    }
    (void)snprintf(out->text, sizeof(out->text), "fingerprint=%.40s address=%.80s", texts[1],
                   texts[2]);
    return true;
}

static bool read_event(const struct gate_message *message, struct gate_event *out)
{
    struct weir_cursor cursor = weir_cursor_over(message->body, message->size);
    uint8_t alive = 0;
    *out = (struct gate_event){0};
    if (message->kind == GATE_FRAME) {
        out->kind = GATE_EVENT_FRAME;
        return read_frame(&cursor, out);
    }
    if (message->kind == GATE_PROBED) {
        out->kind = GATE_EVENT_PROBED;
        const bool is_whole =
            weir_cursor_u8(&cursor, &alive) && gate_pipe_take_routing_id(&cursor, &out->from);
        out->alive = alive != 0;
        return is_whole;
    }
    if (message->kind == GATE_REFUSAL) {
        out->kind = GATE_EVENT_REFUSED;
        return read_refusal(message, out);
    }
    out->kind = GATE_EVENT_LISTENING;
    const size_t length = message->size < sizeof(out->text) ? message->size : sizeof(out->text) - 1;
    memcpy(out->text, message->body, length);
    return message->kind == GATE_LISTENING;
}

/* The child is gone or talks nonsense; the next calls start another. */
static void on_death(struct gate *gate, struct gate_event *out)
{
    weir_log(WEIR_LOG_WARN, "gate.died", "pid=%" PRId64, (int64_t)gate->pid);
    reap(gate, 0);
    *out = (struct gate_event){.kind = GATE_EVENT_RESTARTED};
}

static int revive(struct gate *gate, struct weir_error *error)
{
    if (weir_mono_since_us(weir_mono_now(), gate->started_at) < RESTART_US) {
        return WEIR_EAGAIN; /* the main loop comes back */
    }
    const int code = start(gate, error);
    if (code == WEIR_EPEER) {
        reap(gate, 0);
    }
    return code == WEIR_OK || code == WEIR_EPEER ? WEIR_EAGAIN : code;
}

/* Perhaps the gate of a collector that was killed has not yet let go of the port. */
static int on_failed(struct gate *gate, const struct gate_message *message,
                     struct weir_error *error)
{
    const struct weir_mono now = weir_mono_now();
    if (gate->failing_since.ns == 0) {
        gate->failing_since = now;
        weir_log(WEIR_LOG_WARN, "gate.cannot_listen", "reason=\"%.*s\"", (int)message->size,
                 (const char *)message->body);
    }
    if (weir_mono_since_us(now, gate->failing_since) > LISTEN_WITHIN_US) {
        return weir_fail(error, WEIR_EIO, "%.*s", (int)message->size, (const char *)message->body);
    }
    reap(gate, 0);
    return WEIR_EAGAIN;
}

static int next_message(struct gate *gate, struct gate_message *out)
{
    int code = gate_pipe_next(&gate->pipe, out);
    if (code != WEIR_EAGAIN) {
        return code;
    }
    code = gate_pipe_flush(&gate->pipe);
    code = code != WEIR_OK ? code : gate_pipe_fill(&gate->pipe);
    return code != WEIR_OK ? code : gate_pipe_next(&gate->pipe, out);
}

int gate_next(struct gate *gate, struct gate_event *out, struct weir_error *error)
{
    struct gate_message message;
    if (gate->pid == 0) {
        return revive(gate, error);
    }
    const int code = next_message(gate, &message);
    if (code == WEIR_EAGAIN) {
        return code;
    }
    if (code == WEIR_ENOMEM) {
        return weir_fail(error, code, "gate: out of memory");
    }
    if (code == WEIR_OK && message.kind == GATE_FAILED) {
        return on_failed(gate, &message, error);
    }
    if (code != WEIR_OK || !read_event(&message, out)) {
        on_death(gate, out);
    } else if (out->kind == GATE_EVENT_LISTENING) {
        gate->failing_since = (struct weir_mono){0};
    }
    return WEIR_OK;
}

bool gate_has_input(const struct gate *gate)
{
    return gate_pipe_has_input(&gate->pipe);
}

int gate_fd(const struct gate *gate)
{
    return gate->pipe.fd;
}

bool gate_has_output(const struct gate *gate)
{
    return gate_pipe_has_output(&gate->pipe);
}

int64_t gate_pid(const struct gate *gate)
{
    return gate->pid;
}
