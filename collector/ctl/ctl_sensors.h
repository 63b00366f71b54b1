/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_sensors: `weirctl sensors`: the enrolled sensors and how they are.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_SENSORS_H
#define WEIR_COLLECTOR_CTL_CTL_SENSORS_H

#include "collector/ctl/ctl_command.h"

extern const struct ctl_command ctl_sensors_command;

#endif
