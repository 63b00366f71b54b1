/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_key: `weirctl key`: key pairs of collectors, sensors and signers.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_KEY_H
#define WEIR_COLLECTOR_CTL_CTL_KEY_H

#include "collector/ctl/ctl_command.h"

extern const struct ctl_command ctl_key_command;

#endif
