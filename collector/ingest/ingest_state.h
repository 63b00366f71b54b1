/* SPDX-License-Identifier: Apache-2.0
 *
 * ingest_state: what the files of ingest share; nobody else includes it.
 *
 * Threads: the collector's main thread.
 */
#ifndef WEIR_COLLECTOR_INGEST_INGEST_STATE_H
#define WEIR_COLLECTOR_INGEST_INGEST_STATE_H

#include "common/base/arena.h"
#include "common/base/buffer.h"

#include "proto/control.h"
#include "proto/flow_batch_codec.h"

#include "collector/ingest/ingest.h"

struct ingest {
    struct ingest_options options;
    struct session_table sessions;
    struct weir_flow_batch_decoder *decoder;
    struct weir_arena scratch;
    struct weir_buffer frame;
    struct weir_control control; /* large: kept, not on the stack */
    struct weir_control reply;
    struct ingest_counters counters;
    bool has_unrecorded; /* some session is not recorded yet */
};

/* Sends ingest->reply. What the gate cannot take is said again by the protocol. */
void ingest_state_send(struct ingest *ingest, const struct weir_routing_id *to);

/* Answers with REFUSE and a sentence. */
void ingest_state_refuse(struct ingest *ingest, const struct weir_routing_id *to,
                         enum weir_refuse_code code, const char *sentence);

/* Tells a peer whose session is not known here to say hello; a peer with a hundred batches under
 * way is told once, not a hundred times. */
void ingest_state_restate(struct ingest *ingest, struct session *session,
                          const struct weir_routing_id *to, struct order_now now);

/* Sends one acknowledgement of the order to the session it is for, if there is one. */
void ingest_state_send_ack(struct ingest *ingest, const struct order_ack *ack);

/* Ends a session whose connection is gone or not wanted any more. */
void ingest_state_drop(struct ingest *ingest, struct session *session, struct order_now now);

/* Has the store remember the session; when it has no room now, the next turn tries again. */
void ingest_state_record(struct ingest *ingest, struct session *session);

#endif
