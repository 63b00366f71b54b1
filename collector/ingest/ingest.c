/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/ingest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#include "proto/control_codec.h"
#include "proto/flow_batch_codec.h"
#include "proto/frame.h"

#include "collector/ingest/greeting.h"
#include "collector/ingest/ingest_state.h"
#include "collector/ingest/status_job.h"

#define BATCH_ARENA_MAX ((size_t)64 * 1024 * 1024)
#define SCRATCH_MAX     ((size_t)2 * 1024 * 1024)
#define STATUS_EVERY_US INT64_C(10000000)
#define OFFSET_STEP_US  INT64_C(50000) /* a correction changed by less is not worth a row */
#define EVENTS_A_TURN   256

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

/* Nothing more is taken from a sensor that is revoked or no longer on the list. */
static void drop_unwanted(struct ingest *ingest, const struct session_identity *list, size_t count,
                          struct order_now now)
{
    for (size_t i = 0; i < ingest->sessions.count; i++) {
        struct session *session = &ingest->sessions.at[i];
        bool is_wanted = false;
        for (size_t j = 0; j < count && session->is_up && !is_wanted; j++) {
            is_wanted = list[j].sensor_id == session->sensor_id && !list[j].is_revoked &&
                        strcmp(list[j].public_z85, session->public_z85) == 0;
        }
        if (session->is_up && !is_wanted) {
            ingest_state_refuse(ingest, &session->routing, WEIR_REFUSE_PROTOCOL,
                                "this sensor is not enrolled any more");
            weir_log(WEIR_LOG_WARN, "ingest.sensor_revoked", "sensor=%s", session->name);
            ingest_state_drop(ingest, session, now);
        }
    }
}

int ingest_set_roster(struct ingest *ingest, const struct store_roster *roster,
                      struct order_now now)
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
    drop_unwanted(ingest, list, roster->count, now);
    int code = session_table_replace(&ingest->sessions, list, roster->count);
    free(list);
    return code != WEIR_OK ? code : allow_keys(ingest);
}

/* A frame that cannot be read ends the session: whoever wrote it writes the next one too. */
static void refuse_batch(struct ingest *ingest, struct session *session,
                         const struct weir_error *error)
{
    ingest->counters.bad_batches += 1;
    session->bad_batches += 1;
    weir_log(WEIR_LOG_ERROR, "ingest.bad_batch", "sensor=%s reason=\"%s\"", session->name,
             error->text);
    ingest_state_refuse(ingest, &session->routing, WEIR_REFUSE_PROTOCOL, error->text);
    session->is_up = false;
}

/* The batch in a frame, with whose it is and when it came; NULL when it cannot be read, which is
 * told, or memory is out: what is not acknowledged comes again. Flagged records ahead of their
 * batch have no sequence. */
static struct ready_batch *receive_batch(struct ingest *ingest, struct session *session,
                                         const struct weir_frame *frame, bool is_ahead)
{
    struct weir_error error = {0};
    struct ready_batch *batch = flow_row_batch_new(BATCH_ARENA_MAX);
    if (batch == NULL) {
        return NULL;
    }
    int code = weir_flow_batch_decode(ingest->decoder, frame, &batch->arena, &batch->batch, &error);
    if (code == WEIR_OK && is_ahead &&
        (batch->batch.sequence != 0 || !weir_stream_name_valid(batch->batch.stream))) {
        code = weir_fail(&error, WEIR_EFORMAT, "flagged records in a frame that is a batch");
    }
    if (code != WEIR_OK) {
        refuse_batch(ingest, session, &error);
        flow_row_batch_free(batch);
        return NULL;
    }
    batch->sensor_id = session->sensor_id;
    batch->content_hash = frame->hash;
    batch->wire_bytes = frame->payload_size + WEIR_FRAME_HEADER_SIZE;
    batch->received_us = weir_wall_now_us(); /* a turn may have begun long ago */
    return batch;
}

static void on_batch(struct ingest *ingest, struct session *session, const struct weir_frame *frame,
                     struct order_now now)
{
    struct ready_batch *batch = receive_batch(ingest, session, frame, false);
    if (batch == NULL) {
        return;
    }
    session->batches += 1;
    ingest->counters.batches += 1;
    ingest->counters.records += batch->batch.count;
    const int code = order_on_batch(ingest->options.order, &batch, now);
    if (code == WEIR_ENOENT) {
        ingest_state_restate(ingest, session, &session->routing, now);
    } else if (code == WEIR_EINVAL) {
        ingest_state_refuse(ingest, &session->routing, WEIR_REFUSE_PROTOCOL,
                            "a batch without a stream name");
    }
}

/* A copy of flagged records for the store, which may have no room for it: the records themselves
 * come with their batch. */
static void give_flagged(struct ingest *ingest, struct ready_batch *batch)
{
    struct store_job *job = status_job_of_flagged(batch);
    ingest->counters.flagged += batch->batch.count;
    if (job == NULL || !ingest->options.give_job(ingest->options.job_context, &job)) {
        ingest->counters.flagged_lost += batch->batch.count;
        flow_row_batch_free(batch);
        free(job);
    }
}

/* Flagged records ahead of their batch: no sequence, no acknowledgement, no place in the order. */
static void on_priority(struct ingest *ingest, struct session *session,
                        const struct weir_frame *frame)
{
    struct ready_batch *batch = receive_batch(ingest, session, frame, true);
    if (batch == NULL) {
        return;
    }
    weir_log(WEIR_LOG_DEBUG, "ingest.flagged", "sensor=%s records=%zu", session->name,
             batch->batch.count);
    give_flagged(ingest, batch);
}

static void send_status(struct ingest *ingest, struct session *session,
                        const struct weir_heartbeat *heartbeat, struct order_now now,
                        int64_t offset_us)
{
    if (session->status_at.ns != 0 &&
        weir_mono_since_us(now.mono, session->status_at) < STATUS_EVERY_US) {
        return;
    }
    struct store_job *job =
        status_job_of_heartbeat(session->sensor_id, heartbeat, now.wall_us, offset_us);
    if (job != NULL && ingest->options.give_job(ingest->options.job_context, &job)) {
        session->status_at = now.mono;
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
        session->offset_us = verdict == CLOCK_OFF ? offset_us : 0;
        (void)!order_set_clock(ingest->options.order, session->sensor_id, verdicts[verdict],
                               session->offset_us);
    }
    if (llabs(session->offset_us - session->recorded_offset_us) > OFFSET_STEP_US) {
        ingest_state_record(ingest, session);
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
    ingest_state_send(ingest, &session->routing);
}

static void pulse_order(struct ingest *ingest, struct session *session,
                        const struct order_pulse *pulse, struct order_now now)
{
    if (order_on_pulse(ingest->options.order, pulse, now) == WEIR_ENOENT) {
        ingest_state_restate(ingest, session, &session->routing, now);
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
    send_status(ingest, session, heartbeat, now, offset_us);
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
        (void)ingest->options.give_job(ingest->options.job_context, &job);
        free(job);
    }
}

static void on_end_of_stream(struct ingest *ingest, struct session *session, struct order_now now)
{
    const struct weir_end_of_stream *end = &ingest->control.as.end_of_stream;
    const struct order_pulse pulse = {.sensor_id = session->sensor_id,
                                      .boot = end->boot,
                                      .stream = end->stream,
                                      .low_us = WEIR_LOW_END,
                                      .last_sequence = end->last_sequence};
    pulse_order(ingest, session, &pulse, now);
    session->status_at = (struct weir_mono){0}; /* the totals that follow are stored */
}

static void on_control(struct ingest *ingest, struct session *session,
                       const struct weir_routing_id *from, struct order_now now)
{
    const enum weir_frame_kind kind = ingest->control.kind;
    if (kind == WEIR_FRAME_HELLO) {
        greeting_on_hello(ingest, session, from, now);
    } else if (!session_is_of(session, from)) {
        ingest_state_restate(ingest, session, from, now);
    } else if (kind == WEIR_FRAME_HEARTBEAT) {
        on_heartbeat(ingest, session, now);
    } else if (kind == WEIR_FRAME_END_OF_STREAM) {
        on_end_of_stream(ingest, session, now);
    } else if (kind == WEIR_FRAME_MODEL_PULL) {
        if (model_offer_chunk(ingest->options.offer, &ingest->control.as.model_pull,
                              &ingest->reply)) {
            ingest_state_send(ingest, from);
        }
    } else if (kind == WEIR_FRAME_MODEL_STATUS) {
        on_model_status(ingest, session);
    } else {
        ingest_state_refuse(ingest, from, WEIR_REFUSE_PROTOCOL,
                            "a message that sensors do not send");
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
        ingest_state_refuse(ingest, &event->from, WEIR_REFUSE_PROTOCOL, error.text);
        return;
    }
    if (session_is_of(session, &event->from)) {
        session->heard_at = now.mono;
    }
    if (frame.kind == WEIR_FRAME_BATCH || frame.kind == WEIR_FRAME_PRIORITY) {
        if (!session_is_of(session, &event->from)) {
            ingest_state_restate(ingest, session, &event->from, now);
        } else if (frame.kind == WEIR_FRAME_BATCH) {
            on_batch(ingest, session, &frame, now);
        } else {
            on_priority(ingest, session, &frame);
        }
        return;
    }
    weir_arena_reset(&ingest->scratch);
    if (weir_control_decode(&frame, &ingest->scratch, &ingest->control, &error) != WEIR_OK) {
        ingest_state_refuse(ingest, &event->from, WEIR_REFUSE_PROTOCOL, error.text);
        return;
    }
    on_control(ingest, session, &event->from, now);
}

static void on_gate_restarted(struct ingest *ingest, struct order_now now)
{
    for (size_t i = 0; i < ingest->sessions.count; i++) {
        ingest_state_drop(ingest, &ingest->sessions.at[i], now);
    }
    weir_log(WEIR_LOG_WARN, "gate.restarted", "sessions=dropped");
}

/* Sessions that the store had no room for when they began. */
static void record_rest(struct ingest *ingest)
{
    if (!ingest->has_unrecorded) {
        return;
    }
    ingest->has_unrecorded = false;
    for (size_t i = 0; i < ingest->sessions.count && !ingest->has_unrecorded; i++) {
        if (ingest->sessions.at[i].is_unrecorded) {
            ingest_state_record(ingest, &ingest->sessions.at[i]);
        }
    }
}

int ingest_receive(struct ingest *ingest, struct order_now now, struct weir_error *error)
{
    struct gate_event event;
    int code = WEIR_OK;
    record_rest(ingest);
    for (int i = 0; i < EVENTS_A_TURN && code == WEIR_OK; i++) {
        code = gate_next(ingest->options.gate, &event, error);
        if (code != WEIR_OK) {
            break;
        }
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
            greeting_on_probed(ingest, &event, now);
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
        ingest_state_send_ack(ingest, &ack);
    }
}

void ingest_refuse_conflict(struct ingest *ingest, uint32_t sensor_id, uint64_t sequence,
                            struct order_now now)
{
    char sentence[WEIR_SENTENCE_SIZE];
    struct session *session = session_find_id(&ingest->sessions, sensor_id);
    if (session == NULL || !session->is_up) {
        return; /* it hears of it when it sends the batch again */
    }
    (void)snprintf(sentence, sizeof(sentence),
                   "batch %" PRIu64 " of sensor %.60s is stored already with other content: was "
                   "its spool restored from a copy?",
                   sequence, session->name);
    ingest_state_refuse(ingest, &session->routing, WEIR_REFUSE_CONFLICT, sentence);
    ingest_state_drop(ingest, session, now);
}

void ingest_offer_model(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->sessions.count; i++) {
        const struct session *session = &ingest->sessions.at[i];
        if (session->is_up && model_offer_message(ingest->options.offer, &ingest->reply)) {
            ingest_state_send(ingest, &session->routing);
        }
    }
}
