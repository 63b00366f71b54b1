/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/ingest_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/control_codec.h"

#include "collector/ingest/status_job.h"

#define RESTATE_EVERY_US INT64_C(500000)

void ingest_state_send(struct ingest *ingest, const struct weir_routing_id *to)
{
    weir_buffer_reset(&ingest->frame);
    if (weir_control_encode(&ingest->reply, &ingest->frame, NULL) == WEIR_OK) {
        (void)!gate_send(ingest->options.gate, to, ingest->frame.bytes, ingest->frame.size);
    }
}

void ingest_state_refuse(struct ingest *ingest, const struct weir_routing_id *to,
                         enum weir_refuse_code code, const char *sentence)
{
    memset(&ingest->reply, 0, sizeof(ingest->reply));
    ingest->reply.kind = WEIR_FRAME_REFUSE;
    ingest->reply.as.refuse.code = code;
    (void)snprintf(ingest->reply.as.refuse.sentence, sizeof(ingest->reply.as.refuse.sentence), "%s",
                   sentence);
    ingest->counters.refused_peers += code != WEIR_REFUSE_RESTATE ? 1 : 0;
    ingest_state_send(ingest, to);
}

void ingest_state_restate(struct ingest *ingest, struct session *session,
                          const struct weir_routing_id *to, struct order_now now)
{
    if (session->restated_at.ns != 0 &&
        weir_mono_since_us(now.mono, session->restated_at) < RESTATE_EVERY_US) {
        return;
    }
    session->restated_at = now.mono;
    ingest_state_refuse(ingest, to, WEIR_REFUSE_RESTATE, "say hello first");
}

void ingest_state_send_ack(struct ingest *ingest, const struct order_ack *ack)
{
    struct session *session = session_find_id(&ingest->sessions, ack->sensor_id);
    if (session == NULL || !session->is_up) {
        return;
    }
    if (ack->resend) {
        ingest_state_refuse(ingest, &session->routing, WEIR_REFUSE_RESTATE, "send again");
        return;
    }
    memset(&ingest->reply, 0, sizeof(ingest->reply));
    ingest->reply.kind = WEIR_FRAME_ACK;
    ingest->reply.as.ack = (struct weir_ack){.boot = ack->boot,
                                             .committed_sequence = ack->committed_sequence,
                                             .received_sequence = ack->received_sequence,
                                             .credit_bytes = ack->credit_bytes};
    ingest_state_send(ingest, &session->routing);
}

void ingest_state_drop(struct ingest *ingest, struct session *session, struct order_now now)
{
    if (session->is_up) {
        order_on_gone(ingest->options.order, session->sensor_id, now);
    }
    session->is_up = false;
    session->is_probing = false;
}

void ingest_state_record(struct ingest *ingest, struct session *session)
{
    struct store_job *job = status_job_of_session(session);
    const bool is_given =
        job != NULL && ingest->options.give_job(ingest->options.job_context, &job);
    free(job);
    session->is_unrecorded = !is_given;
    session->recorded_offset_us = is_given ? session->offset_us : session->recorded_offset_us;
    ingest->has_unrecorded = ingest->has_unrecorded || !is_given;
}
