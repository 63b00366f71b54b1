/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_enrol: `weirctl enrol`: who may send.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_ENROL_H
#define WEIR_COLLECTOR_CTL_CTL_ENROL_H

#include "collector/ctl/ctl_command.h"

extern const struct ctl_command ctl_enrol_command;

#endif
