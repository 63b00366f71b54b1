/* SPDX-License-Identifier: Apache-2.0
 *
 * lookalike: honest traffic that resembles an attack, so that a model can be wrong in public.
 */
#ifndef WEIR_DEPLOY_DEMO_TRAFFIC_LOOKALIKE_H
#define WEIR_DEPLOY_DEMO_TRAFFIC_LOOKALIKE_H

#include "deploy/demo/traffic/stage.h"

/* A monitoring station at head office tries a few service ports of every host: some refuse. */
void lookalike_monitoring(struct stage *stage, int64_t time_us);

/* A mail filter looks up hundreds of names in a few seconds. */
void lookalike_resolver(struct stage *stage, int64_t time_us);

/* Every branch's server sends its backup: few connections, much volume. */
void lookalike_backup(struct stage *stage, int64_t time_us);

#endif
