/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/greeting.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"

#define DEAD_AFTER_US INT64_C(30000000) /* three heartbeats */

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

/* Moves the acknowledgements that the join queued into the WELCOME. What the join changed for
 * others is sent to them: an acknowledgement popped and lost is credit lost for good. */
static void fill_welcome(struct ingest *ingest, const struct session *session,
                         struct weir_welcome *welcome)
{
    struct order_ack ack;
    *welcome = (struct weir_welcome){.wire_version = WEIR_WIRE_VERSION,
                                     .heartbeat_us = ingest->options.heartbeat_us,
                                     .wall_us = weir_wall_now_us(),
                                     .max_lag_us = ingest->options.max_lag_us,
                                     .expect_sensors = ingest->options.expect_sensors,
                                     .capabilities = WEIR_CAPABILITY_PRIORITY};
    memcpy(welcome->stream, session->hello.stream, sizeof(welcome->stream));
    while (welcome->boot_count < WEIR_CONTROL_BOOTS_MAX &&
           order_pop_ack(ingest->options.order, &ack)) {
        if (ack.sensor_id == session->sensor_id) {
            welcome->boots[welcome->boot_count++] =
                (struct weir_boot_commit){.boot = ack.boot,
                                          .committed_sequence = ack.committed_sequence};
        } else {
            ingest_state_send_ack(ingest, &ack);
        }
    }
    welcome->credit_bytes = order_credit(ingest->options.order, session->sensor_id);
}

/* The oldest boot that still has batches to come; the current one when no older has. */
static struct weir_boot_id pending_boot(const struct weir_hello *hello,
                                        const struct weir_welcome *welcome)
{
    for (size_t i = 0; i < hello->boot_count; i++) {
        uint64_t committed = 0;
        for (size_t j = 0; j < welcome->boot_count; j++) {
            if (memcmp(&welcome->boots[j].boot, &hello->boots[i].boot,
                       sizeof(hello->boots[i].boot)) == 0) {
                committed = welcome->boots[j].committed_sequence;
            }
        }
        if (hello->boots[i].last_sequence > committed) {
            return hello->boots[i].boot;
        }
    }
    return hello->boot;
}

static void welcome_session(struct ingest *ingest, struct session *session,
                            const struct weir_routing_id *routing, struct order_now now)
{
    struct weir_welcome welcome;
    const bool is_named = weir_stream_name_valid(session->hello.stream);
    const int code = is_named ? join_order(ingest, session, now) : WEIR_EINVAL;
    if (code != WEIR_OK) {
        char sentence[WEIR_SENTENCE_SIZE];
        (void)snprintf(sentence, sizeof(sentence), "stream \"%s\" cannot be joined: %s",
                       session->hello.stream,
                       is_named ? weir_err_text(code)
                                : "a name has 1 to 63 printable ASCII characters, no blanks");
        ingest_state_refuse(ingest, routing, WEIR_REFUSE_STREAM, sentence);
        session->is_up = false;
        return;
    }
    session->routing = *routing;
    session->is_up = true;
    session->is_probing = false;
    session->heard_at = now.mono;
    session->restated_at = (struct weir_mono){0};
    fill_welcome(ingest, session, &welcome);
    session->pending_boot = pending_boot(&session->hello, &welcome);
    memset(&ingest->reply, 0, sizeof(ingest->reply));
    ingest->reply.kind = WEIR_FRAME_WELCOME;
    ingest->reply.as.welcome = welcome;
    ingest_state_send(ingest, routing);
    ingest_state_record(ingest, session);
    weir_log(WEIR_LOG_INFO, "ingest.sensor_joined", "sensor=%s branch=%s stream=%s version=%s",
             session->name, session->branch, session->hello.stream, session->hello.program_version);
    if (model_offer_message(ingest->options.offer, &ingest->reply)) {
        ingest_state_send(ingest, routing);
    }
}

static bool speaks_our_wire(struct ingest *ingest, const struct weir_hello *hello,
                            const struct weir_routing_id *routing)
{
    char sentence[WEIR_SENTENCE_SIZE];
    if (hello->wire_newest >= WEIR_WIRE_VERSION_OLDEST && hello->wire_oldest <= WEIR_WIRE_VERSION) {
        return true;
    }
    (void)snprintf(sentence, sizeof(sentence),
                   "this collector speaks wire versions %d to %d, the sensor (weir %.20s) %u to "
                   "%u: upgrade the older of the two",
                   WEIR_WIRE_VERSION_OLDEST, WEIR_WIRE_VERSION, hello->program_version,
                   hello->wire_oldest, hello->wire_newest);
    ingest_state_refuse(ingest, routing, WEIR_REFUSE_VERSION, sentence);
    return false;
}

void greeting_on_hello(struct ingest *ingest, struct session *session,
                       const struct weir_routing_id *routing, struct order_now now)
{
    const struct weir_hello *hello = &ingest->control.as.hello;
    if (!speaks_our_wire(ingest, hello, routing)) {
        return;
    }
    if (!session->is_up || session_is_of(session, routing)) {
        session->hello = *hello;
        welcome_session(ingest, session, routing, now);
        return;
    }
    session->candidate = *routing;
    session->candidate_hello = *hello;
    session->is_probing = gate_probe(ingest->options.gate, &session->routing) == WEIR_OK;
}

void greeting_on_probed(struct ingest *ingest, const struct gate_event *event, struct order_now now)
{
    char sentence[WEIR_SENTENCE_SIZE];
    struct session *session = session_find_candidate(&ingest->sessions, &event->from);
    if (session == NULL) {
        return;
    }
    session->is_probing = false;
    const bool is_silent = weir_mono_since_us(now.mono, session->heard_at) > DEAD_AFTER_US;
    if (!event->alive || is_silent) {
        const struct weir_routing_id candidate = session->candidate;
        ingest_state_drop(ingest, session, now);
        session->hello = session->candidate_hello;
        welcome_session(ingest, session, &candidate, now);
        return;
    }
    (void)snprintf(sentence, sizeof(sentence),
                   "sensor %.60s is connected already with this key: a cloned machine? Give each "
                   "machine a key of its own",
                   session->name);
    weir_log(WEIR_LOG_ERROR, "ingest.second_session", "sensor=%s", session->name);
    ingest_state_refuse(ingest, &session->candidate, WEIR_REFUSE_CLONE, sentence);
}
