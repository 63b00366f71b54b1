/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/gate/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/cursor.h"
#include "common/base/log.h"
#include "common/base/signals.h"

#include "collector/gate/gate_pipe.h"

#define Z85_LENGTH (WEIR_CURVE_TEXT_SIZE - 1U)
#define RESTART_US INT64_C(200000) /* not more often than this */
#define CHILD_FD   3

struct gate {
    char endpoint[256];
    struct weir_curve_key key;
    char (*allowed)[WEIR_CURVE_TEXT_SIZE]; /* told again to each new gate */
    size_t allowed_count;
    struct gate_pipe pipe;
    pid_t pid;
    struct weir_mono started_at;
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

static int tell_everything(struct gate *gate)
{
    struct weir_buffer body = {0};
    weir_buffer_add(&body, gate->endpoint, strlen(gate->endpoint) + 1);
    weir_buffer_add(&body, gate->key.public_z85, Z85_LENGTH);
    weir_buffer_add(&body, gate->key.secret_z85, Z85_LENGTH);
    const int code = gate_pipe_send(&gate->pipe, GATE_OPEN, body.bytes, body.size, NULL, 0);
    if (body.bytes != NULL) {
        memset(body.bytes, 0, body.size);
    }
    weir_buffer_fini(&body);
    return code != WEIR_OK ? code
                           : gate_allow(gate, (const char(*)[WEIR_CURVE_TEXT_SIZE])gate->allowed,
                                        gate->allowed_count);
}

static int start(struct gate *gate, struct weir_error *error)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return weir_fail(error, WEIR_EIO, "gate: socketpair: %s", strerror(errno));
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become_gate(ends[1]);
    }
    (void)close(ends[1]);
    if (pid < 0 || gate_pipe_init(&gate->pipe, ends[0]) != WEIR_OK) {
        (void)close(ends[0]);
        return weir_fail(error, WEIR_EIO, "gate: fork: %s", strerror(errno));
    }
    gate->pid = pid;
    gate->started_at = weir_mono_now();
    return tell_everything(gate);
}

static void reap(struct gate *gate)
{
    int status = 0;
    gate_pipe_fini(&gate->pipe);
    if (gate->pid > 0) {
        (void)waitpid(gate->pid, &status, 0);
        gate->pid = 0;
    }
}

int gate_new(const char *endpoint, const struct weir_curve_key *key, struct gate **out,
             struct weir_error *error)
{
    struct gate *gate = (struct gate *)calloc(1, sizeof(*gate));
    if (gate == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "gate: out of memory");
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
        reap(gate); /* closing the pair ends the gate */
        weir_curve_key_fini(&gate->key);
        free(gate->allowed);
        free(gate);
    }
}

int gate_allow(struct gate *gate, const char (*public_z85)[WEIR_CURVE_TEXT_SIZE], size_t count)
{
    struct weir_buffer body = {0};
    char(*copy)[WEIR_CURVE_TEXT_SIZE] =
        (char(*)[WEIR_CURVE_TEXT_SIZE])calloc(count + 1, sizeof(*copy));
    if (copy == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(copy[i], public_z85[i], sizeof(copy[i]));
        weir_buffer_add(&body, public_z85[i], Z85_LENGTH);
    }
    free(gate->allowed);
    gate->allowed = copy;
    gate->allowed_count = count;
    const int code = body.failed
                         ? WEIR_ENOMEM
                         : gate_pipe_send(&gate->pipe, GATE_ALLOW, body.bytes, body.size, NULL, 0);
    weir_buffer_fini(&body);
    return code;
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

static bool take_routing_id(struct weir_cursor *cursor, struct weir_routing_id *out)
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

static bool read_frame(struct weir_cursor *cursor, struct gate_event *out)
{
    const uint8_t *key = NULL;
    if (!take_routing_id(cursor, &out->from) || !weir_cursor_bytes(cursor, Z85_LENGTH, &key)) {
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
            weir_cursor_u8(&cursor, &alive) && take_routing_id(&cursor, &out->from);
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

static int restart(struct gate *gate, struct gate_event *out, struct weir_error *error)
{
    const struct weir_mono now = weir_mono_now();
    if (gate->pid > 0) {
        weir_log(WEIR_LOG_WARN, "gate.died", "pid=%" PRId64, (int64_t)gate->pid);
        reap(gate);
    }
    if (weir_mono_since_us(now, gate->started_at) < RESTART_US) {
        return WEIR_EAGAIN; /* the main loop comes back */
    }
    const int code = start(gate, error);
    *out = (struct gate_event){.kind = GATE_EVENT_RESTARTED};
    return code;
}

int gate_next(struct gate *gate, struct gate_event *out, struct weir_error *error)
{
    struct gate_message message;
    int code = gate->pid == 0 ? WEIR_EPEER : gate_pipe_next(&gate->pipe, &message);
    if (code == WEIR_EAGAIN) {
        code = gate_pipe_flush(&gate->pipe);
        code = code != WEIR_OK ? code : gate_pipe_fill(&gate->pipe);
        code = code != WEIR_OK ? code : gate_pipe_next(&gate->pipe, &message);
    }
    if (code == WEIR_OK && message.kind == GATE_FAILED) {
        return weir_fail(error, WEIR_EIO, "%.*s", (int)message.size, (const char *)message.body);
    }
    if (code == WEIR_OK && read_event(&message, out)) {
        return WEIR_OK;
    }
    return code == WEIR_EAGAIN || code == WEIR_ENOMEM ? code : restart(gate, out, error);
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
