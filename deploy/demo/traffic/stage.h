/* SPDX-License-Identifier: Apache-2.0
 *
 * stage: where the made-up traffic plays: its wire, its dice, its addresses and its list of labels.
 *
 * Shape:   branch b (1 ..) has 40 clients 10.b.0.10 up and one server 10.b.0.2; the world outside
 *          has web sites, visitors, a resolver, a mail server. One label a connection, the attack's
 *          name or "normal".
 */
#ifndef WEIR_DEPLOY_DEMO_TRAFFIC_STAGE_H
#define WEIR_DEPLOY_DEMO_TRAFFIC_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/rng.h"

#include "deploy/demo/traffic/talk.h"
#include "deploy/demo/traffic/wire.h"

#define STAGE_BRANCHES_MAX 200
#define STAGE_HOSTS        64 /* last byte of an address in a branch is below this */

struct stage {
    struct wire wire;
    struct weir_rng rng;
    struct weir_buffer labels; /* tab-separated text, one line a connection */
    size_t connections;
    uint16_t ports_used[STAGE_BRANCHES_MAX + 1][STAGE_HOSTS]; /* [0][0]: all hosts outside */
    int branches;
    int64_t start_us;    /* time of the first packet */
    int64_t duration_us; /* of the whole play */
};

void stage_init(struct stage *stage, uint64_t seed, int branches, int64_t start_us,
                int64_t duration_us);
void stage_fini(struct stage *stage);

/* low .. high, both included. */
int64_t stage_between(struct stage *stage, int64_t low, int64_t high);

/* A heavy-tailed size: mostly near `typical`, at times a hundred times as much, never above most.
 */
size_t stage_size(struct stage *stage, size_t typical, size_t most);

struct wire_host stage_client(struct stage *stage, int branch, uint8_t version);
struct wire_host stage_server(int branch);
struct wire_host stage_outside(uint32_t address, uint8_t version);
struct wire_host stage_visitor(struct stage *stage); /* somebody outside */
int stage_any_branch(struct stage *stage);

/* The next ephemeral port of this host. It comes back only after all others, as a real stack's
 * does, so that two connections do not become one flow. */
uint16_t stage_port(struct stage *stage, const struct wire_host *host);

/* Writes the label of the connection that begins now on this path. */
void stage_label(struct stage *stage, int64_t time_us, const char *proto,
                 const struct wire_path *path, const char *label);

/* A TCP connection about to begin, already labelled. */
struct talk stage_talk(struct stage *stage, int64_t time_us, struct wire_host client,
                       struct wire_host server, uint16_t port, const char *label);

#endif
