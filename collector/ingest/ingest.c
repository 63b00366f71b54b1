/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/ingest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/log.h"

#include "proto/control_codec.h"
#include "proto/flow_batch_codec.h"
#include "proto/frame.h"

#include "collector/ingest/status_job.h"

#define BATCH_ARENA_MAX (64U * 1024U * 1024U)
#define SCRATCH_MAX     (2U * 1024U * 1024U)
#define STATUS_EVERY_US INT64_C(10000000)
#define ACKS_A_HELLO    WEIR_CONTROL_BOOTS_MAX

struct ingest {
    struct ingest_options options;
    struct session_table sessions;
    struct weir_flow_batch_decoder *decoder;
    struct weir_arena scratch;
    struct weir_buffer frame;
    struct weir_control control; /* large: kept, not on the stack */
    struct weir_control reply;
    struct ingest_counters counters;
};

int ingest_new(const struct ingest_options *options, struct ingest **out)
{
    struct ingest *ingest = (struct ingest *)calloc(1, sizeof(*ingest));
    if (ingest == NULL) {
        return WEIR_ENOMEM;
    }
    ingest->options = *options;
    weir_arena_init(&ingest->scratch, SCRATCH_MAX);
    const int code = weir_flow_batch_decoder_new(&ingest->decoder);
    if (code != WEIR_OK) {
        ingest_free(ingest);
        return code;
    }
    *out = ingest;
    return WEIR_OK;
}

void ingest_free(struct ingest *ingest)
{
    if (ingest != NULL) {
        session_table_fini(&ingest->sessions);
        weir_flow_batch_decoder_free(ingest->decoder);
        weir_arena_fini(&ingest->scratch);
        weir_buffer_fini(&ingest->frame);
        free(ingest);
    }
}

struct ingest_counters ingest_counters(const struct ingest *ingest)
{
    return ingest->counters;
}

static int allow_keys(struct ingest *ingest)
{
    const struct session_table *table = &ingest->sessions;
    char(*keys)[WEIR_CURVE_TEXT_SIZE] =
        (char(*)[WEIR_CURVE_TEXT_SIZE])calloc(table->count + 1, sizeof(*keys));
    size_t count = 0;
    if (keys == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < table->count; i++) {
        if (!table->at[i].is_revoked) {
            memcpy(keys[count++], table->at[i].public_z85, sizeof(keys[0]));
        }
    }
    const int code =
        gate_allow(ingest->options.gate, (const char(*)[WEIR_CURVE_TEXT_SIZE])keys, count);
    free(keys);
    return code == WEIR_ENOMEM ? code : WEIR_OK; /* a gate that died is told when it is back */
}

int ingest_set_roster(struct ingest *ingest, const struct store_roster *roster)
{
    struct session_identity *list =
        (struct session_identity *)calloc(roster->count + 1, sizeof(*list));
    if (list == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < roster->count; i++) {
        const struct sensors_row *row = &roster->sensors[i];
        list[i] = (struct session_identity){.sensor_id = row->id,
                                            .name = row->name,
                                            .branch = row->branch,
                                            .is_revoked = row->revoked};
        weir_curve_text(row->public_key, list[i].public_z85);
    }
    int code = session_table_replace(&ingest->sessions, list, roster->count);
    free(list);
    return code != WEIR_OK ? code : allow_keys(ingest);
}

static void send_reply(struct ingest *ingest, const struct weir_routing_id *to)
{
    weir_buffer_reset(&ingest->frame);
    if (weir_control_encode(&ingest->reply, &ingest->frame, NULL) == WEIR_OK) {
        /* A frame the gate cannot take is said again by the protocol. */
        (void)!gate_send(ingest->options.gate, to, ingest->frame.bytes, ingest->frame.size);
    }
}

static void refuse(struct ingest *ingest, const struct weir_routing_id *to,
                   enum weir_refuse_code code, const char *sentence)
{
    memset(&ingest->reply, 0, sizeof(ingest->reply));
    ingest->reply.kind = WEIR_FRAME_REFUSE;
    ingest->reply.as.refuse.code = code;
    (void)snprintf(ingest->reply.as.refuse.sentence, sizeof(ingest->reply.as.refuse.sentence), "%s",
                   sentence);
    ingest->counters.refused_peers += code != WEIR_REFUSE_RESTATE ? 1 : 0;
    send_reply(ingest, to);
}

static int join_order(struct ingest *ingest, const struct session *session, struct order_now now)
{
    const struct weir_hello *hello = &session->hello;
    struct order_boot_range ranges[WEIR_CONTROL_BOOTS_MAX];
    for (size_t i = 0; i < hello->boot_count; i++) {
        ranges[i] = (struct order_boot_range){.boot = hello->boots[i].boot,
                                              .first_sequence = hello->boots[i].first_sequence,
                                              .last_sequence = hello->boots[i].last_sequence};
    }
    const struct order_hello joining = {.sensor_id = session->sensor_id,
                                        .boot = hello->boot,
                                        .stream = hello->stream,
                                        .spooled = ranges,
                                        .spooled_count = hello->boot_count};
    return order_on_join(ingest->options.order, &joining, now);
}

/* Moves the acknowledgements that the join queued into the WELCOME. Others are sent as they are. */
static void fill_welcome(struct ingest *ingest, const struct session *session)
{
    struct weir_welcome welcome = {.wire_version = WEIR_WIRE_VERSION,
                                   .heartbeat_us = ingest->options.heartbeat_us,
                                   .wall_us = weir_wall_now_us(),
                                   .max_lag_us = ingest->options.max_lag_us,
                                   .expect_sensors = ingest->options.expect_sensors};
    struct order_ack ack;
    memcpy(welcome.stream, session->hello.stream, sizeof(welcome.stream));
    while (welcome.boot_count < ACKS_A_HELLO && order_pop_ack(ingest->options.order, &ack)) {
        if (ack.sensor_id == session->sensor_id) {
            welcome.boots[welcome.boot_count++] =
                (struct weir_boot_commit){.boot = ack.boot,
                                          .committed_sequence = ack.committed_sequence};
        }
    }
    welcome.credit_bytes = order_credit(ingest->options.order, session->sensor_id);
    memset(&ingest->reply, 0, sizeof(ingest->reply));
    ingest->reply.kind = WEIR_FRAME_WELCOME;
    ingest->reply.as.welcome = welcome;
}

static void welcome_session(struct ingest *ingest, struct session *session,
                            const struct weir_routing_id *routing, struct order_now now)
{
    char sentence[WEIR_SENTENCE_SIZE];
    ingest_send_acks(ingest); /* what is queued belongs to other sessions */
    const int code = join_order(ingest, session, now);
    if (code != WEIR_OK) {
        (void)snprintf(sentence, sizeof(sentence), "stream \"%s\" cannot be joined: %s",
                       session->hello.stream, weir_err_text(code));
        refuse(ingest, routing, WEIR_REFUSE_STREAM, sentence);
        return;
    }
    session->routing = *routing;
    session->is_up = true;
    session->is_probing = false;
    session->heard_at = now.mono;
    fill_welcome(ingest, session);
    send_reply(ingest, routing);
    weir_log(WEIR_LOG_INFO, "ingest.sensor_joined", "sensor=%s branch=%s stream=%s version=%s",
             session->name, session->branch, session->hello.stream, session->hello.program_version);
    if (model_offer_message(ingest->options.offer, &ingest->reply)) {
        send_reply(ingest, routing);
    }
}

static void on_hello(struct ingest *ingest, struct session *session,
                     const struct weir_routing_id *routing, struct order_now now)
{
    const struct weir_hello *hello = &ingest->control.as.hello;
    char sentence[WEIR_SENTENCE_SIZE];
    if (hello->wire_newest < WEIR_WIRE_VERSION_OLDEST || hello->wire_oldest > WEIR_WIRE_VERSION) {
        (void)
            snprintf(sentence, sizeof(sentence),
                     "this collector speaks wire versions %d to %d, the sensor (weir %.20s) %u to "
                     "%u: upgrade the older of the two",
                     WEIR_WIRE_VERSION_OLDEST, WEIR_WIRE_VERSION, hello->program_version,
                     hello->wire_oldest, hello->wire_newest);
        refuse(ingest, routing, WEIR_REFUSE_VERSION, sentence);
        return;
    }
    session->hello = *hello;
    if (!session->is_up || session_is_of(session, routing)) {
        welcome_session(ingest, session, routing, now);
        return;
    }
    session->is_probing = true; /* does the connection before this one still live? */
    session->candidate = *routing;
    if (gate_probe(ingest->options.gate, &session->routing) != WEIR_OK) {
        session->is_probing = false;
    }
}

static void on_probed(struct ingest *ingest, const struct gate_event *event, struct order_now now)
{
    char sentence[WEIR_SENTENCE_SIZE];
    struct session *session = session_find_candidate(&ingest->sessions, &event->from);
    if (session == NULL) {
        return;
    }
    session->is_probing = false;
    if (!event->alive) {
        order_on_gone(ingest->options.order, session->sensor_id, now);
        const struct weir_routing_id candidate = session->candidate;
        welcome_session(ingest, session, &candidate, now);
        return;
    }
    (void)snprintf(sentence, sizeof(sentence),
                   "sensor %.60s is connected already with this key: a cloned machine? Give each "
                   "machine a key of its own",
                   session->name);
    weir_log(WEIR_LOG_ERROR, "ingest.second_session", "sensor=%s", session->name);
    refuse(ingest, &session->candidate, WEIR_REFUSE_CLONE, sentence);
}

static void on_batch(struct ingest *ingest, struct session *session, const struct weir_frame *frame,
                     struct order_now now)
{
    struct weir_error error = {0};
    struct ready_batch *batch = flow_row_batch_new(BATCH_ARENA_MAX);
    if (batch == NULL) {
        return; /* not acknowledged, so it comes again */
    }
    if (weir_flow_batch_decode(ingest->decoder, frame, &batch->arena, &batch->batch, &error) !=
        WEIR_OK) {
        ingest->counters.bad_batches += 1;
        session->bad_batches += 1;
        weir_log(WEIR_LOG_ERROR, "ingest.bad_batch", "sensor=%s reason=\"%s\"", session->name,
                 error.text);
        refuse(ingest, &session->routing, WEIR_REFUSE_PROTOCOL, error.text);
        session->is_up = false;
        flow_row_batch_free(batch);
        return;
    }
    batch->sensor_id = session->sensor_id;
    batch->content_hash = frame->hash;
    batch->wire_bytes = frame->payload_size + WEIR_FRAME_HEADER_SIZE;
    session->batches += 1;
    ingest->counters.batches += 1;
    ingest->counters.records += batch->batch.count;
    const int code = order_on_batch(ingest->options.order, &batch, now);
    if (code == WEIR_ENOENT) {
        refuse(ingest, &session->routing, WEIR_REFUSE_RESTATE, "say hello first");
    } else if (code == WEIR_EINVAL) {
        refuse(ingest, &session->routing, WEIR_REFUSE_PROTOCOL, "a batch without a stream name");
    }
}

static void send_status(struct ingest *ingest, struct session *session,
                        const struct weir_heartbeat *heartbeat, int64_t wall_us, int64_t offset_us)
{
    if (wall_us - session->status_at_us < STATUS_EVERY_US) {
        return;
    }
    struct store_job *job =
        status_job_of_heartbeat(session->sensor_id, heartbeat, wall_us, offset_us);
    if (job != NULL && store_worker_give(ingest->options.worker, &job)) {
        session->status_at_us = wall_us;
    }
    free(job);
}

static int64_t measure_clock(struct ingest *ingest, struct session *session,
                             const struct weir_heartbeat *heartbeat, int64_t wall_us)
{
    static const enum order_clock verdicts[] = {[CLOCK_RIGHT] = ORDER_CLOCK_TRUSTED,
                                                [CLOCK_OFF] = ORDER_CLOCK_STABLE,
                                                [CLOCK_UNSTABLE] = ORDER_CLOCK_SUSPECT};
    const struct clock_stamps stamps = {.ours_sent_us = heartbeat->echo_sent_us,
                                        .theirs_arrived_us = heartbeat->echo_received_us,
                                        .theirs_sent_us = heartbeat->sent_us,
                                        .ours_arrived_us = wall_us};
    int64_t offset_us = 0;
    clock_offset_add(&session->clock, &stamps);
    const enum clock_verdict verdict = clock_offset_judge(&session->clock, &offset_us);
    const bool is_live = strcmp(session->hello.stream, ORDER_LIVE_STREAM) == 0;
    if (is_live) {
        (void)!order_set_clock(ingest->options.order, session->sensor_id, verdicts[verdict],
                               verdict == CLOCK_OFF ? offset_us : 0);
    }
    return offset_us;
}

static void answer_heartbeat(struct ingest *ingest, const struct session *session, int64_t wall_us,
                             int64_t their_sent_us)
{
    memset(&ingest->reply, 0, sizeof(ingest->reply));
    ingest->reply.kind = WEIR_FRAME_HEARTBEAT;
    ingest->reply.as.heartbeat.sent_us = weir_wall_now_us();
    ingest->reply.as.heartbeat.echo_sent_us = their_sent_us;
    ingest->reply.as.heartbeat.echo_received_us = wall_us;
    send_reply(ingest, &session->routing);
}

static void pulse_order(struct ingest *ingest, const struct session *session,
                        const struct order_pulse *pulse, struct order_now now)
{
    if (order_on_pulse(ingest->options.order, pulse, now) == WEIR_ENOENT) {
        refuse(ingest, &session->routing, WEIR_REFUSE_RESTATE, "say hello first");
    }
}

static void on_heartbeat(struct ingest *ingest, struct session *session, struct order_now now)
{
    const struct weir_heartbeat *heartbeat = &ingest->control.as.heartbeat;
    const struct order_pulse pulse = {.sensor_id = session->sensor_id,
                                      .boot = heartbeat->boot,
                                      .stream = heartbeat->stream,
                                      .low_us = heartbeat->low_us,
                                      .last_sequence = heartbeat->last_sequence};
    if (heartbeat->stream[0] != '\0') {
        pulse_order(ingest, session, &pulse, now);
    }
    const int64_t offset_us = measure_clock(ingest, session, heartbeat, now.wall_us);
    send_status(ingest, session, heartbeat, now.wall_us, offset_us);
    answer_heartbeat(ingest, session, now.wall_us, heartbeat->sent_us);
}

static void on_model_status(struct ingest *ingest, const struct session *session)
{
    const struct weir_model_status *status = &ingest->control.as.model_status;
    const bool is_refused = status->state == WEIR_MODEL_REFUSED;
    if (!is_refused && status->state != WEIR_MODEL_ACTIVE) {
        return;
    }
    weir_log(is_refused ? WEIR_LOG_WARN : WEIR_LOG_INFO,
             is_refused ? "rollout.model_refused" : "rollout.model_active",
             "sensor=%s version=%" PRIu64 " note=\"%s\"", session->name, status->version,
             status->sentence);
    struct store_job *job = status_job_of_model(session->sensor_id, status);
    if (job != NULL) {
        (void)store_worker_give(ingest->options.worker, &job);
        free(job);
    }
}

static void on_end_of_stream(struct ingest *ingest, const struct session *session,
                             struct order_now now)
{
    const struct weir_end_of_stream *end = &ingest->control.as.end_of_stream;
    const struct order_pulse pulse = {.sensor_id = session->sensor_id,
                                      .boot = end->boot,
                                      .stream = end->stream,
                                      .low_us = WEIR_LOW_END,
                                      .last_sequence = end->last_sequence};
    pulse_order(ingest, session, &pulse, now);
}

static void on_control(struct ingest *ingest, struct session *session,
                       const struct weir_routing_id *from, struct order_now now)
{
    const enum weir_frame_kind kind = ingest->control.kind;
    if (kind == WEIR_FRAME_HELLO) {
        on_hello(ingest, session, from, now);
    } else if (!session_is_of(session, from)) {
        refuse(ingest, from, WEIR_REFUSE_RESTATE, "say hello first");
    } else if (kind == WEIR_FRAME_HEARTBEAT) {
        on_heartbeat(ingest, session, now);
    } else if (kind == WEIR_FRAME_END_OF_STREAM) {
        on_end_of_stream(ingest, session, now);
    } else if (kind == WEIR_FRAME_MODEL_PULL) {
        if (model_offer_chunk(ingest->options.offer, &ingest->control.as.model_pull,
                              &ingest->reply)) {
            send_reply(ingest, from);
        }
    } else if (kind == WEIR_FRAME_MODEL_STATUS) {
        on_model_status(ingest, session);
    } else {
        refuse(ingest, from, WEIR_REFUSE_PROTOCOL, "a message that sensors do not send");
    }
}

static void on_frame(struct ingest *ingest, const struct gate_event *event, struct order_now now)
{
    struct weir_frame frame;
    struct weir_error error = {0};
    struct session *session = session_find_key(&ingest->sessions, event->public_z85);
    ingest->counters.frames += 1;
    if (session == NULL || session->is_revoked) {
        return; /* revoked since it connected */
    }
    if (weir_frame_decode(event->frame, event->frame_size, &frame, &error) != WEIR_OK) {
        refuse(ingest, &event->from, WEIR_REFUSE_PROTOCOL, error.text);
        return;
    }
    session->heard_at = now.mono;
    if (frame.kind == WEIR_FRAME_BATCH) {
        if (session_is_of(session, &event->from)) {
            on_batch(ingest, session, &frame, now);
        } else {
            refuse(ingest, &event->from, WEIR_REFUSE_RESTATE, "say hello first");
        }
        return;
    }
    weir_arena_reset(&ingest->scratch);
    if (weir_control_decode(&frame, &ingest->scratch, &ingest->control, &error) != WEIR_OK) {
        refuse(ingest, &event->from, WEIR_REFUSE_PROTOCOL, error.text);
        return;
    }
    on_control(ingest, session, &event->from, now);
}

static void on_gate_restarted(struct ingest *ingest, struct order_now now)
{
    for (size_t i = 0; i < ingest->sessions.count; i++) {
        if (ingest->sessions.at[i].is_up) {
            order_on_gone(ingest->options.order, ingest->sessions.at[i].sensor_id, now);
        }
    }
    session_table_drop_all(&ingest->sessions);
    weir_log(WEIR_LOG_WARN, "gate.restarted", "sessions=dropped");
}

int ingest_receive(struct ingest *ingest, struct order_now now, struct weir_error *error)
{
    struct gate_event event;
    int code = WEIR_OK;
    while ((code = gate_next(ingest->options.gate, &event, error)) == WEIR_OK) {
        switch (event.kind) {
        case GATE_EVENT_LISTENING:
            weir_log(WEIR_LOG_INFO, "gate.listening", "endpoint=%s", event.text);
            break;
        case GATE_EVENT_FRAME:
            on_frame(ingest, &event, now);
            break;
        case GATE_EVENT_REFUSED:
            ingest->counters.unknown_keys += 1;
            weir_log(WEIR_LOG_WARN, "gate.unknown_key", "%s", event.text);
            break;
        case GATE_EVENT_PROBED:
            on_probed(ingest, &event, now);
            break;
        case GATE_EVENT_RESTARTED:
            on_gate_restarted(ingest, now);
            break;
        }
    }
    return code == WEIR_EAGAIN ? WEIR_OK : code;
}

void ingest_send_acks(struct ingest *ingest)
{
    struct order_ack ack;
    while (order_pop_ack(ingest->options.order, &ack)) {
        struct session *session = session_find_id(&ingest->sessions, ack.sensor_id);
        if (session == NULL || !session->is_up) {
            continue;
        }
        if (ack.resend) {
            refuse(ingest, &session->routing, WEIR_REFUSE_RESTATE, "send again");
            continue;
        }
        memset(&ingest->reply, 0, sizeof(ingest->reply));
        ingest->reply.kind = WEIR_FRAME_ACK;
        ingest->reply.as.ack = (struct weir_ack){.boot = ack.boot,
                                                 .committed_sequence = ack.committed_sequence,
                                                 .received_sequence = ack.received_sequence,
                                                 .credit_bytes = ack.credit_bytes};
        send_reply(ingest, &session->routing);
    }
}

void ingest_offer_model(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->sessions.count; i++) {
        const struct session *session = &ingest->sessions.at[i];
        if (session->is_up && model_offer_message(ingest->options.offer, &ingest->reply)) {
            send_reply(ingest, &session->routing);
        }
    }
}
