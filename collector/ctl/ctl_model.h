/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_model: `weirctl model`: which model scores where, and its signature.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_MODEL_H
#define WEIR_COLLECTOR_CTL_CTL_MODEL_H

#include "collector/ctl/ctl_command.h"

extern const struct ctl_command ctl_model_command;

#endif
