/* SPDX-License-Identifier: Apache-2.0
 *
 * ordinary: what branches do all day: web, names, mail, terminals, files, time, pings.
 */
#ifndef WEIR_DEPLOY_DEMO_TRAFFIC_ORDINARY_H
#define WEIR_DEPLOY_DEMO_TRAFFIC_ORDINARY_H

#include <stddef.h>

#include "deploy/demo/traffic/stage.h"

/* Plays about `connections` of them, spread over the stage's time. */
void ordinary_play(struct stage *stage, size_t connections);

/* One passive FTP session with a data connection; label for both. */
void ordinary_ftp(struct stage *stage, int64_t time_us, int branch);

/* One name look-up by this client. */
void ordinary_dns(struct stage *stage, int64_t time_us, struct wire_host client);

#endif
