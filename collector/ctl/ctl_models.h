/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_models: `weirctl models`: the registered models and their figures.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_MODELS_H
#define WEIR_COLLECTOR_CTL_CTL_MODELS_H

#include "collector/ctl/ctl_command.h"

extern const struct ctl_command ctl_models_command;

#endif
