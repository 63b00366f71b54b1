/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_train: `weirctl train`: a new model, by weir-trainer.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_TRAIN_H
#define WEIR_COLLECTOR_CTL_CTL_TRAIN_H

#include "collector/ctl/ctl_command.h"

extern const struct ctl_command ctl_train_command;

#endif
