/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/uplink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/log.h"

#include "proto/control_codec.h"
#include "proto/frame.h"

#include "sensor/export/announce.h"
#include "sensor/export/flights.h"
#include "sensor/export/link_watch.h"
#include "sensor/export/refusal.h"
#include "sensor/export/relabel.h"

#define ANSWER_US    INT64_C(5000000)   /* HELLO again when nobody answered */
#define SILENCE_US   INT64_C(30000000)  /* three heartbeats missed: the session is dead */
#define UNACKED_US   INT64_C(60000000)  /* an acknowledgement may be lost, or merely be late: */
#define UNACKED_MAX  INT64_C(600000000) /* ask by HELLO, each time later */
#define DECODE_LIMIT (1024U * 1024U)

enum uplink_state {
    UPLINK_DOWN,     /* no connection, or HELLO is to be said */
    UPLINK_GREETING, /* HELLO is said */
    UPLINK_REFUSED,  /* waits before the next HELLO */
    UPLINK_UP
};

/* HELLO is said once a connection, after the channel has told of it, and again only when it stayed
 * unanswered, was refused, or the collector asks for it. */
struct uplink {
    struct uplink_options options;
    struct weir_channel *channel;
    enum uplink_state state;
    struct uplink_pulse pulse;
    uint64_t model_version;
    uint64_t peer_capabilities; /* as the last WELCOME has them */

    struct flights flights;
    uint64_t credit_bytes;
    uint64_t sent_ordinal, sent_sequence; /* where in the spool sending stands */
    uint64_t high_ordinal, high_sequence; /* the newest batch ever sent */
    uint64_t resent_batches;              /* sent again since the last welcome */
    struct relabel *relabel;              /* NULL until a boot was renamed */

    struct weir_mono hello_at, heartbeat_at, heard_at, acked_at;
    int64_t unacked_us; /* how long batches in flight may stay without any acknowledgement */
    int64_t heartbeat_us;
    struct announce_stamps peer;
    bool end_is_sent;
    struct refusal refusal;

    struct link_watch link;
    bool keeps_acknowledged; /* the spool could not delete; told once */

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
    uplink->unacked_us = UNACKED_US;
    link_watch_init(&uplink->link, weir_mono_now());
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

struct weir_boot_id uplink_boot_id(const struct uplink *uplink)
{
    return uplink->options.boot.id;
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

int uplink_send_priority(struct uplink *uplink, const void *frame, size_t size)
{
    const bool takes = (uplink->peer_capabilities & WEIR_CAPABILITY_PRIORITY) != 0;
    return uplink->state == UPLINK_UP && takes ? weir_channel_send(uplink->channel, frame, size)
                                               : WEIR_EAGAIN;
}

static void tell_resent(struct uplink *uplink)
{
    if (uplink->resent_batches > 0 && uplink->refusal.times == 0) {
        weir_log(WEIR_LOG_INFO, "uplink.resent", "batches=%llu",
                 (unsigned long long)uplink->resent_batches);
    }
    uplink->resent_batches = 0;
}

static void lose_session(struct uplink *uplink)
{
    tell_resent(uplink);
    uplink->state = UPLINK_DOWN;
    flights_clear(&uplink->flights);
    uplink->credit_bytes = 0;
    uplink->sent_ordinal = 0;
    uplink->sent_sequence = 0;
    uplink->end_is_sent = false;
    uplink->peer = (struct announce_stamps){0};
}

static void say_hello(struct uplink *uplink, struct weir_mono now)
{
    announce_hello(&uplink->control, uplink->options.spool, &uplink->options.boot,
                   uplink->model_version);
    if (send_control(uplink, &uplink->control) == WEIR_OK) {
        uplink->state = UPLINK_GREETING;
        uplink->hello_at = now;
    }
}

/* Deletes what is committed. A disk that cannot is asked again at the next welcome. */
static void acknowledge(struct uplink *uplink, const struct weir_boot_id *boot, uint64_t committed)
{
    struct weir_error why = {0};
    const bool failed = spool_acknowledge(uplink->options.spool, boot, committed, &why) != WEIR_OK;
    if (failed && !uplink->keeps_acknowledged) {
        weir_log(WEIR_LOG_ERROR, "uplink.cannot_delete", "reason=\"%s\"", why.text);
    }
    uplink->keeps_acknowledged = failed;
}

static void on_welcome(struct uplink *uplink, const struct weir_welcome *welcome,
                       struct weir_mono now)
{
    if (uplink->state != UPLINK_GREETING) {
        return; /* to a HELLO of a connection that is gone */
    }
    if (welcome->wire_version < WEIR_WIRE_VERSION_OLDEST ||
        welcome->wire_version > WEIR_WIRE_VERSION) {
        const struct weir_refuse ours = {.code = WEIR_REFUSE_VERSION,
                                         .sentence = "the collector wants a wire version that this "
                                                     "sensor does not speak: upgrade the sensor"};
        refusal_add(&uplink->refusal, &ours, now);
        uplink->state = UPLINK_REFUSED;
        uplink->hello_at = now;
        return;
    }
    for (size_t i = 0; i < welcome->boot_count; i++) {
        acknowledge(uplink, &welcome->boots[i].boot, welcome->boots[i].committed_sequence);
    }
    lose_session(uplink); /* whatever was in flight is sent again */
    uplink->state = UPLINK_UP;
    uplink->credit_bytes = welcome->credit_bytes;
    uplink->peer_capabilities = welcome->capabilities;
    uplink->heartbeat_us = uplink->options.heartbeat_us;
    if (welcome->heartbeat_us > 0 && welcome->heartbeat_us < uplink->heartbeat_us) {
        uplink->heartbeat_us = welcome->heartbeat_us;
    }
    uplink->heartbeat_at = (struct weir_mono){0};
    uplink->acked_at = now;
    refusal_on_welcome(&uplink->refusal);
    if (uplink->refusal.times == 0) {
        weir_log(WEIR_LOG_INFO, "uplink.welcomed", "stream=%s credit_bytes=%llu", welcome->stream,
                 (unsigned long long)welcome->credit_bytes);
    }
}

/* A boot that the spool does not know (any more) has nothing in flight either. */
static void on_ack(struct uplink *uplink, const struct weir_ack *ack)
{
    struct spool_boot boots[WEIR_CONTROL_BOOTS_MAX];
    const size_t known = spool_boots(uplink->options.spool, boots, WEIR_CONTROL_BOOTS_MAX);
    uplink->credit_bytes = ack->credit_bytes;
    for (size_t i = 0; i < known && i < WEIR_CONTROL_BOOTS_MAX; i++) {
        if (memcmp(boots[i].id.bytes, ack->boot.bytes, sizeof(ack->boot.bytes)) == 0) {
            flights_forget(&uplink->flights, boots[i].ordinal, ack->committed_sequence);
            if (boots[i].first_sequence != 0 &&
                boots[i].first_sequence <= ack->committed_sequence) {
                refusal_on_progress(&uplink->refusal);
            }
        }
    }
    acknowledge(uplink, &ack->boot, ack->committed_sequence);
}

/* The collector commits in order, so the batch it has with other content is the oldest here. */
static int rename_boot(struct uplink *uplink, struct weir_error *error)
{
    struct spool_boot boots[WEIR_CONTROL_BOOTS_MAX];
    struct weir_boot_id fresh;
    const size_t known = spool_boots(uplink->options.spool, boots, WEIR_CONTROL_BOOTS_MAX);
    size_t i = 0;
    while (i < known && boots[i].first_sequence == 0) {
        i++;
    }
    if (i == known) {
        return WEIR_OK;
    }
    if (getrandom(fresh.bytes, sizeof(fresh.bytes), 0) != (ssize_t)sizeof(fresh.bytes)) {
        return weir_fail(error, WEIR_EIO, "the system gives no random bytes for a boot id");
    }
    const int code = spool_rename_boot(uplink->options.spool, boots[i].ordinal, &fresh, error);
    if (code == WEIR_OK && boots[i].ordinal == uplink->options.boot.ordinal) {
        uplink->options.boot.id = fresh;
    }
    return code;
}

static void on_refuse(struct uplink *uplink, const struct weir_refuse *refuse, struct weir_mono now)
{
    if (refuse->code == WEIR_REFUSE_RESTATE) {
        if (uplink->state == UPLINK_UP) { /* else HELLO is on its way */
            lose_session(uplink);
            say_hello(uplink, now);
        }
        return;
    }
    if (uplink->state != UPLINK_UP && uplink->state != UPLINK_GREETING) {
        return; /* one batch after the other was refused */
    }
    struct weir_error why = {0};
    refusal_add(&uplink->refusal, refuse, now);
    if (refuse->code == WEIR_REFUSE_CONFLICT && rename_boot(uplink, &why) != WEIR_OK) {
        weir_log(WEIR_LOG_ERROR, "uplink.cannot_rename", "reason=\"%s\"", why.text);
    }
    lose_session(uplink);
    uplink->state = UPLINK_REFUSED;
    uplink->hello_at = now;
}

static void on_heartbeat(struct uplink *uplink, const struct weir_heartbeat *heartbeat)
{
    if (heartbeat->sent_us != 0) { /* else a probe whether we live */
        uplink->peer = (struct announce_stamps){.sent_us = heartbeat->sent_us,
                                                .received_us = weir_wall_now_us()};
    }
}

static void on_control(struct uplink *uplink, struct weir_mono now)
{
    const struct weir_control *control = &uplink->control;
    uplink->heard_at = now;
    if (control->kind == WEIR_FRAME_WELCOME) {
        on_welcome(uplink, &control->as.welcome, now);
    } else if (control->kind == WEIR_FRAME_REFUSE) {
        on_refuse(uplink, &control->as.refuse, now);
    } else if (uplink->state != UPLINK_UP) {
        return; /* of an older session */
    } else if (control->kind == WEIR_FRAME_ACK) {
        uplink->acked_at = now;
        uplink->unacked_us = UNACKED_US;
        on_ack(uplink, &control->as.ack);
    } else if (control->kind == WEIR_FRAME_HEARTBEAT) {
        on_heartbeat(uplink, &control->as.heartbeat);
    } else {
        uplink->options.on_control(uplink->options.context, control);
    }
}

static void receive_all(struct uplink *uplink, struct weir_mono now)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    while (weir_channel_recv(uplink->channel, &bytes, &size) == WEIR_OK) {
        struct weir_frame frame;
        struct weir_error why = {0};
        weir_arena_reset(&uplink->arena);
        if (weir_frame_decode(bytes, size, &frame, &why) != WEIR_OK ||
            weir_control_decode(&frame, &uplink->arena, &uplink->control, &why) != WEIR_OK) {
            weir_log(WEIR_LOG_WARN, "uplink.bad_message", "reason=\"%s\"", why.text);
            continue;
        }
        on_control(uplink, now);
    }
}

static void send_heartbeat(struct uplink *uplink, struct weir_mono now)
{
    announce_heartbeat(&uplink->control, &uplink->options.boot, &uplink->pulse, uplink->peer);
    if (send_control(uplink, &uplink->control) == WEIR_OK) {
        uplink->heartbeat_at = now;
    }
}

static void send_end(struct uplink *uplink)
{
    announce_end(&uplink->control, &uplink->options.boot, uplink->pulse.last_sequence);
    uplink->end_is_sent = send_control(uplink, &uplink->control) == WEIR_OK;
}

/* Counts what an earlier session had sent already. sent_us: when it was about to be sent. */
static void count_sent(struct uplink *uplink, const struct spool_batch *batch, int64_t sent_us)
{
    const bool is_same = batch->boot_ordinal == uplink->high_ordinal;
    const bool is_new = is_same ? batch->sequence > uplink->high_sequence
                                : batch->boot_ordinal > uplink->high_ordinal;
    uplink->sent_ordinal = batch->boot_ordinal;
    uplink->sent_sequence = batch->sequence;
    if (!is_new) {
        uplink->resent_batches += 1;
        return;
    }
    uplink->high_ordinal = batch->boot_ordinal;
    uplink->high_sequence = batch->sequence;
    if (uplink->options.markers != NULL && batch->boot_ordinal == uplink->options.boot.ordinal) {
        marker_watch_on_sent(uplink->options.markers, batch->sequence, sent_us);
    }
}

/* The batch as the collector is to see it: under the boot id that stands now. */
static int label_batch(struct uplink *uplink, struct spool_batch *batch, struct weir_error *error)
{
    if (!batch->is_renamed) {
        return WEIR_OK;
    }
    if (uplink->relabel == NULL && relabel_new(&uplink->relabel) != WEIR_OK) {
        return weir_fail(error, WEIR_ENOMEM, "uplink: out of memory");
    }
    const int code = relabel_frame(uplink->relabel, batch, &batch->boot_id, &uplink->frame, error);
    batch->frame = uplink->frame.bytes;
    batch->frame_size = uplink->frame.size;
    return code;
}

/* Sends batches while credit lasts. *is_all says that nothing unsent is left in the spool. */
static int send_batches(struct uplink *uplink, bool *is_all, struct weir_error *error)
{
    struct flights *flights = &uplink->flights;
    *is_all = false;
    for (;;) {
        struct spool_batch batch;
        int code = spool_next(uplink->options.spool, uplink->sent_ordinal, uplink->sent_sequence,
                              &batch, error);
        if (code != WEIR_OK) {
            *is_all = code == WEIR_ENOENT;
            return code == WEIR_ENOENT ? WEIR_OK : code;
        }
        code = label_batch(uplink, &batch, error);
        if (code != WEIR_OK) {
            return code;
        }
        const int64_t now_us = weir_wall_now_us();
        if (!flights_has_room(flights, uplink->credit_bytes, batch.frame_size) ||
            weir_channel_send(uplink->channel, batch.frame, batch.frame_size) != WEIR_OK) {
            return WEIR_OK;
        }
        flights_add(flights, (struct flight){batch.boot_ordinal, batch.sequence, batch.frame_size});
        count_sent(uplink, &batch, now_us);
    }
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
        send_heartbeat(uplink, now); /* the totals of all there was */
    }
    if (weir_mono_since_us(now, uplink->heard_at) >= SILENCE_US) {
        weir_log(WEIR_LOG_WARN, "uplink.silent", "in_flight_bytes=%llu",
                 (unsigned long long)uplink->flights.bytes);
        lose_session(uplink);
    } else if (uplink->flights.count > 0 &&
               weir_mono_since_us(now, uplink->acked_at) >= uplink->unacked_us) {
        const int64_t doubled_us = 2 * uplink->unacked_us;
        uplink->unacked_us = doubled_us < UNACKED_MAX ? doubled_us : UNACKED_MAX;
        lose_session(uplink);
    }
    return code;
}

static int knock_again(struct uplink *uplink, struct weir_mono now, struct weir_error *error)
{
    if (!link_watch_is_to_knock(&uplink->link, now)) {
        return WEIR_OK;
    }
    const int code = weir_channel_reconnect(uplink->channel);
    return code == WEIR_OK ? WEIR_OK
                           : weir_fail(error, code, "uplink: %s cannot be connected again",
                                       uplink->options.channel.endpoint);
}

static int step_state(struct uplink *uplink, struct weir_mono now, struct weir_error *error)
{
    switch (uplink->state) {
    case UPLINK_DOWN:
        if (uplink->link.is_connected) {
            say_hello(uplink, now);
        }
        return WEIR_OK;
    case UPLINK_GREETING:
        if (weir_mono_since_us(now, uplink->hello_at) >= ANSWER_US) {
            uplink->state = UPLINK_DOWN;
        }
        return WEIR_OK;
    case UPLINK_REFUSED:
        if (weir_mono_since_us(now, uplink->hello_at) >= uplink->refusal.wait_us) {
            uplink->state = UPLINK_DOWN;
        }
        return WEIR_OK;
    case UPLINK_UP:
        return step_up(uplink, now, error);
    }
    return WEIR_OK;
}

int uplink_step(struct uplink *uplink, struct weir_mono now, struct weir_error *error)
{
    struct weir_channel_event event;
    while (weir_channel_next_event(uplink->channel, &event) == WEIR_OK) {
        link_watch_add(&uplink->link, &event, now);
        lose_session(uplink);
    }
    const int code = knock_again(uplink, now, error);
    if (code != WEIR_OK) {
        return code;
    }
    receive_all(uplink, now);
    link_watch_advance(&uplink->link, uplink->options.channel.endpoint, now);
    return step_state(uplink, now, error);
}

void uplink_close(struct uplink **uplink)
{
    if (*uplink == NULL) {
        return;
    }
    receive_all(*uplink, weir_mono_now());
    weir_channel_close(&(*uplink)->channel);
    relabel_free((*uplink)->relabel);
    weir_buffer_fini(&(*uplink)->frame);
    weir_arena_fini(&(*uplink)->arena);
    free(*uplink);
    *uplink = NULL;
}
