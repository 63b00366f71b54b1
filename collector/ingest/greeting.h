/* SPDX-License-Identifier: Apache-2.0
 *
 * greeting: how a session begins: HELLO, perhaps a probe of the connection before, WELCOME.
 *
 * Shape:   one live session a key. A second connection of the same key makes the gate try the
 *          first: gone, or silent for 30 s, and the newer one is welcomed; else it is refused.
 * Threads: the collector's main thread.
 * Source:  architecture 5.
 */
#ifndef WEIR_COLLECTOR_INGEST_GREETING_H
#define WEIR_COLLECTOR_INGEST_GREETING_H

#include "collector/gate/gate.h"
#include "collector/ingest/ingest_state.h"

/* Takes the HELLO in ingest->control. */
void greeting_on_hello(struct ingest *ingest, struct session *session,
                       const struct weir_routing_id *routing, struct order_now now);

/* The gate's answer about the connection before. */
void greeting_on_probed(struct ingest *ingest, const struct gate_event *event,
                        struct order_now now);

#endif
