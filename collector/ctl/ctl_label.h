/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_label: `weirctl label`: what analysts say flows are.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_LABEL_H
#define WEIR_COLLECTOR_CTL_CTL_LABEL_H

#include "collector/ctl/ctl_command.h"

extern const struct ctl_command ctl_label_command;

#endif
