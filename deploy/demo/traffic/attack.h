/* SPDX-License-Identifier: Apache-2.0
 *
 * attack: the labelled attacks, each spread over all branches so that one site sees only its part.
 *
 * Shape:   an episode of strength 1 and pace 1 has as many connections, as far apart, as the source
 *          says; strength multiplies their number, pace the time between them.
 */
#ifndef WEIR_DEPLOY_DEMO_TRAFFIC_ATTACK_H
#define WEIR_DEPLOY_DEMO_TRAFFIC_ATTACK_H

#include "deploy/demo/traffic/stage.h"

struct attack_episode {
    int64_t time_us; /* when it begins */
    double strength, pace;
};

/* One outside host tries many ports of every branch's hosts. Label portscan. */
void attack_port_scan(struct stage *stage, struct attack_episode episode);

/* Many made-up sources open half a connection to each branch's server. Label synflood. */
void attack_syn_flood(struct stage *stage, struct attack_episode episode);

/* One outside host guesses FTP passwords at every branch. Label ftp_guess. */
void attack_ftp_guess(struct stage *stage, struct attack_episode episode);

/* One outside host pings every address of every branch. Label pingsweep. */
void attack_ping_sweep(struct stage *stage, struct attack_episode episode);

#endif
