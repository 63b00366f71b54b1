/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl_db: `weirctl db`: the database's schema and partitions.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_DB_H
#define WEIR_COLLECTOR_CTL_CTL_DB_H

#include "collector/ctl/ctl_command.h"

extern const struct ctl_command ctl_db_command;

#endif
