/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_flows: `weirctl flows`: stored flows that fit a filter.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_FLOWS_H
#define WEIR_COLLECTOR_CTL_CTL_FLOWS_H

#include "collector/ctl/ctl_command.h"

extern const struct ctl_command ctl_flows_command;

#endif
