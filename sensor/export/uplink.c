/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/uplink.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/log.h"

#include "common/flow/feature_schema.h"

#include "proto/control_codec.h"
#include "proto/frame.h"

#define FLIGHT_MAX   4096U             /* batches sent and not acknowledged */
#define RETRY_US     INT64_C(5000000)  /* HELLO or connect again when nobody answered or refused */
#define STALL_US     INT64_C(30000000) /* no acknowledgement for so long with batches in flight */
#define DECODE_LIMIT (1024U * 1024U)

enum uplink_state {
    UPLINK_DOWN,
    UPLINK_GREETING,
    UPLINK_UP
};

struct flight { /* a batch on its way */
    uint64_t boot_ordinal, sequence;
    size_t bytes;
};

struct uplink {
    struct uplink_options options;
    struct weir_channel *channel;
    enum uplink_state state;
    struct uplink_pulse pulse;
    uint64_t model_version;

    struct flight flights[FLIGHT_MAX]; /* a ring: first .. first + count */
    size_t flight_first, flight_count;
    uint64_t flight_bytes, credit_bytes;
    uint64_t sent_ordinal, sent_sequence; /* where in the spool sending stands */
    uint64_t high_ordinal, high_sequence; /* the newest batch ever sent */
    uint64_t resent_batches;              /* sent again since the last welcome */

    struct weir_mono hello_at, heartbeat_at, acked_at;
    int64_t heartbeat_us;
    int64_t peer_sent_us, peer_received_us; /* of the collector's last heartbeat */
    bool end_is_sent;
    bool is_connected;
    bool is_refused;  /* told once */
    bool is_rejected; /* at the door: our key is not known there */
    struct weir_mono rejected_at;

    struct weir_buffer frame;
    struct weir_arena arena;
    struct weir_control control; /* large: kept, not on the stack */
};

int uplink_open(const struct uplink_options *options, struct uplink **out, struct weir_error *error)
{
    struct uplink *uplink = (struct uplink *)calloc(1, sizeof(*uplink));
    if (uplink == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "uplink: out of memory");
    }
    uplink->options = *options;
    uplink->heartbeat_us = options->heartbeat_us;
    uplink->model_version = options->model_version;
    uplink->pulse.low_us = INT64_MIN;
    uplink->pulse.last_sequence = options->boot.last_sequence;
    weir_arena_init(&uplink->arena, DECODE_LIMIT);
    const int code = weir_channel_open(&options->channel, &uplink->channel, error);
    if (code != WEIR_OK) {
        free(uplink);
        return code;
    }
    *out = uplink;
    return WEIR_OK;
}

void uplink_set_pulse(struct uplink *uplink, const struct uplink_pulse *pulse)
{
    uplink->pulse = *pulse;
}

void uplink_set_model_version(struct uplink *uplink, uint64_t version)
{
    uplink->model_version = version;
}

int uplink_fd(const struct uplink *uplink)
{
    return weir_channel_fd(uplink->channel);
}

int uplink_event_fd(const struct uplink *uplink)
{
    return weir_channel_event_fd(uplink->channel);
}

bool uplink_is_up(const struct uplink *uplink)
{
    return uplink->state == UPLINK_UP;
}

bool uplink_is_delivered(const struct uplink *uplink)
{
    return uplink->pulse.has_ended && uplink->end_is_sent &&
           spool_counters(uplink->options.spool).held_batches == 0;
}

static int send_control(struct uplink *uplink, const struct weir_control *control)
{
    weir_buffer_reset(&uplink->frame);
    const int code = weir_control_encode(control, &uplink->frame, NULL);
    if (code != WEIR_OK) {
        return code;
    }
    return weir_channel_send(uplink->channel, uplink->frame.bytes, uplink->frame.size);
}

int uplink_send(struct uplink *uplink, const struct weir_control *control)
{
    return uplink->state == UPLINK_UP ? send_control(uplink, control) : WEIR_EAGAIN;
}

static void tell_resent(struct uplink *uplink)
{
    if (uplink->resent_batches > 0) {
        weir_log(WEIR_LOG_INFO, "uplink.resent", "batches=%llu",
                 (unsigned long long)uplink->resent_batches);
        uplink->resent_batches = 0;
    }
}

static void lose_session(struct uplink *uplink)
{
    tell_resent(uplink);
    uplink->state = UPLINK_DOWN;
    uplink->flight_count = 0;
    uplink->flight_bytes = 0;
    uplink->credit_bytes = 0;
    uplink->sent_ordinal = 0;
    uplink->sent_sequence = 0;
    uplink->end_is_sent = false;
}

static void fill_hello(struct uplink *uplink, struct weir_hello *hello)
{
    struct spool_boot boots[WEIR_CONTROL_BOOTS_MAX];
    const size_t known =
        spool_boots(uplink->options.spool, boots, sizeof(boots) / sizeof(boots[0]));
    hello->wire_oldest = WEIR_WIRE_VERSION_OLDEST;
    hello->wire_newest = WEIR_WIRE_VERSION;
    memcpy(hello->program_version, WEIR_VERSION, sizeof(WEIR_VERSION));
    hello->boot = uplink->options.boot.id;
    memcpy(hello->stream, uplink->options.boot.stream, sizeof(hello->stream));
    hello->wall_us = weir_wall_now_us();
    hello->model_version = uplink->model_version;
    for (size_t i = 0; i < known && i < WEIR_CONTROL_BOOTS_MAX; i++) {
        const bool holds = boots[i].first_sequence != 0;
        hello->boots[hello->boot_count++] =
            (struct weir_boot_range){.boot = boots[i].id,
                                     .first_sequence = boots[i].first_sequence,
                                     .last_sequence = holds ? boots[i].last_sequence : 0};
    }
    const struct weir_feature_schema *schema = weir_feature_schema_find("sensor");
    memcpy(hello->schemas[0].name, "sensor", sizeof("sensor"));
    hello->schemas[0].hash = weir_feature_schema_hash(schema);
    hello->schema_count = 1;
}

static void say_hello(struct uplink *uplink, struct weir_mono now)
{
    struct weir_control *control = &uplink->control;
    memset(control, 0, sizeof(*control));
    control->kind = WEIR_FRAME_HELLO;
    fill_hello(uplink, &control->as.hello);
    if (send_control(uplink, control) == WEIR_OK) {
        uplink->state = UPLINK_GREETING;
        uplink->hello_at = now;
    }
}

static int on_welcome(struct uplink *uplink, const struct weir_welcome *welcome,
                      struct weir_mono now, struct weir_error *error)
{
    for (size_t i = 0; i < welcome->boot_count; i++) {
        const int code = spool_acknowledge(uplink->options.spool, &welcome->boots[i].boot,
                                           welcome->boots[i].committed_sequence, error);
        if (code != WEIR_OK) {
            return code;
        }
    }
    lose_session(uplink); /* whatever was in flight is sent again */
    uplink->state = UPLINK_UP;
    uplink->is_refused = false;
    uplink->credit_bytes = welcome->credit_bytes;
    uplink->heartbeat_us =
        welcome->heartbeat_us > 0 ? welcome->heartbeat_us : uplink->options.heartbeat_us;
    uplink->heartbeat_at = (struct weir_mono){0};
    uplink->acked_at = now;
    weir_log(WEIR_LOG_INFO, "uplink.welcomed", "stream=%s credit_bytes=%llu", welcome->stream,
             (unsigned long long)welcome->credit_bytes);
    return WEIR_OK;
}

static void forget_flights(struct uplink *uplink, const struct weir_ack *ack)
{
    struct spool_boot boots[WEIR_CONTROL_BOOTS_MAX];
    const size_t known =
        spool_boots(uplink->options.spool, boots, sizeof(boots) / sizeof(boots[0]));
    uint64_t ordinal = 0;
    for (size_t i = 0; i < known && i < WEIR_CONTROL_BOOTS_MAX; i++) {
        if (memcmp(boots[i].id.bytes, ack->boot.bytes, sizeof(ack->boot.bytes)) == 0) {
            ordinal = boots[i].ordinal;
        }
    }
    while (uplink->flight_count > 0) {
        const struct flight *first = &uplink->flights[uplink->flight_first];
        const bool is_done =
            first->boot_ordinal < ordinal ||
            (first->boot_ordinal == ordinal && first->sequence <= ack->committed_sequence);
        if (!is_done) {
            return;
        }
        uplink->flight_bytes -= first->bytes;
        uplink->flight_first = (uplink->flight_first + 1) % FLIGHT_MAX;
        uplink->flight_count -= 1;
    }
}

static int on_ack(struct uplink *uplink, const struct weir_ack *ack, struct weir_mono now,
                  struct weir_error *error)
{
    forget_flights(uplink, ack);
    uplink->credit_bytes = ack->credit_bytes;
    uplink->acked_at = now;
    return spool_acknowledge(uplink->options.spool, &ack->boot, ack->committed_sequence, error);
}

static void on_refuse(struct uplink *uplink, const struct weir_refuse *refuse, struct weir_mono now)
{
    if (refuse->code == WEIR_REFUSE_RESTATE) {
        lose_session(uplink);
        say_hello(uplink, now);
        return;
    }
    if (!uplink->is_refused) {
        weir_log(WEIR_LOG_ERROR, "uplink.refused", "code=%u reason=\"%s\"", refuse->code,
                 refuse->sentence);
    }
    lose_session(uplink);
    uplink->is_refused = true;
    uplink->state = UPLINK_GREETING; /* waits RETRY_US before the next HELLO */
    uplink->hello_at = now;
}

static int on_control(struct uplink *uplink, struct weir_mono now, struct weir_error *error)
{
    const struct weir_control *control = &uplink->control;
    if (control->kind == WEIR_FRAME_WELCOME) {
        return on_welcome(uplink, &control->as.welcome, now, error);
    }
    if (control->kind == WEIR_FRAME_REFUSE) {
        on_refuse(uplink, &control->as.refuse, now);
    } else if (uplink->state != UPLINK_UP) {
        return WEIR_OK; /* of an older session */
    } else if (control->kind == WEIR_FRAME_ACK) {
        return on_ack(uplink, &control->as.ack, now, error);
    } else if (control->kind == WEIR_FRAME_HEARTBEAT) {
        uplink->peer_sent_us = control->as.heartbeat.sent_us;
        uplink->peer_received_us = weir_wall_now_us();
        uplink->acked_at = now;
    } else {
        uplink->options.on_control(uplink->options.context, control);
    }
    return WEIR_OK;
}

static int receive_all(struct uplink *uplink, struct weir_mono now, struct weir_error *error)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    int code = WEIR_OK;
    while (code == WEIR_OK && weir_channel_recv(uplink->channel, &bytes, &size) == WEIR_OK) {
        struct weir_frame frame;
        struct weir_error why = {0};
        weir_arena_reset(&uplink->arena);
        if (weir_frame_decode(bytes, size, &frame, &why) != WEIR_OK ||
            weir_control_decode(&frame, &uplink->arena, &uplink->control, &why) != WEIR_OK) {
            weir_log(WEIR_LOG_WARN, "uplink.bad_message", "reason=\"%s\"", why.text);
            continue;
        }
        code = on_control(uplink, now, error);
    }
    return code;
}

static void on_event(struct uplink *uplink, const struct weir_channel_event *event)
{
    uplink->is_connected = event->kind == WEIR_CHANNEL_CONNECTED;
    uplink->is_rejected = event->kind == WEIR_CHANNEL_REJECTED ||
                          (uplink->is_rejected && event->kind == WEIR_CHANNEL_DISCONNECTED);
    lose_session(uplink);
    switch (event->kind) {
    case WEIR_CHANNEL_CONNECTED:
        weir_log(WEIR_LOG_INFO, "uplink.connected", "peer=\"%s\"", event->sentence);
        break;
    case WEIR_CHANNEL_DISCONNECTED:
        weir_log(WEIR_LOG_WARN, "uplink.disconnected", "reason=\"%s\"", event->sentence);
        break;
    case WEIR_CHANNEL_REJECTED:
        uplink->rejected_at = weir_mono_now();
        weir_log(WEIR_LOG_ERROR, "uplink.rejected", "reason=\"%s\"", event->sentence);
        break;
    case WEIR_CHANNEL_HANDSHAKE_FAILED:
        weir_log(WEIR_LOG_ERROR, "uplink.handshake_failed", "reason=\"%s\"", event->sentence);
        break;
    }
}

static void send_heartbeat(struct uplink *uplink, struct weir_mono now)
{
    struct weir_control *control = &uplink->control;
    memset(control, 0, sizeof(*control));
    control->kind = WEIR_FRAME_HEARTBEAT;
    struct weir_heartbeat *heartbeat = &control->as.heartbeat;
    heartbeat->sent_us = weir_wall_now_us();
    heartbeat->echo_sent_us = uplink->peer_sent_us;
    heartbeat->echo_received_us = uplink->peer_received_us;
    heartbeat->boot = uplink->options.boot.id;
    memcpy(heartbeat->stream, uplink->options.boot.stream, sizeof(heartbeat->stream));
    heartbeat->low_us = uplink->pulse.low_us;
    heartbeat->last_sequence = uplink->pulse.last_sequence;
    memcpy(heartbeat->counters, uplink->pulse.counters, sizeof(heartbeat->counters));
    heartbeat->counter_count = uplink->pulse.counter_count;
    if (send_control(uplink, control) == WEIR_OK) {
        uplink->heartbeat_at = now;
    }
}

static void send_end(struct uplink *uplink)
{
    struct weir_control *control = &uplink->control;
    memset(control, 0, sizeof(*control));
    control->kind = WEIR_FRAME_END_OF_STREAM;
    control->as.end_of_stream.boot = uplink->options.boot.id;
    memcpy(control->as.end_of_stream.stream, uplink->options.boot.stream,
           sizeof(control->as.end_of_stream.stream));
    control->as.end_of_stream.last_sequence = uplink->pulse.last_sequence;
    uplink->end_is_sent = send_control(uplink, control) == WEIR_OK;
}

/* Counts what an earlier session had sent already. */
static void count_sent(struct uplink *uplink, const struct spool_batch *batch)
{
    const bool is_new =
        batch->boot_ordinal > uplink->high_ordinal ||
        (batch->boot_ordinal == uplink->high_ordinal && batch->sequence > uplink->high_sequence);
    uplink->sent_ordinal = batch->boot_ordinal;
    uplink->sent_sequence = batch->sequence;
    if (!is_new) {
        uplink->resent_batches += 1;
        return;
    }
    uplink->high_ordinal = batch->boot_ordinal;
    uplink->high_sequence = batch->sequence;
}

/* Sends batches while credit lasts. *is_all says that nothing unsent is left in the spool. */
static int send_batches(struct uplink *uplink, bool *is_all, struct weir_error *error)
{
    *is_all = false;
    while (uplink->flight_count < FLIGHT_MAX) {
        struct spool_batch batch;
        const int code = spool_next(uplink->options.spool, uplink->sent_ordinal,
                                    uplink->sent_sequence, &batch, error);
        if (code != WEIR_OK) {
            *is_all = code == WEIR_ENOENT;
            return code == WEIR_ENOENT ? WEIR_OK : code;
        }
        if (uplink->flight_bytes + batch.frame_size > uplink->credit_bytes ||
            weir_channel_send(uplink->channel, batch.frame, batch.frame_size) != WEIR_OK) {
            return WEIR_OK;
        }
        const size_t at = (uplink->flight_first + uplink->flight_count) % FLIGHT_MAX;
        uplink->flights[at] = (struct flight){.boot_ordinal = batch.boot_ordinal,
                                              .sequence = batch.sequence,
                                              .bytes = batch.frame_size};
        uplink->flight_count += 1;
        uplink->flight_bytes += batch.frame_size;
        count_sent(uplink, &batch);
    }
    return WEIR_OK;
}

static int step_up(struct uplink *uplink, struct weir_mono now, struct weir_error *error)
{
    if (weir_mono_since_us(now, uplink->heartbeat_at) >= uplink->heartbeat_us) {
        send_heartbeat(uplink, now);
    }
    bool is_all = false;
    const int code = send_batches(uplink, &is_all, error);
    if (uplink->sent_ordinal == uplink->high_ordinal &&
        uplink->sent_sequence == uplink->high_sequence) {
        tell_resent(uplink);
    }
    if (code == WEIR_OK && is_all && uplink->pulse.has_ended && !uplink->end_is_sent) {
        send_end(uplink);
    }
    if (weir_mono_since_us(now, uplink->acked_at) >= STALL_US) {
        weir_log(WEIR_LOG_WARN, "uplink.stalled", "in_flight_bytes=%llu",
                 (unsigned long long)uplink->flight_bytes);
        lose_session(uplink);
    }
    return code;
}

static int knock_again(struct uplink *uplink, struct weir_mono now, struct weir_error *error)
{
    if (!uplink->is_rejected || weir_mono_since_us(now, uplink->rejected_at) < RETRY_US) {
        return WEIR_OK;
    }
    uplink->is_rejected = false;
    const int code = weir_channel_reconnect(uplink->channel);
    return code == WEIR_OK ? WEIR_OK
                           : weir_fail(error, code, "uplink: %s cannot be connected again",
                                       uplink->options.channel.endpoint);
}

int uplink_step(struct uplink *uplink, struct weir_mono now, struct weir_error *error)
{
    struct weir_channel_event event;
    while (weir_channel_next_event(uplink->channel, &event) == WEIR_OK) {
        on_event(uplink, &event);
    }
    int code = knock_again(uplink, now, error);
    code = code != WEIR_OK ? code : receive_all(uplink, now, error);
    if (code != WEIR_OK) {
        return code;
    }
    switch (uplink->state) {
    case UPLINK_DOWN:
        if (uplink->is_connected) { /* else the greeting could reach two connections in turn */
            say_hello(uplink, now);
        }
        return WEIR_OK;
    case UPLINK_GREETING:
        if (weir_mono_since_us(now, uplink->hello_at) >= RETRY_US) {
            uplink->state = UPLINK_DOWN;
        }
        return WEIR_OK;
    case UPLINK_UP:
        return step_up(uplink, now, error);
    }
    return WEIR_OK;
}

void uplink_close(struct uplink **uplink)
{
    if (*uplink == NULL) {
        return;
    }
    (void)receive_all(*uplink, weir_mono_now(), NULL);
    weir_channel_close(&(*uplink)->channel);
    weir_buffer_fini(&(*uplink)->frame);
    weir_arena_fini(&(*uplink)->arena);
    free(*uplink);
    *uplink = NULL;
}
