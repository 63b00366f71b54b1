/* SPDX-License-Identifier: Apache-2.0
 *
 * attack: the labelled attacks, each spread over all branches so that one site sees only its part.
 *
 * Shape:   `strength` scales the number of connections; 1.0 is the training capture's.
 */
#ifndef WEIR_DEPLOY_DEMO_TRAFFIC_ATTACK_H
#define WEIR_DEPLOY_DEMO_TRAFFIC_ATTACK_H

#include "deploy/demo/traffic/stage.h"

/* One outside host tries many ports of every branch's hosts. Label portscan. */
void attack_port_scan(struct stage *stage, int64_t time_us, double strength);

/* Many made-up sources open half a connection to each branch's server. Label synflood. */
void attack_syn_flood(struct stage *stage, int64_t time_us, double strength);

/* One outside host guesses FTP passwords at every branch. Label ftp_guess. */
void attack_ftp_guess(struct stage *stage, int64_t time_us, double strength);

/* One outside host pings every address of every branch. Label pingsweep. */
void attack_ping_sweep(struct stage *stage, int64_t time_us, double strength);

#endif
